import {
  ActivityFailure,
  CancellationScope,
  ContinueAsNew,
  TimeoutFailure,
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
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow';
import { SHARED_FAILURES, failureType, userFailure } from '@backend/shared/failures';
import { statusAttribute, summarized, until, versioned } from '@backend/shared/workflow';
import type { Activities, ExtractionSlice } from '../activities';
import {
  type AITimelineGenerationInput,
  type AITimelineGenerationResult,
  type AddedBudget,
  FAILURES,
  GENERATION_HANDLERS,
  type GenerationPhase,
  type GenerationProgress,
  type GenerationSearchStatus,
  type GenerationStatus,
  LIMITS,
  type ReviewDecision,
  type ReviewOutcome,
  SEARCH_ATTRIBUTES,
  type SourcesOutcome,
  type StoredOutcome,
  TRANSIENT_FAILURES,
} from '../contract';
import {
  exportOptions,
  extractOptions,
  fetchOptions,
  recordOptions,
  storeOptions,
  validateOptions,
} from './activity-options';
import { checkDecision } from '../domain/review-decision';
import { generationDetails } from './details';
import { checkAddedBudget, resolveInput } from './generation-input';
import { SUMMARIES } from './summaries';

const { fetchHistoricalSources } = summarized(proxyActivities<Activities>(fetchOptions), SUMMARIES);
const { aiExtractEvents } = summarized(proxyActivities<Activities>(extractOptions), SUMMARIES);
const { validateTimelineEvents } = summarized(proxyActivities<Activities>(validateOptions), SUMMARIES);
const { storeTimelineEvents } = summarized(proxyActivities<Activities>(storeOptions), SUMMARIES);
const { exportTimeline } = summarized(proxyActivities<Activities>(exportOptions), SUMMARIES);
const { finishGeneration, decideEvent } = summarized(proxyActivities<Activities>(recordOptions), SUMMARIES);

export const progressQuery = defineQuery<GenerationProgress>(GENERATION_HANDLERS.progress);
export const pauseSignal = defineSignal(GENERATION_HANDLERS.pause);
export const resumeSignal = defineSignal(GENERATION_HANDLERS.resume);
export const addBudgetUpdate = defineUpdate<GenerationProgress, [AddedBudget]>(GENERATION_HANDLERS.addBudget);
export const decideUpdate = defineUpdate<ReviewOutcome, [ReviewDecision]>(GENERATION_HANDLERS.decide);

/** How long a run with an exhausted budget waits for more. */
const BUDGET_WAIT = '7 days';
/** A provider that could not be reached in all the time of an activity is asked again after this time, */
const OUTAGE_WAIT_MS = 60 * 60 * 1000;
/** and so many times, which is about a day; what has no answer then is given up. */
const OUTAGES = 8;

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
 * Fails with `InvalidInput`, `NoUsableSources`, `LimitExceeded`, `ModelUnavailable`, `LlmAuth`, `LlmRejected`,
 * `LlmUnavailable` (no answer of the provider for a day) or `ExtractionFailed`; started again under the same id it goes on with the chunks that have no answer.
 */
export async function AITimelineGenerationWorkflow(
  input: AITimelineGenerationInput,
): Promise<AITimelineGenerationResult> {
  const settings = resolveInput(input);
  const { timelineId, requestId } = settings;
  const request = { timelineId, requestId };
  const showStatus = statusAttribute<GenerationSearchStatus>(SEARCH_ATTRIBUTES.generationStatus);

  let phase: GenerationPhase = input.carry ? 'extracting' : 'fetching';
  let sources: SourcesOutcome = input.carry?.sources ?? { ok: 0, failed: [] };
  let extraction = input.carry?.extraction;
  let stored = input.carry?.stored ?? NOTHING_STORED;
  let added = { tokens: input.carry?.addedTokens ?? 0, costMicroUsd: input.carry?.addedCostMicroUsd ?? 0 };
  let offered = added;
  let paused = input.carry?.paused ?? false;
  let resumes = 0;

  const progress = (): GenerationProgress => ({
    phase,
    sources,
    chunksDone: extraction ? extraction.chunks.total - extraction.remainingChunks : 0,
    chunksTotal: extraction?.chunks.total ?? 0,
    tokens: extraction?.tokens ?? { in: 0, out: 0 },
    events: stored.published + stored.needsReview,
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
    ({ tokens = 0, costMicroUsd = 0 }) => {
      added = { tokens: added.tokens + tokens, costMicroUsd: added.costMicroUsd + costMicroUsd };
      return progress();
    },
    { validator: (more) => checkAddedBudget(more, settings.budget) },
  );
  setHandler(
    decideUpdate,
    async (decision) =>
      // The id of the update is its sender's: one decision, however often it is sent or its activity is run.
      decideEvent({ timelineId, decision, key: `decide:${workflowInfo().workflowId}:${currentUpdateInfo()?.id}` }),
    { validator: (decision) => void checkDecision(decision) },
  );

  try {
    enter(phase);
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
      showStatus('failed');
      await recordFailure(error);
    }
    throw error;
  }

  /** Has slices of chunks extracted until none remains (false) or the budget is used up (true). */
  async function extractAll(): Promise<boolean> {
    let doneAtStart: number | undefined;
    let outages = 0;
    for (;;) {
      await proceedTo('extracting');
      offered = added;
      const isLastTry = outages === OUTAGES;
      const slice = await extractSlice({ giveUp: isLastTry });
      if (!slice) {
        if (isLastTry) throw userFailure(TRANSIENT_FAILURES.LlmUnavailable, 'The provider has not answered for a day.');
        outages += 1;
        await waitForQuota(OUTAGE_WAIT_MS);
        continue;
      }
      if (!isLastTry) outages = 0;
      const { summary, chunksBefore, stopped, resumeAfterMs } = slice;
      extraction = summary;
      doneAtStart ??= chunksBefore;
      report();
      if (stopped === 'budget') return true;
      if (summary.remainingChunks === 0) return false;
      if (stopped === 'quota') await waitForQuota(resumeAfterMs);
      const doneInThisRun = summary.chunks.total - summary.remainingChunks - doneAtStart;
      if (doneInThisRun >= LIMITS.chunksPerRun || workflowInfo().continueAsNewSuggested) await handOver();
    }
  }

  /**
   * One slice of chunks; undefined when the time of the activity was over before the provider, or a worker, came back. With `giveUp`
   * chunks that get no answer have failed, if others ever had one.
   */
  async function extractSlice({ giveUp }: { giveUp: boolean }): Promise<ExtractionSlice | undefined> {
    try {
      return await aiExtractEvents({
        ...request,
        addedTokens: offered.tokens,
        addedCostMicroUsd: offered.costMicroUsd,
        giveUp,
      });
    } catch (error) {
      if (!isOutage(error)) throw error;
      log.warn('nothing was extracted in the time of the activity', { failure: failureType(error) });
      return undefined;
    }
  }

  /** The provider's quota is used up: sleeps as long as it asks for, or until someone says that it is mended. */
  async function waitForQuota(resumeAfterMs: number): Promise<void> {
    enter('waitingQuota');
    const before = resumes;
    await condition(() => resumes > before, resumeAfterMs, { summary: 'Wait until the provider takes calls again' });
  }

  async function handOver(): Promise<void> {
    await until(allHandlersFinished);
    await continueAsNew<typeof AITimelineGenerationWorkflow>({
      ...input,
      // The texts are stored; they are not carried through every run.
      sources: [],
      carry: {
        sources,
        addedTokens: added.tokens,
        addedCostMicroUsd: added.costMicroUsd,
        paused,
        stored,
        // The next slice names what remains.
        ...(extraction && { extraction: { ...extraction, remaining: [] } }),
      },
    });
  }

  async function storeFinished(): Promise<StoredOutcome> {
    const { chunks, extractor, extracted } = extraction!;
    if (chunks.failed > 0 && chunks.failed === chunks.total && extracted === 0) {
      throw userFailure(FAILURES.ExtractionFailed, `None of the ${chunks.total} chunks could be read by ${extractor}.`);
    }
    await proceedTo('validating');
    const { ref, rejected, merged, conflicts } = await validateTimelineEvents(request);
    await proceedTo('storing');
    const { published, needsReview } = await storeTimelineEvents({ ...request, ref });
    stored = { ...NOTHING_STORED, rejected, merged, conflicts, published, needsReview };
    await proceedTo('exporting');
    return { ...stored, exportRef: await exportTimeline({ timelineId }) };
  }

  async function moreBudget(): Promise<boolean> {
    enter('budgetExhausted');
    // More may have come while what was done was being stored.
    return condition(() => added !== offered, BUDGET_WAIT, { summary: 'Wait for more budget' });
  }

  function completion(): GenerationStatus {
    const { chunks } = extraction!;
    const beyondLimit = stored.rejected['EventLimit'] ?? 0;
    const lost = sources.failed.length + chunks.failed + chunks.refused + beyondLimit;
    return lost > 0 ? 'completed_with_errors' : 'completed';
  }

  async function finish(status: GenerationStatus): Promise<AITimelineGenerationResult> {
    const result = await record(status);
    enter(status === 'cancelled' ? 'cancelled' : 'done');
    showStatus(status);
    await until(allHandlersFinished);
    return result;
  }

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

  /** The chunks are counted in the database: a cancelled activity has stored some that no result tells of. */
  async function record(status: GenerationStatus): Promise<AITimelineGenerationResult> {
    return finishGeneration({ ...request, model: settings.model, status, sources, stored });
  }

  /** Enters a phase of work, once the run is not paused. */
  async function proceedTo(next: GenerationPhase): Promise<void> {
    if (paused) {
      enter('paused');
      await condition(() => !paused);
    }
    enter(next);
  }

  function enter(next: GenerationPhase): void {
    phase = next;
    report();
    const isWait = next === 'paused' || next === 'waitingQuota' || next === 'budgetExhausted';
    if (!isEnd(next)) showStatus(isWait ? next : 'running');
  }

  function report(): void {
    setCurrentDetails(generationDetails(progress(), { costMicroUsd: extraction?.costMicroUsd ?? 0 }));
  }
}

// It ends with the code that it began with.
setWorkflowOptions(versioned('PINNED'), AITimelineGenerationWorkflow);

function isEnd(phase: GenerationPhase): boolean {
  return phase === 'done' || phase === 'cancelled' || phase === 'failed';
}

/** The activity's time was over while its attempts failed for a reason that time may mend, or no worker took it. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  return error.cause instanceof TimeoutFailure || failureType(error) === TRANSIENT_FAILURES.LlmUnavailable;
}
