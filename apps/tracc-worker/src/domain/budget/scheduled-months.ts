import { addMonths, monthOf } from '@backend/shared/kernel';

/** A budget on a day: `today` is the civil date in the budget's zone. */
export interface BudgetDay {
  readonly budgetId: string;
  /** 1-28 */
  readonly monthStartDay: number;
  readonly today: string;
}

/** A month that is under way, for some of the budgets. */
export interface RunningMonth {
  readonly month: string;
  readonly budgetIds: readonly string[];
}

/**
 * The month that is reported on a start day: the calendar month before the date. The period of month M with start day d
 * ends where d of the next month begins, so on that day it is the month that has just ended, whatever d is.
 */
export function reportMonth(today: string): string {
  return addMonths(today.slice(0, 7), -1);
}

/** The months that the budgets are in, earliest first; start days and zones can put budgets in different ones. */
export function runningMonths(budgets: readonly BudgetDay[]): RunningMonth[] {
  const months = [...new Set(budgets.map(runningMonth))].sort();
  return months.map((month) => ({
    month,
    budgetIds: budgets.filter((budget) => runningMonth(budget) === month).map(({ budgetId }) => budgetId),
  }));
}

/** The newest month that has ended for every one of the budgets; undefined without budgets. */
export function lastEndedMonth(budgets: readonly BudgetDay[]): string | undefined {
  const earliest = budgets.map(runningMonth).sort()[0];
  return earliest === undefined ? undefined : addMonths(earliest, -1);
}

function runningMonth({ today, monthStartDay }: BudgetDay): string {
  return monthOf(today, monthStartDay);
}
