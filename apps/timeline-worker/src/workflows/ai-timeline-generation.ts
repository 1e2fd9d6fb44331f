import {
  CancellationScope,
  ContinueAsNew,
  allHandlersFinished,
  condition,
  currentUpdateInfo,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { SHARED_FAILURES, failureType, userFailure } from '@backend/shared/failures';
import type { Activities } from '../activities';
import {
  type AITimelineGenerationInput,
  type AITimelineGenerationResult,
  FAILURES,
  GENERATION_HANDLERS,
  type ExtractionSummary,
  type GenerationPhase,
  type GenerationProgress,
  type GenerationStatus,
  LIMITS,
  type ReviewDecision,
  type ReviewOutcome,
  type SourcesOutcome,
  type StoredOutcome,
} from '../contract';
import {
  exportOptions,
  extractOptions,
  fetchOptions,
  recordOptions,
  storeOptions,
  validateOptions,
} from './activity-options';
import { resolveInput } from './generation-input';

const { fetchHistoricalSources } = proxyActivities<Activities>(fetchOptions);
const { aiExtractEvents } = proxyActivities<Activities>(extractOptions);
const { validateTimelineEvents } = proxyActivities<Activities>(validateOptions);
const { storeTimelineEvents } = proxyActivities<Activities>(storeOptions);
const { exportTimeline } = proxyActivities<Activities>(exportOptions);
const { finishGeneration, decideEvent } = proxyActivities<Activities>(recordOptions);

export const progressQuery = defineQuery<GenerationProgress>(GENERATION_HANDLERS.progress);
export const pauseSignal = defineSignal(GENERATION_HANDLERS.pause);
export const resumeSignal = defineSignal(GENERATION_HANDLERS.resume);
export const addBudgetUpdate = defineUpdate<GenerationProgress, [{ tokens: number }]>(GENERATION_HANDLERS.addBudget);
export const decideUpdate = defineUpdate<ReviewOutcome, [ReviewDecision]>(GENERATION_HANDLERS.decide);

/** How long a run with an exhausted budget waits for more. */
const BUDGET_WAIT = '7 days';

const NOTHING_STORED: StoredOutcome = {
  rejected: {},
  merged: 0,
  conflicts: 0,
  published: 0,
  needsReview: 0,
  exportRef: null,
};

/**
 * Makes timeline events from historical sources: reads them, has events extracted chunk by chunk, keeps those whose quotes
 * and dates the sources bear out, merges and stores them, and writes the files that people look at. Texts and answers stay
 * in the database; the history holds counts and references only.
 * Fails with `InvalidInput`, `NoUsableSources`, `LimitExceeded`, `ModelUnavailable`, `LlmAuth`, `LlmRejected` or
 * `ExtractionFailed`; started again under the same id it goes on with the chunks that have no answer.
 */
export async function AITimelineGenerationWorkflow(
  input: AITimelineGenerationInput,
): Promise<AITimelineGenerationResult> {
  const settings = resolveInput(input);
  const { timelineId, requestId } = settings;
  const request = { timelineId, requestId };

  let phase: GenerationPhase = input.carry ? 'extracting' : 'fetching';
  let sources: SourcesOutcome = input.carry?.sources ?? { ok: 0, failed: [] };
  let extraction: ExtractionSummary | undefined;
  let stored = NOTHING_STORED;
  let addedTokens = input.carry?.addedTokens ?? 0;
  let tokensOffered = addedTokens;
  let paused = input.carry?.paused ?? false;
  let resumes = 0;

  const progress = (): GenerationProgress => ({
    phase: paused && phase === 'extracting' ? 'paused' : phase,
    sources,
    chunksDone: extraction ? extraction.chunks.total - extraction.remainingChunks : 0,
    chunksTotal: extraction?.chunks.total ?? 0,
    tokens: extraction?.tokens ?? { in: 0, out: 0 },
    events: stored.merged,
    remaining: phase === 'budgetExhausted' ? (extraction?.remaining ?? []) : [],
  });

  setHandler(progressQuery, progress);
  setHandler(pauseSignal, () => {
    paused = true;
  });
  setHandler(resumeSignal, () => {
    paused = false;
    resumes += 1;
  });
  setHandler(
    addBudgetUpdate,
    ({ tokens }) => {
      addedTokens += tokens;
      return progress();
    },
    { validator: validateBudget },
  );
  setHandler(decideUpdate, async (decision) =>
    // The id of the update is its sender's: one decision, however often it is sent or its activity is run.
    decideEvent({ timelineId, decision, key: `decide:${workflowInfo().workflowId}:${currentUpdateInfo()?.id}` }),
  );

  try {
    if (!input.carry) sources = await fetchHistoricalSources({ settings, sources: input.sources });
    for (;;) {
      const exhausted = await extractAll();
      stored = await storeFinished();
      if (!exhausted || !(await moreBudget())) return await finish(exhausted ? 'budget_exhausted' : completion());
    }
  } catch (error) {
    if (isCancellation(error)) return CancellationScope.nonCancellable(async () => finish('cancelled'));
    if (!(error instanceof ContinueAsNew)) {
      enter('failed');
      await recordFailure(error);
    }
    throw error;
  }

  /** Has slices of chunks extracted until none remains (false) or the budget is used up (true). */
  async function extractAll(): Promise<boolean> {
    let doneAtStart: number | undefined;
    for (;;) {
      enter('extracting');
      await condition(() => !paused);
      tokensOffered = addedTokens;
      const slice = await aiExtractEvents({ ...request, addedTokens });
      extraction = slice.summary;
      doneAtStart ??= slice.chunksBefore;
      report();
      if (slice.stopped === 'budget') return true;
      if (extraction.remainingChunks === 0) return false;
      if (slice.stopped === 'quota') await waitForQuota(slice.resumeAfterMs);
      const doneInThisRun = extraction.chunks.total - extraction.remainingChunks - doneAtStart;
      if (doneInThisRun >= LIMITS.chunksPerRun || workflowInfo().continueAsNewSuggested) await handOver();
    }
  }

  /** The provider's quota is used up: sleeps as long as it asks for, or until someone says that it is mended. */
  async function waitForQuota(resumeAfterMs: number): Promise<void> {
    enter('waitingQuota');
    const before = resumes;
    await condition(() => resumes > before, resumeAfterMs);
  }

  async function handOver(): Promise<void> {
    await condition(allHandlersFinished);
    await continueAsNew<typeof AITimelineGenerationWorkflow>({
      ...input,
      // The texts are stored; they are not carried through every run.
      sources: [],
      carry: { sources, addedTokens, paused },
    });
  }

  async function storeFinished(): Promise<StoredOutcome> {
    const { chunks, extractor } = extraction!;
    if (chunks.failed > 0 && chunks.failed === chunks.total) {
      throw userFailure(FAILURES.ExtractionFailed, `None of the ${chunks.total} chunks could be read by ${extractor}.`);
    }
    enter('validating');
    const { ref, rejected, merged, conflicts } = await validateTimelineEvents(request);
    enter('storing');
    const { published, needsReview } = await storeTimelineEvents({ ...request, ref });
    stored = { ...NOTHING_STORED, rejected, merged, conflicts, published, needsReview };
    enter('exporting');
    return { ...stored, exportRef: await exportTimeline({ timelineId }) };
  }

  async function moreBudget(): Promise<boolean> {
    enter('budgetExhausted');
    // More may have come while what was done was being stored.
    return condition(() => addedTokens > tokensOffered, BUDGET_WAIT);
  }

  function completion(): GenerationStatus {
    const { chunks } = extraction!;
    return sources.failed.length + chunks.failed + chunks.refused > 0 ? 'completed_with_errors' : 'completed';
  }

  async function finish(status: GenerationStatus): Promise<AITimelineGenerationResult> {
    const result = await record(status);
    enter(status === 'cancelled' ? 'cancelled' : 'done');
    await condition(allHandlersFinished);
    return result;
  }

  /** The chunks are counted in the database: a cancelled activity has stored some that no result tells of. */
  /** The request's row says that it failed; when even that cannot be written, what the run failed of is still what it fails with. */
  async function recordFailure(failure: unknown): Promise<void> {
    // The row of a request of that id is another one's.
    if (failureType(failure) === SHARED_FAILURES.IdempotencyConflict) return;
    try {
      await CancellationScope.nonCancellable(async () => record('failed'));
    } catch (error) {
      log.warn('the failure could not be recorded', { failure: failureType(error) });
    }
  }

  async function record(status: GenerationStatus): Promise<AITimelineGenerationResult> {
    return finishGeneration({ ...request, model: settings.model, status, sources, stored });
  }

  function enter(next: GenerationPhase): void {
    phase = next;
    report();
  }

  function report(): void {
    const { chunksDone, chunksTotal, events } = progress();
    setCurrentDetails(`${phase}: ${chunksDone} of ${chunksTotal} chunks, ${sources.ok} sources, ${events} events`);
  }
}

function validateBudget({ tokens }: { tokens: number }): void {
  if (!Number.isInteger(tokens) || tokens < 1 || tokens > 1_000_000_000) {
    throw userFailure(SHARED_FAILURES.InvalidInput, 'tokens should be an integer from 1 to 1000000000.');
  }
}
