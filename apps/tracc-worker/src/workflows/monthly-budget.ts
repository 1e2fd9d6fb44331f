import {
  ActivityFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { userFailure } from '@backend/shared/failures';
import { isCivilDate, isMonth } from '@backend/shared/kernel';
import { summarized, until, versioned } from '@backend/shared/workflow';
import type { Activities, MonthlyReportRef } from '../activities';
import {
  BUDGET_HANDLERS,
  type BudgetAlert,
  type BudgetResult,
  FAILURES,
  type MonthlyBudgetInput,
  type MonthlyBudgetResult,
  type MonthlyBudgetStatus,
} from '../contract';
import { worstStatus } from '../domain/budget/status';
import { alertOptions, recordOptions, reportOptions, statusOptions } from './activity-options';
import { budgetDetails } from './details';
import { SUMMARIES } from './summaries';

const { checkBudgetStatus } = summarized(proxyActivities<Activities>(statusOptions), SUMMARIES);
const { sendBudgetAlert } = summarized(proxyActivities<Activities>(alertOptions), SUMMARIES);
const { failBudgetAlert } = summarized(proxyActivities<Activities>(recordOptions), SUMMARIES);
const { generateMonthlyReport } = summarized(proxyActivities<Activities>(reportOptions), SUMMARIES);

export const statusQuery = defineQuery<MonthlyBudgetStatus>(BUDGET_HANDLERS.status);
export const recheckUpdate = defineUpdate<MonthlyBudgetStatus>(BUDGET_HANDLERS.recheck);
export const transactionsChangedSignal = defineSignal(BUDGET_HANDLERS.transactionsChanged);

/** A burst of imports signals once per file; one re-check answers all that arrive within this time. */
const COALESCE_MS = 2000;
/** A check is about 20 events; a month that is signalled without end goes on in a new run. */
const CHECKS_PER_RUN = 50;

/**
 * The month of one user: status of each budget, an alert for each threshold that is newly crossed, and in `full` mode the
 * month's report. Fails with `InvalidMonth`, `BudgetNotFound`, `UserNotFound` or `CurrencyUnknown` before any write.
 */
export async function MonthlyBudgetWorkflow(input: MonthlyBudgetInput): Promise<MonthlyBudgetResult> {
  const { userId, month, budgetIds, mode = 'full', dryRun = false } = validate(input);
  const asOf = input.asOf ?? workflowInfo().startTime.toISOString();
  const request = { userId, month, asOf, dryRun, mode, ...(budgetIds ? { budgetIds } : {}) };

  let state: MonthlyBudgetStatus['state'] = 'loading';
  let budgets: BudgetResult[] = [];
  // Checks are numbered from 1. Whoever asks for one is answered by a check that begins after the question.
  let wanted = 1;
  let begun = 0;
  let done = 0;
  const status = (): MonthlyBudgetStatus => ({ state, budgets });

  setHandler(statusQuery, status);
  setHandler(transactionsChangedSignal, () => {
    wanted = begun + 1;
  });
  setHandler(recheckUpdate, async () => {
    wanted = begun + 1;
    const mine = wanted;
    await condition(() => done >= mine || state === 'failed');
    return status();
  });

  try {
    let partial = false;
    let report: MonthlyReportRef | undefined;
    do {
      if (begun > 0) await sleep(COALESCE_MS, { summary: 'Let further changes arrive' });
      begun += 1;
      enter('computing');
      const checked = await checkBudgetStatus(request);
      partial = checked.partial;

      enter('alerting');
      budgets = [];
      for (const { result, alert } of checked.budgets) {
        const alerts = alert && !dryRun ? await send(alert) : [];
        budgets.push({
          ...result,
          alerts: [...result.alerts.filter(({ pct }) => !alerts.some((sent) => sent.pct === pct)), ...alerts],
        });
      }

      if (mode === 'full') {
        enter('reporting');
        // One report for a user and month, over all of the user's budgets, whichever were named for the check.
        report = await generateMonthlyReport({ userId, month, asOf, dryRun });
      }
      done = begun;
      await until(() => begun < wanted || allHandlersFinished());
      // Whoever waits for an answer has it by now; what was only signalled, the next run's first check answers.
      if (begun < wanted && begun >= CHECKS_PER_RUN && allHandlersFinished())
        await continueAsNew<typeof MonthlyBudgetWorkflow>(input);
    } while (begun < wanted);
    enter('done');
    return {
      status: worstStatus(budgets),
      budgets,
      partial,
      ...(report && !dryRun
        ? { reportId: report.reportId, reportRevision: report.revision, reportFiles: report.files }
        : {}),
    };
  } catch (error) {
    enter('failed');
    throw error;
  }

  function enter(next: MonthlyBudgetStatus['state']): void {
    state = next;
    setCurrentDetails(budgetDetails({ month, state, budgets }));
  }

  /** An alert that cannot be delivered is recorded as failed; it never stops the report. */
  async function send(alert: Parameters<typeof sendBudgetAlert>[0]): Promise<readonly BudgetAlert[]> {
    try {
      return (await sendBudgetAlert(alert)).alerts;
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      return (await failBudgetAlert(alert)).alerts;
    }
  }
}

// It ends with the code that it began with.
setWorkflowOptions(versioned('PINNED'), MonthlyBudgetWorkflow);

function validate(input: MonthlyBudgetInput): MonthlyBudgetInput {
  const refuse = (field: string, wanted: string, value: unknown) =>
    userFailure(FAILURES.InvalidInput, `${field} should be ${wanted}, not ${JSON.stringify(value)}.`);
  if (typeof input?.month !== 'string' || !isMonth(input.month)) {
    throw userFailure(
      FAILURES.InvalidMonth,
      `month should be a month such as 2026-03, not ${JSON.stringify(input?.month)}.`,
    );
  }
  const { userId, budgetIds, mode, asOf, dryRun } = input;
  if (typeof userId !== 'string' || userId === '') throw refuse('userId', 'the id of a user', userId);
  if (mode !== undefined && mode !== 'full' && mode !== 'check') throw refuse('mode', 'full or check', mode);
  if (dryRun !== undefined && typeof dryRun !== 'boolean') throw refuse('dryRun', 'true or false', dryRun);
  if (budgetIds !== undefined && !isListOfTexts(budgetIds))
    throw refuse('budgetIds', 'a list of budget ids', budgetIds);
  if (asOf !== undefined && !isInstant(asOf)) throw refuse('asOf', 'an instant such as 2026-03-31T22:00:00Z', asOf);
  return input;
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && item !== '');
}

/** RFC 3339 in UTC; that the date and the time of day exist is part of it. */
function isInstant(value: unknown): boolean {
  const match =
    typeof value === 'string' ? /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?Z$/.exec(value) : null;
  if (!match) return false;
  return isCivilDate(match[1]!) && Number(match[2]) < 24 && Number(match[3]) < 60 && Number(match[4]) < 60;
}
