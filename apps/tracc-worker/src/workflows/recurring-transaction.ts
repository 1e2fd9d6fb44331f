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
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow';
import { failureType, userFailure } from '@backend/shared/failures';
import { isCivilDate } from '@backend/shared/kernel';
import { statusAttribute, summarized, versioned } from '@backend/shared/workflow';
import type { Activities } from '../activities';
import {
  FAILURES,
  type FailureType,
  type Occurrence,
  RECURRING_HANDLERS,
  type RecurringCarry,
  type RecurringConfirmCatchUpArgument,
  type RecurringPauseArgument,
  type RecurringRescheduleArgument,
  type RecurringRetryArgument,
  type RecurringSkipArgument,
  type RecurringState,
  type RecurringStateArgument,
  type RecurringTransactionInput,
  type RecurringTransactionResult,
  type RecurringUpdateScheduleArgument,
  SEARCH_ATTRIBUTES,
} from '../contract';
import {
  addReschedule,
  addSkip,
  bookingProblem,
  changeProblem,
  changeRule,
  changedRule,
  dateProblem,
  endPause,
  jitterMs,
  membershipProblem,
  orderPause,
  orderResume,
  reasonToSkip,
  ruleChangeProblem,
  splitDue,
} from '../domain/recurrence/orders';
import {
  carryOf,
  endReason,
  isMoved,
  openRecurrence,
  resultOf,
  settle,
  settleAgain,
  stateOf,
} from '../domain/recurrence/recurrence-state';
import { occurrenceOptions, planOptions, postingOptions, recordOptions } from './activity-options';
import { recurringDetails } from './details';
import { createAgenda } from './recurring-agenda';
import { SUMMARIES } from './summaries';

const { planOccurrences, locateOccurrence, bookNow } = summarized(
  proxyLocalActivities<Activities>(planOptions),
  SUMMARIES,
);
const { processTransaction } = summarized(proxyActivities<Activities>(postingOptions), SUMMARIES);
const { recordOccurrences, alertPostingFailed } = summarized(proxyActivities<Activities>(occurrenceOptions), SUMMARIES);
const { saveRule } = summarized(proxyActivities<Activities>(recordOptions), SUMMARIES);

export const stateQuery = defineQuery<RecurringState, [RecurringStateArgument?]>(RECURRING_HANDLERS.state);
export const pauseSignal = defineSignal<[RecurringPauseArgument?]>(RECURRING_HANDLERS.pause);
export const resumeSignal = defineSignal(RECURRING_HANDLERS.resume);
export const stopSignal = defineSignal(RECURRING_HANDLERS.stop);
export const skipUpdate = defineUpdate<RecurringState, [RecurringSkipArgument]>(RECURRING_HANDLERS.skip);
export const rescheduleUpdate = defineUpdate<RecurringState, [RecurringRescheduleArgument]>(
  RECURRING_HANDLERS.reschedule,
);
export const postNowUpdate = defineUpdate<RecurringState>(RECURRING_HANDLERS.postNow);
export const updateScheduleUpdate = defineUpdate<RecurringState, [RecurringUpdateScheduleArgument]>(
  RECURRING_HANDLERS.updateSchedule,
);
export const retryUpdate = defineUpdate<RecurringState, [RecurringRetryArgument]>(RECURRING_HANDLERS.retry);
export const confirmCatchUpUpdate = defineUpdate<RecurringState, [RecurringConfirmCatchUpArgument]>(
  RECURRING_HANDLERS.confirmCatchUp,
);

/** An occurrence is about 11 events; short runs keep the waking of an evicted workflow cheap. */
const OCCURRENCES_PER_RUN = 12;
/** More than this many due at once is not posted before a person confirms it. */
const CATCH_UP_LIMIT = 366;
const FAILURES_BEFORE_PAUSE = 3;
/** The server rounds shorter timers up to this. */
const SHORTEST_TIMER_MS = 1000;

/**
 * Something that an update asked for. The loop carries it out: nothing is ever posted from two places at once, and no two
 * activities run side by side, whose results would not come in one order, live and in a replay.
 */
interface Order {
  readonly carryOut: () => Promise<void>;
  answer?: { readonly error?: Error };
}

/**
 * Posts a template's occurrences for as long as its rule goes: finds the next nominal date, sleeps until its instant,
 * posts it once, and goes on. Dates come from the rule's anchor, never from the last run.
 */
