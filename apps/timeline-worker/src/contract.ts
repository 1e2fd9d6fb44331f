import type { BlobRef } from '@backend/shared/kernel';
import type { GenerationStatus, ReviewMode, SourceFailureCode, TokenBudget } from './domain/generation';
import type { CalendarOptions, EditableField, Tier } from './domain/types';

export type {
  GenerationSettings,
  GenerationStatus,
  ReviewMode,
  SourceFailureCode,
  TokenBudget,
} from './domain/generation';

/**
 * The public face of timeline: what a client in any language needs to start its workflows and to read their
 * results. Imports nothing at run time.
 */

/** Task queue that timeline workers poll. */
export const TASK_QUEUE = 'timeline-workflows';
/** Temporal namespace of the tenant. */
export const NAMESPACE = 'swaminarayan';
/** Name of the tenant, the first part of its import workflow ids. */
export const TENANT = 'timeline';

/** Workflow types as they go over the wire. */
export const WORKFLOW_TYPES = {
  aiTimelineGeneration: 'AITimelineGenerationWorkflow',
  dataImport: 'DataImportWorkflow',
  revertImport: 'RevertImportWorkflow',
} as const;

/** Failure types of timeline's own workflows; all of them are non-retryable. */
export const FAILURES = {
  /** Not one source could be read. */
  NoUsableSources: 'NoUsableSources',
  /** The sources hold more text, chunks or events than one run may have. */
  LimitExceeded: 'LimitExceeded',
  /** The worker has no provider for the model. */
  ModelUnavailable: 'ModelUnavailable',
  /** The provider refuses the key. */
  LlmAuth: 'LlmAuth',
  /** The provider refuses the request as such (unknown model, wrong address). */
  LlmRejected: 'LlmRejected',
  /** No chunk could be read by the model. */
  ExtractionFailed: 'ExtractionFailed',
  RequestNotFound: 'RequestNotFound',
  EventNotFound: 'EventNotFound',
  TimelineNotFound: 'TimelineNotFound',
} as const;
export type FailureType = (typeof FAILURES)[keyof typeof FAILURES];

/** Failure types that time may mend: retried within the activity's bounds, and waited for by the workflow after them. */
export const TRANSIENT_FAILURES = {
  LlmUnavailable: 'LlmUnavailable',
} as const;

/**
 * Search attributes, by which the server lists executions; those of imports are with the importer. They are not encrypted: ids and
 * states only. `user` is the id of the timeline that an execution is for, `generationStatus` a {@link GenerationSearchStatus}.
 */
export const SEARCH_ATTRIBUTES = {
  user: { name: 'TenantUser', type: 'KEYWORD' },
  generationStatus: { name: 'GenerationStatus', type: 'KEYWORD' },
} as const;

/** Where a request stands: open ones are `running`, or wait, for a person, a provider or more budget. */
export type GenerationSearchStatus = 'running' | 'paused' | 'waitingQuota' | 'budgetExhausted' | GenerationStatus;

/** `timeline/gen/{timelineId}/{requestId}` */
export function generationWorkflowId({ timelineId, requestId }: { timelineId: string; requestId: string }): string {
  return `timeline/gen/${encodeURIComponent(timelineId)}/${encodeURIComponent(requestId)}`;
}
/** The inverse of {@link generationWorkflowId}; undefined for any other id. */
export function parseGenerationWorkflowId(workflowId: string): { timelineId: string; requestId: string } | undefined {
  const match = /^timeline\/gen\/([^/]+)\/([^/]+)$/.exec(workflowId);
  const timelineId = decoded(match?.[1]);
  const requestId = decoded(match?.[2]);
  return timelineId === undefined || requestId === undefined ? undefined : { timelineId, requestId };
}

