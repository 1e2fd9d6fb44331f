import { type Pulse, withPulse } from '@backend/shared/activity';
import { activityInfo } from '@temporalio/activity';
import { failureType, rootFailure, userFailure } from '@backend/shared/failures';
import { type ExtractionSummary, FAILURES, LIMITS, TRANSIENT_FAILURES } from '../contract';
import {
  type Amount,
  BudgetExhausted,
  type ChunkAnswer,
  QuestionRefused,
  QuotaExhausted,
  extractChunk,
} from '../extraction';
import { deleteAnswers, readChunkStates, saveChunk, sumCalls } from '../repositories';
import { type Asker, ChunkFinished, createAsker } from './ask-once';
import type { Deps } from './deps';
import { type LoadedRequest, type RequestId, type Unit, loadRequest, summarise } from './load-request';

/** What one execution came to. Texts and answers are in the database. */
export interface ExtractionSlice {
  readonly summary: ExtractionSummary;
  /** Chunks that were finished before this execution. */
  readonly chunksBefore: number;
  /** Why chunks remain, if any do: the slice's time was over, the budget, or the provider's quota. */
  readonly stopped: 'done' | 'slice' | 'budget' | 'quota';
  /** With `quota`: how long the provider wants to be left alone. */
  readonly resumeAfterMs: number;
}

/** No new chunk is begun after this time, so that progress, pause and budget reach the workflow. */
const SLICE_MS = 30_000;
/** Who watches a run that has just begun soon sees that it goes on. */
const FIRST_SLICE_MS = 5000;
/** Nor after this many chunks: twice this is what one run of the workflow may have. */
const SLICE_CHUNKS = LIMITS.chunksPerRun / 2;
/** So many chunks in a row without an answer: it is the provider, not the chunk. */
const TROUBLE_IN_A_ROW = 3;
/** After so long, well below the 2 h of the activity, the few chunks that never get an answer are given up. */
const GIVE_UP_AFTER_MS = 75 * 60 * 1000;
/** An attempt with less time than this before the activity's end is not worth waiting for. */
const USEFUL_ATTEMPT_MS = 10 * 60 * 1000;

/**
 * Has the request's chunks read by its extractor, several at once, and keeps each outcome in a transaction of its own before it goes
 * on: a retry starts at the first chunk without an outcome, and inside of it at the first question without an answer. Cancelling ends
 * calls under way at once and keeps what is stored. With `giveUp` chunks without an answer have failed, if others ever had one. Fails with `LimitExceeded`, `LlmAuth`, `LlmRejected`, or (retried after the
 * provider's delay) `LlmUnavailable`.
 */
export async function aiExtractEvents(
  deps: Deps,
  {
    timelineId,
    requestId,
    addedTokens,
    addedCostMicroUsd = 0,
    giveUp: isLastTry = false,
  }: RequestId & { addedTokens: number; addedCostMicroUsd?: number; giveUp?: boolean },
): Promise<ExtractionSlice> {
  return withPulse(async (pulse) => {
    const { request, used, todo } = await deps.scope(timelineId, async (tx) => {
      const loaded = await loadRequest(deps, tx, requestId);
      const cacheKeys = loaded.units.map(({ cacheKey }) => cacheKey);
      const states = await readChunkStates(tx, { requestId, cacheKeys });
      return {
        request: loaded,
        used: await sumCalls(tx, requestId),
        todo: loaded.units.filter(({ cacheKey }) => !states.has(cacheKey)),
      };
    });
    checkSize(request);
    const { extractor } = request.provider;
    const budget = budgetOf(request, { tokens: addedTokens, costMicroUsd: addedCostMicroUsd });
    const asker = createAsker(deps, { request, budget, signal: pulse.signal });
    const wasAnswered = used.calls > 0 || todo.length < request.units.length;
    const stop = await workThrough(deps, {
      request,
      todo,
      asker,
      pulse,
      isLastTry,
      isProven: () => wasAnswered || asker.hasAnswers(),
    });
    pulse.step({ phase: 'counting' });
    const summary = await deps.scope(timelineId, async (tx) =>
      summarise(tx, { requestId, units: request.units, extractor }),
    );
    return {
      summary,
      chunksBefore: request.units.length - todo.length,
      stopped: summary.remainingChunks === 0 ? 'done' : stop.why,
      resumeAfterMs: stop.resumeAfterMs,
    };
  });
}

function checkSize({ units }: LoadedRequest): void {
  if (units.length <= LIMITS.chunks) return;
  throw userFailure(
    FAILURES.LimitExceeded,
    `The sources make ${units.length} chunks; one run may have ${LIMITS.chunks}: give fewer sources, fewer passes or a larger chunk.maxChars.`,
  );
}

/** What the request may use in all, with what people have added to it. */
function budgetOf({ settings, provider }: LoadedRequest, added: Amount): Amount {
  if (!provider.extractor.metered) return { tokens: Infinity, costMicroUsd: Infinity };
  const { maxTotalTokens, maxCostMicroUsd = Infinity } = settings.budget;
  return { tokens: maxTotalTokens + added.tokens, costMicroUsd: maxCostMicroUsd + added.costMicroUsd };
}

interface Slice {
  readonly request: LoadedRequest;
  readonly todo: readonly Unit[];
  readonly asker: Asker;
  readonly pulse: Pulse;
  /** Chunks that get no answer now never get one. */
  readonly isLastTry: boolean;
  /** Whether the provider has ever answered a question of the request: its address, model and settings are right. */
  readonly isProven: () => boolean;
}

interface Stop {
  readonly why: Exclude<ExtractionSlice['stopped'], 'done'>;
  readonly resumeAfterMs: number;
}

