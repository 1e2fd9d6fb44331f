import type { CalendarOptions } from './types';

// The words of a generation request that workflows, activities and repositories share. No code.

/** Why a source cannot be used. */
export type SourceFailureCode =
  | 'SourceBlocked'
  | 'SourceTooLarge'
  | 'SourceNotFound'
  | 'SourceTimeout'
  | 'SourceUnsupported';

export type GenerationStatus = 'completed' | 'completed_with_errors' | 'budget_exhausted' | 'cancelled' | 'failed';

/** What a run may spend. */
export interface TokenBudget {
  readonly maxTotalTokens: number;
  /** Millionths of a US dollar, by the prices the worker is configured with. */
  readonly maxCostMicroUsd?: number;
}

/** How much a person has to look at before it is published. */
export type ReviewMode = 'none' | 'low' | 'all';

/** The input with every default filled in; what the activities work by. */
export interface GenerationSettings {
  readonly timelineId: string;
  readonly requestId: string;
  readonly topic: string;
  readonly model: string;
  readonly promptVersion: string;
  readonly budget: TokenBudget;
  readonly chunk: { readonly maxChars: number; readonly overlapChars: number };
  readonly passes: number;
  readonly maxOutputTokensPerCall: number;
  readonly calendar: CalendarOptions;
  readonly range: string | null;
  readonly review: ReviewMode;
  readonly minConfidence: number;
}
