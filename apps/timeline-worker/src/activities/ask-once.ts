import { randomUUID } from 'node:crypto';
import { failureType } from '@backend/shared/failures';
import { FAILURES, TRANSIENT_FAILURES } from '../contract';
import {
  type Amount,
  type Answer,
  AnswerLost,
  type Ask,
  BudgetExhausted,
  type ChunkQuestion,
  type PreparedQuestion,
  QuestionRefused,
  QuotaExhausted,
  type QuestionSize,
  type TokenUsage,
  fitOf,
  mostUsed,
} from '../extraction';
import { type CallOutcome, beginModelSeries, modelLabels } from '../metrics';
import {
  type StoredAnswer,
  closeCall,
  deleteCall,
  findAnswer,
  insertFreeCall,
  lockRequest,
  openCall,
  readCalls,
  readChunkStates,
  saveAnswer,
} from '../repositories';
import type { Deps } from './deps';
import type { LoadedRequest, Unit } from './load-request';

/** Asks the questions of one request. */
export interface Asker {
  /** Asks about one chunk. Rejects as the extractor does, and with {@link BudgetExhausted} or {@link ChunkFinished}. */
  about(unit: Unit): Ask;
  /** Whether any question has had an answer. */
  hasAnswers(): boolean;
}

/** Another attempt has been faster: the chunk has an outcome. */
export class ChunkFinished extends Error {
  constructor() {
    super('the chunk has an outcome');
    this.name = 'ChunkFinished';
  }
}

/**
 * Asks each question once and for all (ai-timeline 5, 10), in two transactions around the call:
 *
 * 1. `reserve` finds the stored answer; without one it writes the call down as open, if the most that it may use fits into the budget.
 * 2. The extractor is asked.
 * 3. `store` keeps the answer and closes the call with what it has used.
 *
 * What ends between 1 and 3 (a kill, a lost connection) leaves an open call, which counts against the budget with the most that it
 * may have used; a call that the provider has not taken is struck out. So an attempt that starts again finds every answer that was
 * stored and asks the open questions only, and the budget holds whatever happens.
 */