/**
 * Works the chunks off in lanes until the slice is over or something stops it; lanes that are under way end their chunk.
 * A chunk that gets no answer is put aside once, so that the others are not held up by it.
 */
async function workThrough(deps: Deps, { request, todo, asker, pulse, isLastTry, isProven }: Slice): Promise<Stop> {
  const queue = inTurn(todo).slice(0, SLICE_CHUNKS);
  const until = Date.now() + (todo.length === request.units.length ? FIRST_SLICE_MS : SLICE_MS);
  const mayGiveUp = isProven() && (isLastTry || (isLate() && isFew(todo.length, request.units.length)));
  const troubled: { unit: Unit; error: unknown }[] = [];
  const refused: { unit: Unit; error: QuestionRefused }[] = [];
  let stop: Stop | { error: unknown } | undefined;
  let troubleInARow = 0;
  let done = 0;

  const lane = async (): Promise<void> => {
    while (!stop && !pulse.signal.aborted && !pulse.isStopping() && Date.now() < until) {
      const unit = queue.shift();
      if (!unit) return;
      pulse.step({ source: unit.sourceId, chunk: unit.chunk.index, done });
      try {
        await keep(deps, { request, unit, answer: await extractChunk(asker.about(unit), unit.chunk) });
        done += 1;
        troubleInARow = 0;
      } catch (error) {
        if (pulse.signal.aborted) return;
        if (error instanceof ChunkFinished) continue;
        if (error instanceof BudgetExhausted) stop ??= { why: 'budget', resumeAfterMs: 0 };
        else if (error instanceof QuotaExhausted) stop ??= { why: 'quota', resumeAfterMs: error.resumeAfterMs };
        else if (error instanceof QuestionRefused) {
          refused.push({ unit, error });
          // Calls under way may still show that it is the question.
          if (!isProven() && refused.length >= TROUBLE_IN_A_ROW) stop ??= { why: 'slice', resumeAfterMs: 0 };
        } else if (isTroubleOfOneChunk(error) && (++troubleInARow < TROUBLE_IN_A_ROW || mayGiveUp))
          troubled.push({ unit, error });
        else stop ??= delayed(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(request.provider.maxConcurrent, queue.length) }, lane));

  if (isProven()) await giveUp(deps, request, refused);
  if (stop && 'error' in stop) throw stop.error;
  if (refused.length > 0 && !isProven()) throw rejected(refused[0]!.error);
  if (stop || pulse.signal.aborted) return stop ?? { why: 'slice', resumeAfterMs: 0 };
  if (troubled.length > 0 && !mayGiveUp) throw troubled[0]!.error;
  await giveUp(deps, request, troubled);
  return { why: 'slice', resumeAfterMs: 0 };
}

/** An attempt does not begin with the chunks that may have stopped the one before. */
function inTurn(todo: readonly Unit[]): Unit[] {
  const first = todo.length === 0 ? 0 : ((activityInfo().attempt - 1) * TROUBLE_IN_A_ROW) % todo.length;
  return [...todo.slice(first), ...todo.slice(0, first)];
}

/** Time since the activity was first scheduled, by the server's clock. */
function triedMs(): number {
  const { scheduledTimestampMs, currentAttemptScheduledTimestampMs } = activityInfo();
  return currentAttemptScheduledTimestampMs - scheduledTimestampMs;
}

function isLate(): boolean {
  return triedMs() > GIVE_UP_AFTER_MS;
}

/** Few enough for the chunks, not the provider, to be the reason that they have no answer. */
function isFew(chunks: number, all: number): boolean {
  return chunks <= Math.max(TROUBLE_IN_A_ROW, all / 10);
}

/** No answer, and no word about when to come again. */
function isTroubleOfOneChunk(error: unknown): boolean {
  if (failureType(error) !== TRANSIENT_FAILURES.LlmUnavailable) return false;
  return rootFailure(error)!.nextRetryDelay === undefined;
}

/** A delay that ends with the activity's own time would end the run; the workflow has all the time there is. */
function delayed(error: unknown): Stop | { error: unknown } {
  const delayMs = Number(rootFailure(error)?.nextRetryDelay ?? 0);
  const leftMs = activityInfo().scheduleToCloseTimeoutMs - triedMs();
  return delayMs > 0 && delayMs + USEFUL_ATTEMPT_MS > leftMs ? { why: 'quota', resumeAfterMs: delayMs } : { error };
}

/** Not a single question was ever taken: asking the others too would not help. */
function rejected({ status }: QuestionRefused): Error {
  return userFailure(
    FAILURES.LlmRejected,
    `The provider answers every question with ${status}; check the model's name, maxOutputTokensPerCall, LLM_RESPONSE_FORMAT and LLM_MAX_TOKENS_FIELD.`,
  );
}

async function giveUp(deps: Deps, request: LoadedRequest, chunks: readonly { unit: Unit }[]): Promise<void> {
  for (const { unit } of chunks)
    await keep(deps, { request, unit, answer: { outcome: 'failed', events: [], dropped: 0 } });
}

/** Stores the outcome of a chunk; the answers that it was read from have done their work. */
async function keep(
  deps: Deps,
  { request, unit, answer }: { request: LoadedRequest; unit: Unit; answer: ChunkAnswer },
): Promise<void> {
  const { timelineId, requestId } = request.settings;
  const { cacheKey, sourceId, pass, chunk } = unit;
  const extractor = request.provider.extractor.name;
  await deps.scope(timelineId, async (tx) => {
    await saveChunk(tx, {
      cacheKey,
      requestId,
      sourceId,
      start: chunk.start,
      end: chunk.end,
      pass,
      ...answer,
      extractor,
    });
    await deleteAnswers(tx, cacheKey);
  });
  deps.metrics.chunks.add(1, { outcome: answer.outcome });
}
