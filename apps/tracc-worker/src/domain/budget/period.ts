import { addDays, monthPeriod } from '@backend/shared/kernel';

/** The days of a budget month as civil dates in the budget's zone: `[from, to)`. */
export interface BudgetPeriod {
  readonly from: string;
  readonly to: string;
}

/** Month M with start day d is `[M-d, (M+1)-d)`. */
export function budgetPeriod({ month, monthStartDay }: { month: string; monthStartDay: number }): BudgetPeriod {
  return monthPeriod(month, monthStartDay);
}

/** True while the period has days to come: `today` is the civil date in the budget's zone. */
export function isPartial({ period, today }: { period: BudgetPeriod; today: string }): boolean {
  return today < period.to;
}

/** Last day of the period that `today` has reached; undefined before its first day. */
export function lastDayReached({ period, today }: { period: BudgetPeriod; today: string }): string | undefined {
  if (today < period.from) return undefined;
  return today < period.to ? today : addDays(period.to, -1);
}
