import {
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
} from '@temporalio/workflow';
import { userFailure } from '@backend/shared/failures';
import { summarized } from '@backend/shared/workflow';
import type { Activities } from '../activities';
import {
  FAILURES,
  type FailureType,
  type Occurrence,
  RECURRING_HANDLERS,
  type RecurringConfirmCatchUpArgument,
  type RecurringPauseArgument,
  type RecurringRescheduleArgument,
  type RecurringRetryArgument,
  type RecurringSkipArgument,
  type RecurringState,
  type RecurringStateArgument,
  type RecurringUpdateScheduleArgument,
} from '../contract';
import {
  addReschedule,
  addSkip,
  bookingProblem,
  changeProblem,
  changeRule,
  changedRule,
  dateProblem,
  membershipProblem,
  orderPause,
  orderResume,
  ruleChangeProblem,
} from '../domain/recurrence/orders';
import { type Recurrence, isMoved, settle, settleAgain, stateOf } from '../domain/recurrence/recurrence-state';
import { planOptions, recordOptions } from './activity-options';
import type { Agenda } from './recurring-agenda';
import type { Posting } from './recurring-posting';
import { SUMMARIES } from './summaries';

const { planOccurrences, locateOccurrence, bookNow } = summarized(
  proxyLocalActivities<Activities>(planOptions),
  SUMMARIES,
);
const { saveRule } = summarized(proxyActivities<Activities>(recordOptions), SUMMARIES);

const stateQuery = defineQuery<RecurringState, [RecurringStateArgument?]>(RECURRING_HANDLERS.state);
const pauseSignal = defineSignal<[RecurringPauseArgument?]>(RECURRING_HANDLERS.pause);
const resumeSignal = defineSignal(RECURRING_HANDLERS.resume);
const stopSignal = defineSignal(RECURRING_HANDLERS.stop);
const skipUpdate = defineUpdate<RecurringState, [RecurringSkipArgument]>(RECURRING_HANDLERS.skip);
const rescheduleUpdate = defineUpdate<RecurringState, [RecurringRescheduleArgument]>(RECURRING_HANDLERS.reschedule);
const postNowUpdate = defineUpdate<RecurringState>(RECURRING_HANDLERS.postNow);
const updateScheduleUpdate = defineUpdate<RecurringState, [RecurringUpdateScheduleArgument]>(
  RECURRING_HANDLERS.updateSchedule,
);
const retryUpdate = defineUpdate<RecurringState, [RecurringRetryArgument]>(RECURRING_HANDLERS.retry);
const confirmCatchUpUpdate = defineUpdate<RecurringState, [RecurringConfirmCatchUpArgument]>(
  RECURRING_HANDLERS.confirmCatchUp,
);

/**
 * Something that an update asked for. The loop carries it out: no two activities run side by side, whose results would not come in
 * one order, live and in a replay.
 */
interface Order {
  readonly carryOut: () => Promise<void>;
  answer?: { readonly error?: Error };
}

/** What people have asked of a run. */
export interface Messages {
  stopWanted(): boolean;
  /** Counts what a wait has to take note of. */
  changes(): number;
  hasOrder(): boolean;
  /** Carries out what was ordered first. */
  carryOutNext(): Promise<void>;
  state(): RecurringState;
}

/** Answers the messages to a run, from now on: what takes no activity at once, everything else in its turn. */
export function takeMessages(
  recurrence: Recurrence,
  {
    userId,
    templateId,
    agenda,
    posting,
  }: { readonly userId: string; readonly templateId: string; readonly agenda: Agenda; readonly posting: Posting },
): Messages {
  const orders: Order[] = [];
  let stopWanted = false;
  let changes = 0;

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

  return {
    stopWanted: () => stopWanted,
    changes: () => changes,
    hasOrder: () => orders.length > 0,
    carryOutNext,
    state,
  };

  function state(limit?: number): RecurringState {
    return stateOf(recurrence, agenda.planned(), limit);
  }

  /** Hands work to the loop and answers with the state after it. */
  async function inTurn(carryOut: () => Promise<void>): Promise<RecurringState> {
    const order: Order = { carryOut };
    orders.push(order);
    await condition(() => order.answer !== undefined);
    if (order.answer?.error !== undefined) throw order.answer.error;
    return state();
  }

  async function carryOutNext(): Promise<void> {
    const order = orders.shift()!;
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
      await posting.settleWithout([next], 'skipped', 'user');
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

  async function postedOrRefused(...[occurrence, note]: Parameters<Posting['postOnDemand']>): Promise<void> {
    const { failure } = await posting.postOnDemand(occurrence, note);
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
}

function refuse(type: FailureType, problem: string | undefined): void {
  if (problem !== undefined) throw userFailure(type, problem);
}
