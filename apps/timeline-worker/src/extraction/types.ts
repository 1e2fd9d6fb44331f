/** What is asked about one piece of text. */
export interface Question {
  readonly text: string;
  readonly model: string;
  readonly promptVersion: string;
  /** 1 to 3: later passes ask for what the first may have missed. */
  readonly pass: number;
  readonly maxOutputTokens: number;
  /** An earlier answer to the same question that did not fit the schema, and why. */
  readonly repair?: { readonly answer: string; readonly problem: string };
}

/** What came back, with what the provider says it used. */
export interface Answer {
  /** JSON text; cut off when `stop` is `length`, meaningless when it is `refusal`. */
  readonly text: string;
  readonly stop: 'end' | 'length' | 'refusal';
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly costMicroUsd: number;
}

/** One way of having events extracted. */
export interface Extractor {
  /** `rules`, or provider and model: what results say made them. */
  readonly name: string;
  /** What stands for the model in the key of a stored answer. */
  readonly cacheModel: string;
  /** Whether calls cost tokens and so count against a budget. */
  readonly metered: boolean;
  /** The most one call can cost, for the check before it is made. */
  costMicroUsd(tokens: { tokensIn: number; tokensOut: number }): number;
  /**
   * Asks once. Rejects with `LlmAuth`, `LlmRejected` or (retryable, with the provider's delay) `LlmUnavailable`, with a
   * {@link QuotaExhausted}, or with a {@link QuestionRefused}. `signal` ends the call at once.
   */
  ask(question: Question, signal: AbortSignal): Promise<Answer>;
}

/** The provider will not answer for a long time: the quota is used up, or it asks for a wait of more than 15 minutes. */
export class QuotaExhausted extends Error {
  constructor(readonly resumeAfterMs: number) {
    super('the quota of the model is used up');
    this.name = 'QuotaExhausted';
  }
}

/** The provider will not take this question, but may take others (too long, not understood). */
export class QuestionRefused extends Error {
  constructor(readonly status: number) {
    super(`the provider answered ${status}`);
    this.name = 'QuestionRefused';
  }
}
