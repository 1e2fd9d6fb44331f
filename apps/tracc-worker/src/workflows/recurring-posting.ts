import { ActivityFailure, CancellationScope, proxyActivities } from '@temporalio/workflow';
import { failureType } from '@backend/shared/failures';
import { summarized } from '@backend/shared/workflow';
import type { Activities } from '../activities';
import type { Occurrence } from '../contract';
import { orderPause } from '../domain/recurrence/orders';
import { type Recurrence, settle } from '../domain/recurrence/recurrence-state';
import { occurrenceOptions, postingOptions } from './activity-options';
import { SUMMARIES } from './summaries';

const { processTransaction } = summarized(proxyActivities<Activities>(postingOptions), SUMMARIES);
const { recordOccurrences, alertPostingFailed } = summarized(proxyActivities<Activities>(occurrenceOptions), SUMMARIES);

const FAILURES_BEFORE_PAUSE = 3;

type Posted = Awaited<ReturnType<typeof processTransaction>>;

/** Settles occurrences: what was posted, skipped or failed is in the database and in the recurrence. */
export interface Posting {
  /** How many this run has settled. */
  settled(): number;
  /** Posts an occurrence whose time has come; one that cannot be posted is told of, and the third in a row pauses the template. */
  post(occurrence: Occurrence): Promise<void>;
  /**
   * Posts what a person asked for; `note` keeps the result. Answers with the failure's type when it cannot be posted: it then stands
   * as it did before.
   */
  postOnDemand(occurrence: Occurrence, note: (result: Posted) => void): Promise<{ readonly failure?: string }>;
  settleWithout(occurrences: readonly Occurrence[], outcome: 'skipped' | 'failed', reason: string): Promise<void>;
}

/** The posting of a run. Only the loop asks for it: nothing is ever posted from two places at once. */
export function createPosting(
  recurrence: Recurrence,
  { userId, templateId }: { readonly userId: string; readonly templateId: string },
): Posting {
  // One scope for all postings of a run: each is five promises, whose stacks the SDK notes.
  const uncancelled = new CancellationScope({ cancellable: false });
  let settled = 0;

  return { settled: () => settled, post, postOnDemand, settleWithout };

  async function post(occurrence: Occurrence): Promise<void> {
    const { failure } = await posted(occurrence, ({ outcome, reason }) => {
      settle(recurrence, occurrence, { outcome, ...(reason === undefined ? {} : { reason }) });
      settled += 1;
      if (outcome !== 'skipped') recurrence.failuresInARow = 0;
    });
    if (failure === undefined) return;
    await settleWithout([occurrence], 'failed', failure);
    await alertPostingFailed({ userId, templateId, nominalDate: occurrence.nominalDate, reason: failure });
    recurrence.failuresInARow += 1;
    if (recurrence.failuresInARow >= FAILURES_BEFORE_PAUSE)
      orderPause(recurrence, { onResume: recurrence.paused?.onResume ?? 'catchUp', reason: failure });
  }

  async function postOnDemand(occurrence: Occurrence, note: (result: Posted) => void): Promise<{ failure?: string }> {
    const result = await posted(occurrence, note);
    settled += 1;
    return result;
  }

  /**
   * Posts and notes the result; answers with the failure's type when it cannot be posted. A running post is finished even when
   * the workflow is cancelled: half a transfer would be worse than one posting more.
   */
  async function posted(occurrence: Occurrence, note: (result: Posted) => void): Promise<{ failure?: string }> {
    const cancellation = CancellationScope.current();
    recurrence.posting = occurrence.nominalDate;
    try {
      note(await uncancelled.run(async () => processTransaction({ userId, templateId, occurrence })));
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      return { failure: failureType(error) ?? 'Unavailable' };
    } finally {
      recurrence.posting = undefined;
    }
    if (cancellation.consideredCancelled) await cancellation.cancelRequested;
    return {};
  }

  async function settleWithout(
    occurrences: readonly Occurrence[],
    outcome: 'skipped' | 'failed',
    reason: string,
  ): Promise<void> {
    if (occurrences.length === 0) return;
    await recordOccurrences({ userId, templateId, occurrences, outcome, reason });
    for (const occurrence of occurrences) settle(recurrence, occurrence, { outcome, reason });
    settled += occurrences.length;
  }
}