export function createAsker(
  deps: Pick<Deps, 'scope' | 'metrics'>,
  { request, budget, signal }: { request: LoadedRequest; budget: Amount; signal: AbortSignal },
): Asker {
  const { timelineId, requestId, promptVersion, maxOutputTokensPerCall: maxOutputTokens } = request.settings;
  const { extractor, limit } = request.provider;
  const { modelCalls, modelCallSeconds, modelTokens, modelCost } = deps.metrics;
  const labels = modelLabels(extractor.name);
  beginModelSeries(deps.metrics, extractor.name);
  const underWay = createCallsUnderWay();
  let answers = 0;

  return {
    about: (unit) => async (question) =>
      limit(async () => (extractor.metered ? askOnce(unit, question) : askFree(unit, question)), signal),
    hasAnswers: () => answers > 0,
  };

  function prepare({ step: _, ...asked }: ChunkQuestion, pass: number): PreparedQuestion {
    return extractor.prepare({ ...asked, promptVersion, pass, maxOutputTokens });
  }

  async function askOnce({ cacheKey, pass }: Unit, question: ChunkQuestion): Promise<StoredAnswer> {
    const call = { callId: randomUUID(), requestId, cacheKey, step: question.step };
    const prepared = prepare(question, pass);
    try {
      const { stored, most } = await reserve(call, prepared.size);
      const answer = stored ?? (await store(call, await timed(prepared), most));
      answers += 1;
      return answer;
    } catch (error) {
      if (isFree(error)) await deps.scope(timelineId, async (tx) => deleteCall(tx, call));
      throw error;
    } finally {
      underWay.end(call.callId);
    }
  }

  /** Asks, and counts what comes of it. */
  async function timed(prepared: PreparedQuestion): Promise<Answer> {
    const began = performance.now();
    let outcome: CallOutcome = 'answered';
    try {
      return await prepared.ask(signal);
    } catch (error) {
      outcome = signal.aborted ? 'cancelled' : outcomeOf(error);
      throw error;
    } finally {
      modelCallSeconds.record((performance.now() - began) / 1000, { provider: labels.provider });
      modelCalls.add(1, { ...labels, outcome });
    }
  }

  /** What costs nothing needs no place in the budget, and is as soon asked again as found. */
  async function askFree({ cacheKey, pass }: Unit, question: ChunkQuestion): Promise<StoredAnswer> {
    const answer = await timed(prepare(question, pass));
    const call = { callId: randomUUID(), requestId, cacheKey, step: question.step, extractor: extractor.name };
    await deps.scope(timelineId, async (tx) => insertFreeCall(tx, call));
    return answer;
  }

  /** The stored answer; without one the call is open now. Waits while calls under way hold what it needs. */
  async function reserve(call: Call, size: QuestionSize): Promise<{ stored?: StoredAnswer; most: TokenUsage }> {
    for (;;) {
      const nextEnd = underWay.nextEnd();
      const { fit, ...reserved } = await deps.scope(timelineId, async (tx) => {
        // Attempts of the activity that run side by side take turns here, and so see each other's calls.
        await lockRequest(tx, requestId);
        const stored = await findAnswer(tx, call);
        // As they are before the calls are read: one that ends meanwhile is waited for, and has ended.
        const isOurs = underWay.now();
        const { answered, open, reported } = await readCalls(tx, requestId);
        const most = mostUsed(size, { reported, maxOutputTokens });
        if (stored) return { fit: 'now', stored, most };
        // Asked after the answers: they go when the outcome comes.
        const states = await readChunkStates(tx, { requestId, cacheKeys: [call.cacheKey] });
        if (states.has(call.cacheKey)) throw new ChunkFinished();
        const [ours, lost] = [open.filter(isOurs), open.filter((other) => !isOurs(other))];
        const fits = fitOf(
          size,
          { limit: budget, maxOutputTokens, costMicroUsd: (usage) => extractor.costMicroUsd(usage) },
          { answered, underWay: ours, lost, reported },
        );
        if (fits === 'now') {
          underWay.begin(call.callId);
          await openCall(tx, { ...call, extractor: extractor.name, size });
        }
        return { fit: fits, most };
      });
      if (fit === 'now') return reserved;
      if (fit === 'never') throw new BudgetExhausted();
      await nextEnd;
    }
  }

  /** Resolves with the answer that is kept: that of another attempt, if it came first. */
  async function store(call: Call, { usage, ...answer }: Answer, most: TokenUsage): Promise<StoredAnswer> {
    const used = usage ?? most;
    const costMicroUsd = extractor.costMicroUsd(used);
    const kept = await deps.scope(timelineId, async (tx) => {
      await closeCall(tx, { ...call, ...used, costMicroUsd, usage: usage ? 'reported' : 'estimated' });
      return saveAnswer(tx, { ...call, ...answer });
    });
    modelTokens.add(used.tokensIn, { ...labels, direction: 'in' });
    modelTokens.add(used.tokensOut, { ...labels, direction: 'out' });
    modelCost.add(costMicroUsd, labels);
    return kept;
  }
}

interface Call {
  readonly callId: string;
  readonly requestId: string;
  readonly cacheKey: string;
  readonly step: string;
}

function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof AnswerLost) return 'lost';
  if (error instanceof QuotaExhausted) return 'quota';
  if (error instanceof QuestionRefused) return 'refused';
  const type = failureType(error);
  return type === FAILURES.LlmAuth || type === FAILURES.LlmRejected ? 'refused' : 'unavailable';
}

/** The provider has said no, or was never reached. */
function isFree(error: unknown): boolean {
  if (error instanceof AnswerLost) return false;
  if (error instanceof QuestionRefused || error instanceof QuotaExhausted) return true;
  const type = failureType(error);
  return type === FAILURES.LlmAuth || type === FAILURES.LlmRejected || type === TRANSIENT_FAILURES.LlmUnavailable;
}

/** The calls of this attempt that have not ended. */
function createCallsUnderWay() {
  const calls = new Set<string>();
  let waiting: (() => void)[] = [];
  return {
    /** Whether a call is under way at this moment. */
    now() {
      const those = new Set(calls);
      return ({ callId }: { callId: string }) => those.has(callId);
    },
    begin: (callId: string) => void calls.add(callId),
    end(callId: string) {
      calls.delete(callId);
      const told = waiting;
      waiting = [];
      for (const tell of told) tell();
    },
    /** Resolves when the next one ends, whatever becomes of it. */
    nextEnd: async () => new Promise<void>((resolve) => waiting.push(resolve)),
  };
}
