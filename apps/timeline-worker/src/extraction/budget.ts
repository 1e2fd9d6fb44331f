import type { TokenUsage } from './types';

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

/**
 * The most that a call may use: the question at a token for four bytes of text, more by what an earlier call of the request has
 * exceeded that, and an answer of full length.
 */
export function mostUsed({
  bytes,
  excessTokens,
  maxOutputTokens,
}: {
  bytes: number;
  excessTokens: number;
  maxOutputTokens: number;
}): TokenUsage {
  return { tokensIn: plainTokens(bytes) + Math.max(0, excessTokens), tokensOut: maxOutputTokens };
}

/** Tokens of a plain text. In English a byte is a character; other scripts have more tokens to a character. */
export function plainTokens(bytes: number): number {
  return Math.ceil(bytes / 4);
}

/**
 * Whether a call may be made. `spent` is what is gone (or may be: calls that were never answered), `underWay` what calls that are
 * going to end hold. `later`: it fits if those use less than they may.
 */
export function fitOf(
  call: Amount,
  { limit, spent, underWay }: { limit: Amount; spent: Amount; underWay: Amount },
): 'now' | 'later' | 'never' {
  const fits = (...parts: Amount[]) =>
    parts.reduce((sum, { tokens }) => sum + tokens, 0) <= limit.tokens &&
    parts.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0) <= limit.costMicroUsd;
  if (fits(spent, underWay, call)) return 'now';
  return fits(spent, call) ? 'later' : 'never';
}
