import type { QuestionSize, TokenUsage } from './types';

/** Tokens and what they cost. */
export interface Amount {
  readonly tokens: number;
  readonly costMicroUsd: number;
}

/** The next call might go over the budget. */
export class BudgetExhausted extends Error {
  constructor() {
    super('the budget is used up');
    this.name = 'BudgetExhausted';
  }
}

/** What the provider has reported of a request's questions, at most. */
export interface Reported {
  /** Input tokens for a byte of the question; 0 when nothing was reported. */
  readonly tokensPerByte: number;
  /** The share of bytes that are not ASCII. */
  readonly otherShare: number;
}

/** By what the calls of a request are counted. */
export interface Terms {
  readonly limit: Amount;
  readonly maxOutputTokens: number;
  readonly costMicroUsd: (usage: TokenUsage) => number;
}

/** What of the budget is gone or held. */
export interface Commitments {
  readonly answered: Amount;
  /** Calls that will end. */
  readonly underWay: readonly QuestionSize[];
  /** Calls that were never answered. */
  readonly lost: readonly QuestionSize[];
  readonly reported: Reported;
}

/** English has about four bytes to a token; no tokenizer makes more tokens than there are bytes. */
const PLAIN_TOKENS_PER_BYTE = 1 / 4;
const MOST_TOKENS_PER_BYTE = 1;

/**
 * The most that a call may use: a token for four bytes of the question, or what was reported if that is more, and an answer of full
 * length. Other scripts have up to a token for a byte: as much of them as no reported question had counts as that.
 */
export function mostUsed(
  { bytes, otherBytes }: QuestionSize,
  { reported, maxOutputTokens }: { reported: Reported; maxOutputTokens: number },
): TokenUsage {
  const tokensPerByte = Math.max(PLAIN_TOKENS_PER_BYTE, reported.tokensPerByte);
  const unseenBytes = Math.max(0, otherBytes - reported.otherShare * bytes);
  const unseenTokens = Math.max(0, MOST_TOKENS_PER_BYTE - tokensPerByte) * unseenBytes;
  return { tokensIn: Math.ceil(tokensPerByte * bytes + unseenTokens), tokensOut: maxOutputTokens };
}

/**
 * Whether a question may be asked. `later`: it fits if calls under way use less than they may. As long as nothing was reported, only
 * one call at a time is taken at its word: several go together if they fit even at a token for each byte.
 */
export function fitOf(
  question: QuestionSize,
  { limit, maxOutputTokens, costMicroUsd }: Terms,
  { answered, underWay, lost, reported }: Commitments,
): 'now' | 'later' | 'never' {
  const amountOf = (used: TokenUsage): Amount => ({
    tokens: used.tokensIn + used.tokensOut,
    costMicroUsd: costMicroUsd(used),
  });
  const most = (size: QuestionSize) => amountOf(mostUsed(size, { reported, maxOutputTokens }));
  const densest = ({ bytes }: QuestionSize) =>
    amountOf({ tokensIn: bytes * MOST_TOKENS_PER_BYTE, tokensOut: maxOutputTokens });
  const fits = (amounts: readonly Amount[]) =>
    amounts.reduce((sum, { tokens }) => sum + tokens, 0) <= limit.tokens &&
    amounts.reduce((sum, amount) => sum + amount.costMicroUsd, 0) <= limit.costMicroUsd;

  const gone = [answered, ...lost.map(most)];
  if (!fits([...gone, most(question)])) return 'never';
  if (underWay.length === 0) return 'now';
  const together = [...underWay, question];
  return fits([...gone, ...together.map(reported.tokensPerByte > 0 ? most : densest)]) ? 'now' : 'later';
}
