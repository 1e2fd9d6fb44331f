import { type Pulse, withPulse } from '@backend/shared/activity';
import { randomUUID } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import { failureType, userFailure } from '@backend/shared/failures';
import { type ExtractionSummary, FAILURES, LIMITS, TRANSIENT_FAILURES } from '../contract';
import { type Answer, BudgetExhausted, type Purse, QuotaExhausted, createPurse, extractChunk } from '../extraction';
import { insertCall, readChunkStates, saveChunk, sumCalls } from '../repositories';
import type { Deps } from './deps';
import { type LoadedRequest, type RequestId, type Unit, isFinished, loadRequest, summarise } from './load-request';

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
/** Nor after this many chunks: twice this is what one run of the workflow may have. */
const SLICE_CHUNKS = LIMITS.chunksPerRun / 2;
/** From this attempt on (most of an hour of trouble) a chunk that gets no answer is given up. */
const LAST_ATTEMPT_FOR_A_CHUNK = 30;
/** So many chunks in a row without an answer: it is the provider, not the chunk. */
const TROUBLE_IN_A_ROW = 3;

/**
 * Has the request's chunks read by its extractor, several at once, and keeps each answer in a transaction of its own
 * before it goes on: a retry starts at the first chunk without an answer, and no stored answer is asked for again.
 * Every call's tokens are recorded as soon as it answers. Cancelling ends calls under way at once and keeps what is
 * stored. Fails with `LimitExceeded`, `LlmAuth`, `LlmRejected`, or (retried after the provider's delay) `LlmUnavailable`.
 */
