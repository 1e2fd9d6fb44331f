import type { Money } from '@backend/shared/kernel';
import type { AlertDelivery, AlertKind, BudgetStatusKind, RolloverMode } from '../../contract';

/**
 * The monthly report of one user, schema version 1: the only source of its HTML and CSV. Every amount is exact
 * (`minor` is an integer in text), every date a civil date in the budget's zone, every ratio in tenths of a per cent.
 * "Spent" is positive for money out; it counts posted rows only, pending ones stand in `pendingProvisional`.
 */
export interface MonthlyReport {
  readonly schemaVersion: 1;
  readonly header: ReportHeader;
  /** One entry for a currency, over all budgets of that currency; by code. */
  readonly totals: readonly CurrencyTotals[];
  /** In the order in which they were given. */
  readonly budgets: readonly BudgetReport[];
  readonly recurring: RecurringReport;
}

export interface ReportHeader {
  readonly userId: string;
  /** `YYYY-MM` */
  readonly month: string;
  readonly revision: number;
  /** RFC 3339 UTC; not part of the content hash. */
  readonly generatedAt: string;
  /** Some budget's period has days to come. */
  readonly partial: boolean;
  /** The worst of the budgets, from posted rows. */
  readonly status: BudgetStatusKind | 'incomplete';
}

/** Null limits and remainders: nothing of that currency has a limit. */
export interface Totals {
  readonly base: Money | null;
  readonly carryIn: Money;
  /** max(0, base + carryIn) */
  readonly limit: Money | null;
  readonly spent: Money;
  /** Money that came back; already taken off `spent`. */
  readonly refunds: Money;
  /** Net of rows that are not posted yet; not in `spent`. */
  readonly pendingProvisional: Money;
  readonly remaining: Money | null;
  /** floor(1000 * spent / limit), at least 0; null when the limit is 0 or there is none. */
  readonly pctTenths: number | null;
}

/**
 * Totals of a currency. Base, carry-in, limit, remainder and percentage cover the budgets that have a limit, so
 * `spentWithinLimits` is what they are measured by; `spent` covers all budgets of the currency.
 */
export interface CurrencyTotals extends Totals {
  readonly currency: string;
  readonly budgets: number;
  readonly spentWithinLimits: Money;
  readonly previousMonth: PreviousMonth;
}

export interface PreviousMonth {
  readonly month: string;
  readonly spent: Money;
  /** spent - previous spent */
  readonly delta: Money;
  /** 1000 * delta / |previous spent|, half-even; null when the previous month spent 0. */
  readonly deltaPctTenths: number | null;
}

/** The month before beside a budget: also day by day over that month's own period, however long it was. */
export interface BudgetPreviousMonth extends PreviousMonth {
  readonly cumulative: readonly DaySpent[];
}

/** What had been spent at the end of a day, from the first day of the period on. */
export interface DaySpent {
  readonly date: string;
  readonly spent: Money;
}

export interface BudgetReport {
  readonly budgetId: string;
  readonly name: string;
  readonly currency: string;
  readonly zone: string;
  readonly rollover: RolloverMode;
  /** `[from, to)` */
  readonly period: { readonly from: string; readonly to: string };
  /** Last day that is covered; null when the period has not begun. Equal to the day before `to` when it is over. */
  readonly through: string | null;
  readonly partial: boolean;
  readonly status: BudgetStatusKind;
  /** The status if every pending row were posted. */
  readonly provisionalStatus: BudgetStatusKind;
  readonly totals: Totals;
  /** What the next month begins with: the limit less all that is spent, pending rows too, by the rollover mode. */
  readonly carryOut: Money;
  /** By spent, largest first, then by name. */
  readonly categories: readonly CategorySpent[];
  readonly previousMonth: BudgetPreviousMonth;
  /** One point for each day from `period.from` to `through`. */
  readonly cumulative: readonly DaySpent[];
  /** The ten largest posted rows of money out, largest first. */
  readonly topRows: readonly TopRow[];
  readonly alerts: readonly ReportAlert[];
  /** Rows that no rate converts, which no total counts; the first 100 of `unconvertedCount`. */
  readonly unconverted: readonly UnconvertedRow[];
  readonly unconvertedCount: number;
}

export interface CategorySpent {
  readonly categoryId: string;
  readonly name: string;
  readonly spent: Money;
  readonly refunds: Money;
  readonly rows: number;
  /** floor(1000 * spent / limit of the budget), at least 0; null without a limit above 0. */
  readonly pctOfLimitTenths: number | null;
}

export interface TopRow {
  readonly transactionId: string;
  readonly date: string;
  readonly description: string;
  readonly category: string;
  /** In the budget's currency, positive for money out. */
  readonly spent: Money;
  /** The row's own amount when that is another currency, positive for money out. */
  readonly original: Money | null;
}

export interface ReportAlert {
  readonly pct: number;
  readonly kind: AlertKind;
  readonly key: string;
  readonly delivery: AlertDelivery;
}

export interface UnconvertedRow {
  readonly transactionId: string;
  readonly date: string;
  readonly description: string;
  /** The row's own amount as booked: negative for money out. */
  readonly amount: Money;
}

/** What became of the month's occurrences; each list by nominal date. `late` is posted more than 24 h after its time. */
export interface RecurringReport {
  readonly posted: readonly RecurringEntry[];
  readonly late: readonly RecurringEntry[];
  readonly skipped: readonly RecurringEntry[];
  readonly failed: readonly RecurringEntry[];
}

export interface RecurringEntry {
  readonly templateId: string;
  readonly name: string;
  readonly nominalDate: string;
  /** Null when nothing was posted. */
  readonly bookingDate: string | null;
  /** As booked: negative for money out. Null when nothing was posted. */
  readonly amount: Money | null;
  /** Why it was skipped or failed. */
  readonly reason: string | null;
}
