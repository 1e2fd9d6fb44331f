import { userFailure } from '@backend/shared/failures';
import { type Queryable, requestHash } from '@backend/shared/pg';
import { FAILURES, type MonthlyBudgetInput, type ScheduledBudgetInput } from '../contract';
import { lastEndedMonth, reportMonth, runningMonths } from '../domain/budget';
import { localDate } from '../domain/recurrence';
import { type BudgetRow, findBudgets, findLatestReport, findUser } from '../repositories';
import type { Deps } from './deps';

/** One run of MonthlyBudgetWorkflow that is to be made. */
export interface PlannedBudgetRun {
  readonly input: MonthlyBudgetInput;
  /** The mark by which `tracc budget check` and `report` tell a run with their own input from another one. */
  readonly request: string;
}

/**
 * What a Schedule's run at this instant (RFC 3339 UTC) has to do; nothing for a user without budgets. In `full` mode the
 * report of the calendar month before, in the user's zone. In `check` mode a check of each month that the budgets are in, and
 * the report of the last month that has ended for all of them, when it is missing or was made before the end. Reads only, so
 * running it again does nothing. Fails with `UserNotFound`.
 */
export async function planBudgetRuns(
  deps: Deps,
  { userId, mode, at }: ScheduledBudgetInput & { readonly at: string },
): Promise<readonly PlannedBudgetRun[]> {
  const inputs = await deps.scope(userId, async (tx): Promise<MonthlyBudgetInput[]> => {
    const user = await findUser(tx);
    if (!user) throw userFailure(FAILURES.UserNotFound, `There is no user ${userId}.`);
    const budgets = await findBudgets(tx);
    if (budgets.length === 0) return [];
    if (mode === 'full')
      return [{ userId, month: reportMonth(localDate({ instant: at, zone: user.zone })), mode: 'full' }];

    const days = budgets.map((budget) => ({ ...budget, today: localDate({ instant: at, zone: budget.zone }) }));
    const running = runningMonths(days);
    const checks = running.map(({ month, budgetIds }): MonthlyBudgetInput => ({
      userId,
      month,
      mode: 'check',
      ...(running.length > 1 ? { budgetIds } : {}),
    }));
    const ended = lastEndedMonth(days)!;
    return (await lacksFinalReport(tx, budgets, ended)) ? [...checks, { userId, month: ended, mode: 'full' }] : checks;
  });
  return inputs.map((input) => ({ input, request: requestHash(input) }));
}

/** A month before the first month of every budget has nothing to report. */
async function lacksFinalReport(tx: Queryable, budgets: readonly BudgetRow[], month: string): Promise<boolean> {
  if (!budgets.some(({ rolloverSince }) => rolloverSince <= month)) return false;
  return (await findLatestReport(tx, month))?.partial ?? true;
}