/** A part of an id as it was before encodeURIComponent; undefined for a text that this never makes, such as `%`. */
function decoded(part: string | undefined): string | undefined {
  if (part === undefined) return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

// ---------------------------------------------------------------- input

/** Upper bounds of one run. */
export const LIMITS = {
  sources: 50,
  /** UTF-16 code units of all stored texts together. */
  textChars: 5 * 1024 * 1024,
  /** The workflow's input as JSON; texts that do not fit travel as blobs. */
  inputBytes: 96 * 1024,
  chunks: 2000,
  events: 5000,
  /** What sources say of those events, told several times where chunks overlap, in each pass and by each source. */
  claims: 20_000,
  /** A run of the workflow hands over to the next one after this many chunks. */
  chunksPerRun: 500,
  /** Bytes of a source as it is fetched. */
  sourceBytes: 10 * 1024 * 1024,
} as const;

/** The model name of the extractor that works by rules, without a network. */
export const RULES_MODEL = 'rules';
export const DEFAULT_PROMPT_VERSION = '2';

interface SourceIdentity {
  /** Unique within the timeline. */
  readonly sourceId: string;
  readonly title: string;
  /** 1 = primary, 2 = scholarly, 3 = everything else. */
  readonly tier: Tier;
  /** What this source does differently from the run's calendar. */
  readonly calendar?: Partial<CalendarOptions>;
}

/** `blob`: `blob:<sha256>` or `file:<path below the import directory>`; its media type is found out when not given. */
export type GenerationSource =
  | (SourceIdentity & { readonly kind: 'url'; readonly uri: string })
  | (SourceIdentity & { readonly kind: 'blob'; readonly ref: string; readonly mediaType?: string })
  | (SourceIdentity & { readonly kind: 'text'; readonly text: string });

export interface AITimelineGenerationInput {
  readonly timelineId: string;
  readonly requestId: string;
  readonly topic: string;
  readonly sources: readonly GenerationSource[];
  /** `rules` (the default) or the name of a model of the worker's provider. */
  readonly model?: string;
  readonly promptVersion?: string;
  /** Required with a model; the rules cost nothing. */
  readonly budget?: TokenBudget;
  readonly chunk?: { readonly maxChars?: number; readonly overlapChars?: number };
  readonly passes?: number;
  /** Required with a model. */
  readonly maxOutputTokensPerCall?: number;
  readonly calendar?: Partial<CalendarOptions>;
  /** EDTF interval; an event outside of it goes to review. */
  readonly range?: string;
  readonly review?: ReviewMode;
  readonly minConfidence?: number;
  readonly carry?: GenerationCarry;
}

/** State carried over continue-as-new; everything else is in the database. */
export interface GenerationCarry {
  readonly sources: SourcesOutcome;
  readonly addedTokens: number;
  readonly addedCostMicroUsd?: number;
  readonly paused: boolean;
  /** Where the run before stood: who asks for the progress sees no step back. */
  readonly extraction?: ExtractionSummary;
  readonly stored?: StoredOutcome;
}

/** What `addBudget` gives a run beyond its input's budget: at least one of the two. */
export interface AddedBudget {
  readonly tokens?: number;
  /** Only for a run with `budget.maxCostMicroUsd`. */
  readonly costMicroUsd?: number;
}

// ---------------------------------------------------------------- outcomes

export interface FailedSource {
  readonly sourceId: string;
  readonly code: SourceFailureCode;
  readonly message: string;
}

export interface SourcesOutcome {
  readonly ok: number;
  readonly failed: readonly FailedSource[];
}

export interface TokenCount {
  readonly in: number;
  readonly out: number;
}

/** Where a request stands, counted from what is stored; `done + failed + refused` is `total` once nothing remains. */
export interface ExtractionSummary {
  readonly extractor: string;
  readonly chunks: { readonly total: number; readonly done: number; readonly failed: number; readonly refused: number };
  readonly remainingChunks: number;
  /** The first of the chunks that remain. */
  readonly remaining: readonly ChunkName[];
  /** Calls that this request made; a repair or a half counts by itself. */
  readonly calls: number;
  /** Chunks whose answer another request had paid for. */
  readonly cachedCalls: number;
  readonly tokens: TokenCount;
  readonly costMicroUsd: number;
  /** Events in the stored answers, before validation. */
  readonly extracted: number;
}

/** A chunk by its source, its place in the source's text (UTF-16 code units) and the pass over it. */
export interface ChunkName {
  readonly sourceId: string;
  readonly start: number;
  readonly pass: number;
}

/** What validation, storage and export have made of the answers. */
export interface StoredOutcome {
  /** Rejection code → number of events. */
  readonly rejected: Readonly<Record<string, number>>;
  readonly merged: number;
  readonly conflicts: number;
  readonly published: number;
  readonly needsReview: number;
  /** TimelineJS JSON and the self-contained page of the whole timeline. */
  readonly exportRef: TimelineExport | null;
}

/** A workflow that returns has any status but `failed`, which stands in the request's row when the workflow fails. */
export interface AITimelineGenerationResult extends StoredOutcome {
  readonly status: GenerationStatus;
  /** `rules`, or provider and model. */
  readonly extractor: string;
  readonly sources: SourcesOutcome;
  readonly chunks: ExtractionSummary['chunks'];
  readonly remainingChunks: number;
  /** The first of the chunks that remain, at most 100. */
  readonly remaining: readonly ChunkName[];
  readonly calls: number;
  readonly cachedCalls: number;
  readonly tokens: TokenCount;
  readonly costMicroUsd: number;
  readonly extracted: number;
}

/** Files that people look at. */
export interface TimelineExport {
  readonly timelineJs: BlobRef;
  readonly html: BlobRef;
}

export type GenerationPhase =
  | 'fetching'
  | 'extracting'
  | 'validating'
  | 'storing'
  | 'exporting'
  | 'paused'
  | 'waitingQuota'
  | 'budgetExhausted'
  | 'done'
  | 'cancelled'
  | 'failed';

export interface GenerationProgress {
  readonly phase: GenerationPhase;
  readonly sources: SourcesOutcome;
  readonly chunksDone: number;
  readonly chunksTotal: number;
  readonly tokens: TokenCount;
  /** Events that this run has stored, those that were there before among them. */
  readonly events: number;
  /** The first of the chunks that a run without budget has left. */
  readonly remaining: readonly ChunkName[];
}

/** Names of the handlers of AITimelineGenerationWorkflow. */
export const GENERATION_HANDLERS = {
  progress: 'progress',
  pause: 'pause',
  resume: 'resume',
  addBudget: 'addBudget',
  decide: 'decide',
} as const;

// ---------------------------------------------------------------- review

/** The fields a person may change; what is changed is locked against later runs. */
export interface EventPatch {
  readonly title?: string;
  readonly summary?: string;
  /** Any date that the sources may hold: EDTF, ISO, or a text such as `1 June 1830`. */
  readonly date?: string;
  readonly places?: readonly string[];
  readonly people?: readonly string[];
}

/** A person's decision on one event. */
export interface ReviewDecision {
  readonly eventId: string;
  readonly action: 'approve' | 'reject' | 'edit';
  readonly patch?: EventPatch;
  /** Who decides, for the record. */
  readonly user: string;
}

/** What became of the event. */
export interface ReviewOutcome {
  readonly eventId: string;
  readonly status: 'published' | 'needs_review' | 'rejected';
  readonly lockedFields: readonly EditableField[];
}