export async function aiExtractEvents(
  deps: Deps,
  { timelineId, requestId, addedTokens }: RequestId & { addedTokens: number },
): Promise<ExtractionSlice> {
  return withPulse(async (pulse) => {
    const { request, used, todo } = await deps.scope(timelineId, async (tx) => {
      const loaded = await loadRequest(deps, tx, requestId);
      const states = await readChunkStates(
        tx,
        loaded.units.map(({ cacheKey }) => cacheKey),
      );
      return {
        request: loaded,
        used: await sumCalls(tx, requestId),
        todo: loaded.units.filter(({ cacheKey }) => !isFinished(states.get(cacheKey), requestId)),
      };
    });
    checkSize(request);
    const { extractor } = request.provider;
    const { budget } = request.settings;
    const purse = createPurse({
      maxTokens: extractor.metered ? budget.maxTotalTokens + addedTokens : Infinity,
      maxCostMicroUsd: extractor.metered ? (budget.maxCostMicroUsd ?? Infinity) : Infinity,
      usedTokens: used.tokensIn + used.tokensOut,
      usedCostMicroUsd: used.costMicroUsd,
    });
    const stop = await workThrough(deps, { request, todo, purse, pulse });
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

interface Slice {
  readonly request: LoadedRequest;
  readonly todo: readonly Unit[];
  readonly purse: Purse;
  readonly pulse: Pulse;
}

interface Stop {
  readonly why: Exclude<ExtractionSlice['stopped'], 'done'>;
  readonly resumeAfterMs: number;
}

/**
 * Works the chunks off in lanes until the slice is over or something stops it; lanes that are under way end their chunk.
 * A chunk that gets no answer is put aside once, so that the others are not held up by it.
 */
async function workThrough(deps: Deps, { request, todo, purse, pulse }: Slice): Promise<Stop> {
  const queue = todo.slice(0, SLICE_CHUNKS);
  const until = Date.now() + SLICE_MS;
  const troubled: { unit: Unit; error: unknown }[] = [];
  let stop: Stop | { error: unknown } | undefined;
  let troubleInARow = 0;
  let done = 0;

  const lane = async (): Promise<void> => {
    while (!stop && !pulse.signal.aborted && Date.now() < until) {
      const unit = queue.shift();
      if (!unit) return;
      pulse.step({ source: unit.sourceId, chunk: unit.chunk.index, done });
      try {
        await readUnit(deps, { request, unit, purse, signal: pulse.signal });
        done += 1;
        troubleInARow = 0;
      } catch (error) {
        if (pulse.signal.aborted) return;
        if (error instanceof BudgetExhausted) stop ??= { why: 'budget', resumeAfterMs: 0 };
        else if (error instanceof QuotaExhausted) stop ??= { why: 'quota', resumeAfterMs: error.resumeAfterMs };
        else if (isTroubleOfOneChunk(error) && ++troubleInARow < TROUBLE_IN_A_ROW) troubled.push({ unit, error });
        else stop ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(request.provider.maxConcurrent, queue.length) }, lane));

  if (stop && 'error' in stop) throw stop.error;
  if (stop || pulse.signal.aborted) return stop ?? { why: 'slice', resumeAfterMs: 0 };
  if (troubled.length > 0) {
    if (activityInfo().attempt < LAST_ATTEMPT_FOR_A_CHUNK) throw troubled[0]!.error;
    for (const { unit } of troubled)
      await keep(deps, { request, unit, answer: { outcome: 'failed', events: [], dropped: 0 } });
  }
  return { why: 'slice', resumeAfterMs: 0 };
}

/** No answer, and no word about when to come again. */
function isTroubleOfOneChunk(error: unknown): boolean {
  if (failureType(error) !== TRANSIENT_FAILURES.LlmUnavailable) return false;
  return (error as { nextRetryDelay?: unknown }).nextRetryDelay === undefined;
}

async function readUnit(
  deps: Deps,
  { request, unit, purse, signal }: { request: LoadedRequest; unit: Unit; purse: Purse; signal: AbortSignal },
): Promise<void> {
  const { settings, provider } = request;
  const ask = async ({
    text,
    repair,
  }: {
    text: string;
    repair?: { answer: string; problem: string };
  }): Promise<Answer> => {
    const tokensIn = Math.ceil((text.length + (repair?.answer.length ?? 0)) / 4);
    const tokens = { tokensIn, tokensOut: settings.maxOutputTokensPerCall };
    const estimate = {
      tokens: tokens.tokensIn + tokens.tokensOut,
      costMicroUsd: provider.extractor.costMicroUsd(tokens),
    };
    return purse.spend(estimate, async () => {
      const question = {
        text,
        model: settings.model,
        promptVersion: settings.promptVersion,
        pass: unit.pass,
        maxOutputTokens: settings.maxOutputTokensPerCall,
        ...(repair ? { repair } : {}),
      };
      const answer = await provider.limit(async () => {
        // A lane may have waited for its turn; whether the work is still wanted is asked again.
        signal.throwIfAborted();
        return provider.extractor.ask(question, signal);
      });
      await recordCall(deps, { request, unit, answer });
      return answer;
    });
  };
  const answer = await extractChunk(ask, unit.chunk);
  await keep(deps, { request, unit, answer });
}

/** What was paid for is on record before anyone looks whether it was worth it. */
async function recordCall(
  deps: Deps,
  { request, unit, answer }: { request: LoadedRequest; unit: Unit; answer: Answer },
): Promise<void> {
  const { timelineId, requestId } = request.settings;
  const { tokensIn, tokensOut, costMicroUsd } = answer;
  const extractor = request.provider.extractor.name;
  await deps.scope(timelineId, async (tx) =>
    insertCall(tx, {
      requestId,
      callId: randomUUID(),
      cacheKey: unit.cacheKey,
      extractor,
      tokensIn,
      tokensOut,
      costMicroUsd,
    }),
  );
}

async function keep(
  deps: Deps,
  { request, unit, answer }: { request: LoadedRequest; unit: Unit; answer: Awaited<ReturnType<typeof extractChunk>> },
): Promise<void> {
  const { timelineId, requestId } = request.settings;
  const { cacheKey, sourceId, pass, chunk } = unit;
  const extractor = request.provider.extractor.name;
  await deps.scope(timelineId, async (tx) =>
    saveChunk(tx, { cacheKey, requestId, sourceId, start: chunk.start, end: chunk.end, pass, ...answer, extractor }),
  );
}
