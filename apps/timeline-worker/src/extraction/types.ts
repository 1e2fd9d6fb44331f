import { ApplicationFailure } from '@temporalio/common';
import { TRANSIENT_FAILURES } from '../contract';

/** What is asked about one piece of text. */
export interface Question {
  readonly text: string;
  readonly promptVersion: string;
  /** 1 to 3: later passes ask for what the first may have missed. */
  readonly pass: number;
  readonly maxOutputTokens: number;
  /** What was wrong with an earlier answer to the same question; one sentence of our own. */
  readonly problem?: string;
}

/** How much is sent with a question, all of it together. */
export interface QuestionSize {
  readonly bytes: number;
  /** Those of them that are not ASCII. */
  readonly otherBytes: number;
}

export interface TokenUsage {
  readonly tokensIn: number;
  readonly tokensOut: number;
}

/** What came back, with what the provider says it used. */
export interface Answer {
  /** JSON text; cut off when `stop` is `length`, empty when it is `refusal` or nothing that could be read came. */
  readonly text: string;
  readonly stop: 'end' | 'length' | 'refusal';
  /** Null when the provider reports no believable numbers: the call then counts with what it may have used. */
  readonly usage: TokenUsage | null;
}

/** One way of having events extracted. */
export interface Extractor {
  /** `rules`, or provider and model: what results say made them. */
  readonly name: string;
  /** What stands for the model in the key of a stored answer. */
  readonly cacheModel: string;
  /** Whether calls cost tokens and so count against a budget. */
  readonly metered: boolean;
  /** The price of a call in millionths of a US dollar, rounded up. */
  costMicroUsd(usage: TokenUsage): number;
  /** Makes ready what is to be sent. Throws `LlmRejected` when it cannot be. */
  prepare(question: Question): PreparedQuestion;
}

/** A question that can be asked once. */
export interface PreparedQuestion {
  readonly size: QuestionSize;
  /**
   * Asks. Rejects with `LlmAuth`, `LlmRejected` or (retryable, with the provider's delay) `LlmUnavailable`, of which
   * {@link AnswerLost} is one, with a {@link QuotaExhausted}, or with a {@link QuestionRefused}. `signal` ends the call at once.
   */
  ask(signal: AbortSignal): Promise<Answer>;
}

/** The question was sent and no answer began: whether it is charged for, nobody knows. Every other rejection is free of charge. */
export class AnswerLost extends ApplicationFailure {
  constructor(message: string) {
    super(message, TRANSIENT_FAILURES.LlmUnavailable, false);
  }
}

/** The provider will not answer for a long time: the quota is used up, or it asks for a wait of more than 15 minutes. */
export class QuotaExhausted extends Error {
  constructor(readonly resumeAfterMs: number) {
    super('the quota of the model is used up');
    this.name = 'QuotaExhausted';
  }
}

/** The provider will not take this question, but may take others. */
export class QuestionRefused extends Error {
  constructor(
    readonly status: number,
    /** It says that the text is too much for the model. */
    readonly isTooLong: boolean,
  ) {
    super(`the provider answered ${status}`);
    this.name = 'QuestionRefused';
  }
}
