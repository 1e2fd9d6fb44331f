import {
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  setCurrentDetails,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow';
import { userFailure } from '@backend/shared/failures';
import { isCivilDate } from '@backend/shared/kernel';
import { statusAttribute, until, versioned } from '@backend/shared/workflow';
import {
  FAILURES,
  type Occurrence,
  type RecurringCarry,
  type RecurringState,
  type RecurringTransactionInput,
  type RecurringTransactionResult,
  SEARCH_ATTRIBUTES,
} from '../contract';
import { endPause, jitterMs, reasonToSkip, splitDue } from '../domain/recurrence/orders';
import { carryOf, endReason, openRecurrence, resultOf } from '../domain/recurrence/recurrence-state';
import { recurringDetails } from './details';
import { createAgenda } from './recurring-agenda';
import { takeMessages } from './recurring-messages';
import { createPosting } from './recurring-posting';

/** An occurrence is about 11 events; short runs keep the waking of an evicted workflow cheap. */
const OCCURRENCES_PER_RUN = 12;
/** More than this many due at once is not posted before a person confirms it. */
const CATCH_UP_LIMIT = 366;
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
  const agenda = createAgenda(recurrence);
  const posting = createPosting(recurrence, { userId, templateId });
  // Runs that began before templates had a status go on without one. To be removed, with the condition, once
  // `WorkflowType = 'RecurringTransactionWorkflow' AND ExecutionStatus = 'Running' AND TemplateStatus IS NULL` lists nothing.
  const showStatus = patched('template-status')
    ? statusAttribute<RecurringState['status']>(SEARCH_ATTRIBUTES.templateStatus)
    : undefined;
  const messages = takeMessages(recurrence, { userId, templateId, agenda, posting });

  try {
    for (;;) {
      if (messages.hasOrder()) await messages.carryOutNext();
      else if (messages.stopWanted()) {
        if (await handlersAreDone()) return finish('stopped');
      } else if (posting.settled() >= OCCURRENCES_PER_RUN || workflowInfo().continueAsNewSuggested) {
        if (await handlersAreDone())
          await continueAsNew<typeof RecurringTransactionWorkflow>({ ...input, carry: carryOf(recurrence) });
      } else if (recurrence.paused) {
        await waitForChange(() => recurrence.resumeWanted);
        if (recurrence.resumeWanted && !messages.stopWanted()) await resume(recurrence.paused);
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

  /** Tells the UI, and those who look for templates that wait. */
  function show(): void {
    const now = messages.state();
    setCurrentDetails(recurringDetails(now));
    showStatus?.(now.status);
  }

  /** Waits for the condition, or for anything else that the loop has to look at; at most for a time. */
  async function waitForChange(
    of: () => boolean,
    timer?: { readonly ms: number; readonly summary: string },
  ): Promise<void> {
    show();
    const seen = messages.changes();
    const wanted = () => of() || messages.changes() !== seen || messages.hasOrder();
    await (timer ? condition(wanted, timer.ms, { summary: timer.summary }) : condition(wanted));
  }

  /** False when something was ordered meanwhile: the loop then goes on with that. */
  async function handlersAreDone(): Promise<boolean> {
    const seen = messages.changes();
    await until(() => allHandlersFinished() || messages.hasOrder());
    return !messages.hasOrder() && messages.changes() === seen;
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
    await posting.settleWithout(missed, 'skipped', 'missed');
    for (const occurrence of toPost) {
      const { nominalDate, postingDate } = occurrence;
      if (messages.stopWanted() || recurrence.paused || messages.hasOrder() || posting.settled() >= OCCURRENCES_PER_RUN)
        return;
      // Another rule, or another booking date, was ordered while the ones before were posted.
      if (rule !== recurrence.rule || (recurrence.reschedules[nominalDate] ?? postingDate) !== postingDate) return;
      const reason = reasonToSkip(recurrence, occurrence);
      if (reason) await posting.settleWithout([occurrence], 'skipped', reason);
      else await posting.post(occurrence);
    }
  }

  /** Carries a resume out: what was missed is skipped first, a part of it at a time, then the pause ends. */
  async function resume(pause: RecurringCarry['paused']): Promise<void> {
    const missed = pause?.onResume === 'skip' && (await agenda.next()) ? await agenda.due(CATCH_UP_LIMIT + 1) : [];
    // A pause that was ordered meanwhile decides about what is missed.
    if (recurrence.paused !== pause) return;
    if (missed.length > 0) await posting.settleWithout(missed, 'skipped', 'paused');
    else endPause(recurrence, pause);
  }

  function finish(reason: RecurringTransactionResult['reason']): RecurringTransactionResult {
    recurrence.ended = reason === 'until' || reason === 'count' ? 'ended' : 'stopped';
    show();
    return resultOf(recurrence, reason);
  }
}

// It outlives every version, so it goes on with the current code: what it does differently is behind `patched`.
setWorkflowOptions(versioned('AUTO_UPGRADE'), RecurringTransactionWorkflow);

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