export async function RecurringTransactionWorkflow(
  input: RecurringTransactionInput,
): Promise<RecurringTransactionResult> {
  const recurrence = openRecurrence(validate(input));
  const { templateId, userId } = input;
  const orders: Order[] = [];
  const agenda = createAgenda(recurrence);
  // Runs that began before templates had a status go on without one. To be removed, with the condition, once
  // `WorkflowType = 'RecurringTransactionWorkflow' AND ExecutionStatus = 'Running' AND TemplateStatus IS NULL` lists nothing.
  const showStatus = patched('template-status')
    ? statusAttribute<RecurringState['status']>(SEARCH_ATTRIBUTES.templateStatus)
    : undefined;
  let stopWanted = false;
  /** Counts what a wait has to take note of. */
  let changes = 0;
  let settledInThisRun = 0;

  setHandler(stateQuery, (argument) => state(argument?.upcoming ?? undefined));
  // Clients in other languages send null for an argument that is left out.
  setHandler(pauseSignal, (argument) => {
    orderPause(recurrence, { onResume: argument?.onResume === 'catchUp' ? 'catchUp' : 'skip' });
    changes += 1;
  });
  setHandler(resumeSignal, () => {
    orderResume(recurrence);
    changes += 1;
  });
  setHandler(stopSignal, () => {
    stopWanted = true;
    changes += 1;
  });
  setHandler(skipUpdate, skip, { validator: (argument) => validateChange(argument?.nominalDate) });
  setHandler(rescheduleUpdate, async (argument) => inTurn(async () => reschedule(argument)), {
    validator: (argument) => {
      validateChange(argument?.nominalDate);
      refuse(FAILURES.NotAnOccurrence, dateProblem('toDate', argument.toDate));
    },
  });
  setHandler(postNowUpdate, async () => inTurn(postNext), { validator: validatePostNow });
  setHandler(updateScheduleUpdate, async (change) => inTurn(async () => updateSchedule(change)), {
    validator: (change) => refuse(FAILURES.TemplateInvalid, ruleChangeProblem(change)),
  });
  setHandler(retryUpdate, async ({ nominalDate }) => inTurn(async () => postFailed(nominalDate)), {
    validator: (argument) => validateRetry(argument?.nominalDate),
  });
  setHandler(confirmCatchUpUpdate, confirmCatchUp, { validator: validateConfirmCatchUp });

  try {
    for (;;) {
      const order = orders.shift();
      if (order) await answer(order);
      else if (stopWanted) {
        if (await handlersAreDone()) return finish('stopped');
      } else if (settledInThisRun >= OCCURRENCES_PER_RUN || workflowInfo().continueAsNewSuggested) {
        if (await handlersAreDone())
          await continueAsNew<typeof RecurringTransactionWorkflow>({ ...input, carry: carryOf(recurrence) });
      } else if (recurrence.paused) {
        await waitForChange(() => recurrence.resumeWanted);
        if (recurrence.resumeWanted && !stopWanted) await resume(recurrence.paused);
      } else {
        const next = await agenda.next();
        const due = next ? await agenda.due(dueLimit()) : [];
        if (due.length > 0) await catchUp(due);
        else if (next) await sleepUntil(next);
        else if (await handlersAreDone()) return finish(endReason(recurrence));
      }
    }
  } catch (error) {
    if (isCancellation(error)) return finish('cancelled');
    throw error;
  }

  function state(limit?: number): RecurringState {
    return stateOf(recurrence, agenda.planned(), limit);
  }

  /** Tells the UI, and those who look for templates that wait. */
  function show(): void {
    const now = state();
    setCurrentDetails(recurringDetails(now));
    showStatus?.(now.status);
  }

  /** Waits for the condition, or for anything else that the loop has to look at; at most for a time. */
  async function waitForChange(
    of: () => boolean,
    timer?: { readonly ms: number; readonly summary: string },
  ): Promise<void> {
    show();
    const seen = changes;
    const wanted = () => of() || changes !== seen || orders.length > 0;
    await (timer ? condition(wanted, timer.ms, { summary: timer.summary }) : condition(wanted));
  }

  /** False when something was ordered meanwhile: the loop then goes on with that. */
  async function handlersAreDone(): Promise<boolean> {
    const seen = changes;
    await condition(() => allHandlersFinished() || orders.length > 0);
    return orders.length === 0 && changes === seen;
  }

  /** One more than may be posted unasked tells that too many are due; when all are wanted, what one run posts is enough. */
  function dueLimit(): number {
    return recurrence.catchUpConfirmed === 'all' ? OCCURRENCES_PER_RUN : CATCH_UP_LIMIT + 1;
  }

  async function sleepUntil({ nominalDate, fireAt }: Occurrence): Promise<void> {
    recurrence.catchUpConfirmed = undefined;
    recurrence.awaited = nominalDate;
    const untilMs = Math.max(Date.parse(fireAt) + jitterMs(templateId) - Date.now(), SHORTEST_TIMER_MS);
    await waitForChange(() => false, { ms: untilMs, summary: `Wait for the occurrence of ${nominalDate}` });
  }

  async function catchUp(due: readonly Occurrence[]): Promise<void> {
    const { rule } = recurrence;
    const moreDue = due.length > CATCH_UP_LIMIT;
    if (moreDue && !recurrence.catchUpConfirmed) {
      recurrence.needsAttention = `More than ${CATCH_UP_LIMIT} occurrences are due; confirm how to catch up.`;
      await waitForChange(() => recurrence.catchUpConfirmed !== undefined);
      recurrence.needsAttention = undefined;
      return;
    }
    const { missed, toPost } = splitDue(recurrence, { due, moreDue });
    await settleWithout(missed, 'skipped', 'missed');
    for (const occurrence of toPost) {
      const { nominalDate, postingDate } = occurrence;
      if (stopWanted || recurrence.paused || orders.length > 0 || settledInThisRun >= OCCURRENCES_PER_RUN) return;
      // Another rule, or another booking date, was ordered while the ones before were posted.
      if (rule !== recurrence.rule || (recurrence.reschedules[nominalDate] ?? postingDate) !== postingDate) return;
      const reason = reasonToSkip(recurrence, occurrence);
      if (reason) await settleWithout([occurrence], 'skipped', reason);
      else await post(occurrence);
    }
  }

  async function post(occurrence: Occurrence): Promise<void> {
    const { failure } = await posted(occurrence, ({ outcome, reason }) => {
      settle(recurrence, occurrence, { outcome, ...(reason === undefined ? {} : { reason }) });
      settledInThisRun += 1;
      if (outcome !== 'skipped') recurrence.failuresInARow = 0;
    });
    if (failure === undefined) return;
    await settleWithout([occurrence], 'failed', failure);
    await alertPostingFailed({ userId, templateId, nominalDate: occurrence.nominalDate, reason: failure });
    recurrence.failuresInARow += 1;
    if (recurrence.failuresInARow >= FAILURES_BEFORE_PAUSE)
      orderPause(recurrence, { onResume: recurrence.paused?.onResume ?? 'catchUp', reason: failure });
  }

  /**
   * Posts and notes the result; answers with the failure's type when it cannot be posted. A running post is finished even when
   * the workflow is cancelled: half a transfer would be worse than one posting more.
   */
  async function posted(
    occurrence: Occurrence,
    note: (result: Awaited<ReturnType<typeof processTransaction>>) => void,
  ): Promise<{ failure?: string }> {
    const cancellation = CancellationScope.current();
    recurrence.posting = occurrence.nominalDate;
    try {
      note(await CancellationScope.nonCancellable(async () => processTransaction({ userId, templateId, occurrence })));
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
    settledInThisRun += occurrences.length;
  }

  /** Carries a resume out: what was missed is skipped first, a part of it at a time, then the pause ends. */
  async function resume(pause: RecurringCarry['paused']): Promise<void> {
    const missed = pause?.onResume === 'skip' && (await agenda.next()) ? await agenda.due(CATCH_UP_LIMIT + 1) : [];
    // A pause that was ordered meanwhile decides about what is missed.
    if (recurrence.paused !== pause) return;
    if (missed.length > 0) await settleWithout(missed, 'skipped', 'paused');
    else endPause(recurrence, pause);
  }

  // ---- what updates do

  /** Hands work to the loop and answers with the state after it. */
  async function inTurn(carryOut: () => Promise<void>): Promise<RecurringState> {
    const order: Order = { carryOut };
    orders.push(order);
    await condition(() => order.answer !== undefined);
    if (order.answer?.error !== undefined) throw order.answer.error;
    return state();
  }

  async function answer(order: Order): Promise<void> {
    try {
      await order.carryOut();
      await agenda.next();
      order.answer = {};
    } catch (error) {
      order.answer = { error: error instanceof Error ? error : new Error(String(error)) };
      if (isCancellation(error)) throw error;
    }
  }

  async function skip({ nominalDate }: RecurringSkipArgument): Promise<RecurringState> {
    // What is planned already needs no working out, so it is answered also while a posting takes its time.
    const known = agenda.planned().find((each) => each.nominalDate === nominalDate);
    if (known) {
      refuse(FAILURES.NotAnOccurrence, changeProblem(recurrence, { ...known, nowMs: Date.now() }));
      return noteSkip(nominalDate);
    }
    return inTurn(async () => {
      await locate(nominalDate);
      noteSkip(nominalDate);
    });
  }

  function noteSkip(nominalDate: string): RecurringState {
    addSkip(recurrence, nominalDate);
    changes += 1;
    return state();
  }

  async function reschedule({ nominalDate, toDate }: RecurringRescheduleArgument): Promise<void> {
    const { rule } = recurrence;
    const occurrence = await locate(nominalDate);
    const { postingDate: today } = await bookNow({ rule, occurrence, now: new Date().toISOString() });
    refuse(FAILURES.NotAnOccurrence, bookingProblem({ toDate, today: today ?? toDate }));
    addReschedule(recurrence, { nominalDate, toDate });
    agenda.forgetMoved();
  }

  /** The occurrence of a nominal date that can still be changed. */
  async function locate(nominalDate: string): Promise<Occurrence> {
    const { rule, cursor, index } = recurrence;
    const range = cursor === undefined ? {} : { after: cursor, afterIndex: index };
    const occurrence = await locateOccurrence({ rule, nominalDate, ...range });
    if (!occurrence && !isMoved(recurrence, { nominalDate }))
      throw userFailure(FAILURES.NotAnOccurrence, `${nominalDate} is not an occurrence of this template.`);
    const fireAt = occurrence ? { fireAt: occurrence.fireAt } : {};
    refuse(FAILURES.NotAnOccurrence, changeProblem(recurrence, { nominalDate, nowMs: Date.now(), ...fireAt }));
    return occurrence ?? { index: 0, nominalDate, postingDate: null, fireAt: '' };
  }

  async function updateSchedule(change: RecurringUpdateScheduleArgument): Promise<void> {
    const rule = changedRule(recurrence.rule, change);
    // Refuses a rule that is not valid, before anything is changed.
    await planOccurrences({ rule, limit: 1 });
    await saveRule({ userId, templateId, rule });
    changeRule(recurrence, rule);
    agenda.forget();
  }

  /** Posts the next occurrence with today's booking date; one that cannot be posted stays to come. */
  async function postNext(): Promise<void> {
    let next = await agenda.next();
    while (next && recurrence.skips.includes(next.nominalDate)) {
      await settleWithout([next], 'skipped', 'user');
      next = await agenda.next();
    }
    if (!next) throw userFailure(FAILURES.NotAnOccurrence, 'This template has no further occurrence.');
    const occurrence = next;
    const booked = await bookNow({ rule: recurrence.rule, occurrence, now: new Date().toISOString() });
    await postedOrRefused(booked, ({ outcome, reason }) => {
      settle(recurrence, occurrence, { outcome, ...(reason === undefined ? {} : { reason }) });
    });
  }

  async function postFailed(nominalDate: string): Promise<void> {
    const failed = recurrence.failures.find((each) => each.nominalDate === nominalDate);
    // Another order has posted it meanwhile.
    if (!failed) return;
    await postedOrRefused(failed, ({ outcome }) => {
      settleAgain(recurrence, failed, outcome === 'already' ? 'already' : 'posted');
    });
  }

  async function postedOrRefused(
    occurrence: Occurrence,
    note: (result: Awaited<ReturnType<typeof processTransaction>>) => void,
  ): Promise<void> {
    const { failure } = await posted(occurrence, note);
    settledInThisRun += 1;
    if (failure !== undefined)
      throw userFailure(failure, `The occurrence of ${occurrence.nominalDate} could not be posted: ${failure}.`);
  }

  function confirmCatchUp({ policy }: RecurringConfirmCatchUpArgument): RecurringState {
    recurrence.catchUpConfirmed = policy;
    return state();
  }

  // ---- what updates are refused for

  function validateChange(nominalDate: unknown): void {
    const date = String(nominalDate);
    refuse(
      FAILURES.NotAnOccurrence,
      dateProblem('nominalDate', nominalDate) ??
        membershipProblem(recurrence, date) ??
        changeProblem(recurrence, { nominalDate: date, nowMs: Date.now() }),
    );
  }

  function validatePostNow(): void {
    if (recurrence.needsAttention)
      throw userFailure(FAILURES.NotAnOccurrence, 'A catch-up is to be confirmed first, with confirmCatchUp.');
  }

  function validateRetry(nominalDate: unknown): void {
    if (recurrence.failures.some((failed) => failed.nominalDate === nominalDate)) return;
    const problem =
      dateProblem('nominalDate', nominalDate) ?? `${String(nominalDate)} is none of the last failed occurrences.`;
    throw userFailure(FAILURES.NotAnOccurrence, problem);
  }

  function validateConfirmCatchUp(argument: RecurringConfirmCatchUpArgument): void {
    if (!recurrence.needsAttention) throw userFailure(FAILURES.NotAnOccurrence, 'There is no catch-up to confirm.');
    if (!['all', 'latest', 'none'].includes(argument?.policy))
      throw userFailure(FAILURES.TemplateInvalid, 'policy should be all, latest or none.');
  }

  function finish(reason: RecurringTransactionResult['reason']): RecurringTransactionResult {
    recurrence.ended = reason === 'until' || reason === 'count' ? 'ended' : 'stopped';
    show();
    return resultOf(recurrence, reason);
  }
}

// It outlives every version, so it goes on with the current code: what it does differently is behind `patched`.
setWorkflowOptions(versioned('AUTO_UPGRADE'), RecurringTransactionWorkflow);

function refuse(type: FailureType, problem: string | undefined): void {
  if (problem !== undefined) throw userFailure(type, problem);
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
