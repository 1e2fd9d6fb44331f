import {
  ActivityFailure,
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { failureType, userFailure } from '@backend/shared/failures';
import { addDays, isCivilDate } from '@backend/shared/kernel';
import type { Activities } from '../activities';
import {
  FAILURES,
  type Occurrence,
  RECURRING_HANDLERS,
  type RecurringCarry,
  type RecurringConfirmCatchUpArgument,
  type RecurringPauseArgument,
  type RecurringSkipArgument,
  type RecurringState,
  type RecurringStateArgument,
  type RecurringTransactionInput,
  type RecurringTransactionResult,
} from '../contract';
import {
  addSkip,
  carryOf,
  endPause,
  endReason,
  isSettled,
  openRecurrence,
  orderPause,
  orderResume,
  reasonToSkip,
  resultOf,
  settle,
  skipProblem,
  splitDue,
  stateOf,
} from '../domain/recurrence/recurrence-state';
import { occurrenceOptions, planOptions, postingOptions } from './activity-options';

const { planOccurrences } = proxyLocalActivities<Activities>(planOptions);
const { processTransaction } = proxyActivities<Activities>(postingOptions);
const { recordOccurrences, alertPostingFailed } = proxyActivities<Activities>(occurrenceOptions);

export const stateQuery = defineQuery<RecurringState, [RecurringStateArgument?]>(RECURRING_HANDLERS.state);
export const pauseSignal = defineSignal<[RecurringPauseArgument?]>(RECURRING_HANDLERS.pause);
export const resumeSignal = defineSignal(RECURRING_HANDLERS.resume);
export const stopSignal = defineSignal(RECURRING_HANDLERS.stop);
export const skipUpdate = defineUpdate<RecurringState, [RecurringSkipArgument]>(RECURRING_HANDLERS.skip);
export const confirmCatchUpUpdate = defineUpdate<RecurringState, [RecurringConfirmCatchUpArgument]>(
  RECURRING_HANDLERS.confirmCatchUp,
);

/** An occurrence is about 11 events; short runs keep the waking of an evicted workflow cheap. */
const OCCURRENCES_PER_RUN = 12;
const PLAN_AHEAD = 24;
/** More than this many due at once is not posted before a person confirms it. */
const CATCH_UP_LIMIT = 366;
const FAILURES_BEFORE_PAUSE = 3;
/** The server rounds shorter timers up to this. */
const SHORTEST_TIMER_MS = 1000;

/**
 * Posts a template's occurrences for as long as its rule goes: finds the next nominal date, sleeps until its instant,
 * posts it once, and goes on. Dates come from the rule's anchor, never from the last run.
 */
export async function RecurringTransactionWorkflow(
  input: RecurringTransactionInput,
): Promise<RecurringTransactionResult> {
  const recurrence = openRecurrence(validate(input));
  const { templateId, userId } = input;
  let upcoming: readonly Occurrence[] = [];
  let stopWanted = false;
  let settledInThisRun = 0;

  // Clients in other languages send null for an argument that is left out.
  setHandler(stateQuery, (argument) => stateOf(recurrence, upcoming, argument?.upcoming ?? undefined));
  setHandler(pauseSignal, (argument) => {
    orderPause(recurrence, { onResume: argument?.onResume === 'catchUp' ? 'catchUp' : 'skip' });
  });
  setHandler(resumeSignal, () => {
    orderResume(recurrence);
  });
  setHandler(stopSignal, () => {
    stopWanted = true;
  });
  setHandler(skipUpdate, skip, { validator: validateSkip });
  setHandler(confirmCatchUpUpdate, confirmCatchUp, { validator: validateConfirmCatchUp });

  try {
    for (;;) {
      if (stopWanted) return finish('stopped');
      if (recurrence.paused) {
        await condition(() => recurrence.resumeWanted || stopWanted);
        if (!stopWanted) await resume(recurrence.paused);
      } else {
        const next = await findNext();
        if (!next) return finish(endReason(recurrence));
        const due = await findDue();
        if (due.length === 0) await sleepUntil(next);
        else await catchUp(due);
      }
      if (settledInThisRun >= OCCURRENCES_PER_RUN || workflowInfo().continueAsNewSuggested) {
        await condition(allHandlersFinished);
        // A stop that arrived meanwhile is obeyed by the loop; everything else is carried.
        if (!stopWanted)
          await continueAsNew<typeof RecurringTransactionWorkflow>({ ...input, carry: carryOf(recurrence) });
      }
    }
  } catch (error) {
    if (isCancellation(error)) return finish('cancelled');
    throw error;
  }

  async function findNext(): Promise<Occurrence | undefined> {
    upcoming = upcoming.filter((occurrence) => !isSettled(recurrence, occurrence));
    if (upcoming.length === 0) upcoming = await plan(PLAN_AHEAD);
    return upcoming[0];
  }

  /** Everything whose instant has come, in order; beyond the planned window only when that is due to its end. */
  async function findDue(): Promise<readonly Occurrence[]> {
    const due = dueOf(upcoming);
    return due.length < upcoming.length ? due : dueOf(await plan(CATCH_UP_LIMIT + 1));
  }

  /** Woken early by any signal or update that changes what comes next. */
  async function sleepUntil({ nominalDate, fireAt }: Occurrence): Promise<void> {
    recurrence.catchUpConfirmed = undefined;
    recurrence.awaited = nominalDate;
    const skippedNow = () => recurrence.skips.includes(nominalDate);
    const alreadySkipped = skippedNow();
    const untilMs = Math.max(Date.parse(fireAt) - Date.now(), SHORTEST_TIMER_MS);
    await condition(() => stopWanted || recurrence.paused !== undefined || skippedNow() !== alreadySkipped, untilMs);
  }

  async function catchUp(due: readonly Occurrence[]): Promise<void> {
    const moreDue = due.length > CATCH_UP_LIMIT;
    if (moreDue && !recurrence.catchUpConfirmed) {
      recurrence.needsAttention = `More than ${CATCH_UP_LIMIT} occurrences are due; confirm how to catch up.`;
      await condition(() => recurrence.catchUpConfirmed !== undefined || recurrence.paused !== undefined || stopWanted);
      recurrence.needsAttention = undefined;
      return;
    }
    const { missed, toPost } = splitDue(recurrence, { due, moreDue });
    await settleWithout(missed, 'skipped', 'missed');
    for (const occurrence of toPost) {
      if (stopWanted || recurrence.paused || settledInThisRun >= OCCURRENCES_PER_RUN) return;
      const reason = reasonToSkip(recurrence, occurrence);
      if (reason) await settleWithout([occurrence], 'skipped', reason);
      else await post(occurrence);
    }
  }

  /** A running post is finished even when the workflow is cancelled: half a transfer would be worse than one posting more. */
  async function post(occurrence: Occurrence): Promise<void> {
    const cancellation = CancellationScope.current();
    recurrence.posting = occurrence.nominalDate;
    try {
      const { outcome, reason } = await CancellationScope.nonCancellable(async () =>
        processTransaction({ userId, templateId, occurrence }),
      );
      settle(recurrence, occurrence, { outcome, ...(reason === undefined ? {} : { reason }) });
      settledInThisRun += 1;
      if (outcome !== 'skipped') recurrence.failuresInARow = 0;
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      const reason = failureType(error) ?? 'Unavailable';
      await settleWithout([occurrence], 'failed', reason);
      await alertPostingFailed({ userId, templateId, nominalDate: occurrence.nominalDate, reason });
      recurrence.failuresInARow += 1;
      if (recurrence.failuresInARow >= FAILURES_BEFORE_PAUSE) {
        orderPause(recurrence, { onResume: recurrence.paused?.onResume ?? 'catchUp', reason });
      }
    } finally {
      recurrence.posting = undefined;
    }
    if (cancellation.consideredCancelled) await cancellation.cancelRequested;
  }

  async function settleWithout(
    occurrences: readonly Occurrence[],
    outcome: 'skipped' | 'failed',
    reason: string,
  ): Promise<void> {
    if (occurrences.length === 0) return;
    await recordOccurrences({ userId, templateId, occurrences, outcome, reason });
    for (const occurrence of occurrences) settle(recurrence, occurrence, { outcome, reason });
    settledInThisRun += occurrences.length;
  }

  /** Carries a resume out: what was missed is skipped first, a part of it at a time, then the pause ends. */
  async function resume(pause: NonNullable<RecurringCarry['paused']>): Promise<void> {
    const missed = pause.onResume === 'skip' && (await findNext()) ? await findDue() : [];
    // A pause that was ordered meanwhile decides about what is missed.
    if (recurrence.paused !== pause) return;
    if (missed.length > 0) await settleWithout(missed, 'skipped', 'paused');
    else endPause(recurrence, pause);
  }

  async function skip({ nominalDate }: RecurringSkipArgument): Promise<RecurringState> {
    const [occurrence] = await planOccurrences({ rule: recurrence.rule, after: addDays(nominalDate, -1), limit: 1 });
    if (occurrence?.nominalDate !== nominalDate) {
      throw userFailure(FAILURES.NotAnOccurrence, `${nominalDate} is not an occurrence of this template.`);
    }
    refuseSkip(skipProblem(recurrence, { ...occurrence, nowMs: Date.now() }));
    addSkip(recurrence, nominalDate);
    return stateOf(recurrence, upcoming);
  }

  function validateSkip(argument: RecurringSkipArgument): void {
    const nominalDate = argument?.nominalDate;
    if (typeof nominalDate !== 'string' || !isCivilDate(nominalDate)) {
      throw userFailure(
        FAILURES.NotAnOccurrence,
        `nominalDate should be a date such as 2026-03-31, not ${JSON.stringify(nominalDate)}.`,
      );
    }
    refuseSkip(skipProblem(recurrence, { nominalDate, nowMs: Date.now() }));
  }

  function confirmCatchUp({ policy }: RecurringConfirmCatchUpArgument): RecurringState {
    recurrence.catchUpConfirmed = policy;
    return stateOf(recurrence, upcoming);
  }

  function validateConfirmCatchUp(argument: RecurringConfirmCatchUpArgument): void {
    if (!recurrence.needsAttention) throw userFailure(FAILURES.NotAnOccurrence, 'There is no catch-up to confirm.');
    if (!['all', 'latest', 'none'].includes(argument?.policy))
      throw userFailure(FAILURES.TemplateInvalid, 'policy should be all, latest or none.');
  }

  function finish(reason: RecurringTransactionResult['reason']): RecurringTransactionResult {
    recurrence.ended = reason === 'until' || reason === 'count' ? 'ended' : 'stopped';
    return resultOf(recurrence, reason);
  }

  async function plan(limit: number): Promise<readonly Occurrence[]> {
    const { rule, cursor, index } = recurrence;
    return planOccurrences({ rule, limit, ...(cursor === undefined ? {} : { after: cursor, afterIndex: index }) });
  }
}

function refuseSkip(problem: string | undefined): void {
  if (problem !== undefined) throw userFailure(FAILURES.NotAnOccurrence, problem);
}

function dueOf(occurrences: readonly Occurrence[]): readonly Occurrence[] {
  const now = Date.now();
  return occurrences.filter(({ fireAt }) => Date.parse(fireAt) <= now);
}

function validate(input: RecurringTransactionInput): RecurringTransactionInput {
  for (const field of ['templateId', 'userId', 'zone', 'startDate'] as const) {
    if (typeof input?.[field] !== 'string' || input[field] === '') {
      throw userFailure(FAILURES.TemplateInvalid, `${field} should be given as a text.`);
    }
  }
  if (!isCivilDate(input.startDate)) {
    throw userFailure(
      FAILURES.TemplateInvalid,
      `startDate should be a date such as 2026-03-31, not ${JSON.stringify(input.startDate)}.`,
    );
  }
  return input;
}
