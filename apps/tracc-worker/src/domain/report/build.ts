import { addDays, addMonths, divideHalfEven, type Money, money } from '@backend/shared/kernel';
import type { RolloverMode } from '../../contract';
import {
  type BudgetPeriod,
  budgetStanding,
  isPartial,
  lastDayReached,
  monthBudget,
  pctTenths,
  worstStatus,
} from '../budget';
import type {
  BudgetReport,
  CategorySpent,
  CurrencyTotals,
  DaySpent,
  MonthlyReport,
  PreviousMonth,
  RecurringEntry,
  ReportAlert,
  TopRow,
  UnconvertedRow,
} from './types';

const TOP_ROWS = 10;
const UNCONVERTED_SHOWN = 100;

/** What the report of a month is computed from. Amounts are minor units; "spent" is positive for money out. */
export interface ReportInputs {
  readonly userId: string;
  readonly month: string;
  readonly revision: number;
  /** RFC 3339 UTC */
  readonly generatedAt: string;
  readonly budgets: readonly BudgetInputs[];
  readonly recurring: readonly RecurringInput[];
}

/** One budget: amounts in its currency, converted by row where need be. */
export interface BudgetInputs {
  readonly budgetId: string;
  readonly name: string;
  readonly currency: string;
  readonly zone: string;
  readonly rollover: RolloverMode;
  readonly period: BudgetPeriod;
  /** The civil date in the budget's zone that the report counts as today. */
  readonly today: string;
  readonly thresholdsPct: readonly number[];
  readonly baseMinor: bigint | null;
  readonly carryInMinor: bigint;
  readonly pendingMinor: bigint;
  readonly previousSpentMinor: bigint;
  /** The month before: posted rows, net of refunds, for a day of its period; days without rows may be missing. */
  readonly previous: { readonly period: BudgetPeriod; readonly dailySpentMinor: ReadonlyMap<string, bigint> };
  /** Posted rows, net of refunds. Their sum is what the budget spent. */
  readonly categories: readonly {
    readonly categoryId: string;
    readonly name: string;
    readonly spentMinor: bigint;
    readonly refundsMinor: bigint;
    readonly rows: number;
  }[];
  /** Posted rows, net of refunds, for a day; days without rows may be missing. */
  readonly dailySpentMinor: ReadonlyMap<string, bigint>;
  /** Candidates for the largest posted rows, in any order. */
  readonly rows: readonly {
    readonly transactionId: string;
    readonly date: string;
    readonly description: string;
    readonly category: string;
    readonly spentMinor: bigint;
    /** The row's own amount as booked, when that is another currency. */
    readonly original: Money | null;
  }[];
  readonly alerts: readonly ReportAlert[];
  readonly unconverted: readonly UnconvertedRow[];
  /** When `unconverted` was cut short; its length by default. */
  readonly unconvertedCount?: number;
}

export interface RecurringInput extends RecurringEntry {
  readonly outcome: 'posted' | 'skipped' | 'failed';
  readonly late: boolean;
}

/** The report as JSON-ready data. The same inputs give the same report, whatever order the lists came in. */
export function buildReport(inputs: ReportInputs): MonthlyReport {
  const { userId, month, revision, generatedAt } = inputs;
  const budgets = inputs.budgets.map((budget) => budgetReport({ budget, month }));
  const partial = budgets.some((budget) => budget.partial);
  const status = worstStatus(
    budgets.map((budget) => ({ status: budget.status, unconverted: budget.unconvertedCount })),
  );
  return {
    schemaVersion: 1,
    header: { userId, month, revision, generatedAt, partial, status },
    totals: [...new Set(budgets.map(({ currency }) => currency))]
      .sort()
      .map((currency) => currencyTotals({ currency, budgets, month })),
    budgets,
    recurring: recurringReport(inputs.recurring),
  };
}

function budgetReport({ budget, month }: { budget: BudgetInputs; month: string }): BudgetReport {
  const { currency, period, today, thresholdsPct, baseMinor, carryInMinor, pendingMinor } = budget;
  const amount = (minor: bigint): Money => money(minor, currency);
  const spentMinor = sum(budget.categories.map((category) => category.spentMinor));
  const { limitMinor, carryOutMinor } = monthBudget({
    month,
    mode: budget.rollover,
    baseMinor,
    carryInMinor,
    // What goes over to the next month is what that month begins with, where pending rows have been spent too.
    spentMinor: spentMinor + pendingMinor,
  });
  const standing = budgetStanding({ limitMinor, spentMinor, thresholdsPct });
  const provisional = budgetStanding({ limitMinor, spentMinor: spentMinor + pendingMinor, thresholdsPct });
  const through = lastDayReached({ period, today }) ?? null;
  return {
    budgetId: budget.budgetId,
    name: budget.name,
    currency,
    zone: budget.zone,
    rollover: budget.rollover,
    period: { from: period.from, to: period.to },
    through,
    partial: isPartial({ period, today }),
    status: standing.status,
    provisionalStatus: provisional.status,
    totals: {
      base: baseMinor === null ? null : amount(baseMinor),
      carryIn: amount(carryInMinor),
      limit: limitMinor === null ? null : amount(limitMinor),
      spent: amount(spentMinor),
      refunds: amount(sum(budget.categories.map(({ refundsMinor }) => refundsMinor))),
      pendingProvisional: amount(pendingMinor),
      remaining: standing.remainingMinor === null ? null : amount(standing.remainingMinor),
      pctTenths: standing.pctTenths,
    },
    carryOut: amount(carryOutMinor),
    categories: categoriesOf({ budget, limitMinor }),
    previousMonth: {
      ...previousMonth({ month, currency, spentMinor, previousMinor: budget.previousSpentMinor }),
      cumulative: cumulativeOf({
        from: budget.previous.period.from,
        through: addDays(budget.previous.period.to, -1),
        dailySpentMinor: budget.previous.dailySpentMinor,
        currency,
      }),
    },
    cumulative:
      through === null
        ? []
        : cumulativeOf({ from: period.from, through, dailySpentMinor: budget.dailySpentMinor, currency }),
    topRows: topRowsOf(budget),
    alerts: budget.alerts
      .map(({ pct, kind, key, delivery }) => ({ pct, kind, key, delivery }))
      .sort((a, b) => a.pct - b.pct),
    unconverted: [...budget.unconverted].sort(byDateThenId).slice(0, UNCONVERTED_SHOWN),
    unconvertedCount: budget.unconvertedCount ?? budget.unconverted.length,
  };
}

function categoriesOf({ budget, limitMinor }: { budget: BudgetInputs; limitMinor: bigint | null }): CategorySpent[] {
  return [...budget.categories]
    .sort(
      (a, b) => compare(b.spentMinor, a.spentMinor) || compare(a.name, b.name) || compare(a.categoryId, b.categoryId),
    )
    .map(({ categoryId, name, spentMinor, refundsMinor, rows }) => ({
      categoryId,
      name,
      spent: money(spentMinor, budget.currency),
      refunds: money(refundsMinor, budget.currency),
      rows,
      pctOfLimitTenths: pctTenths({ spentMinor, limitMinor }),
    }));
}

function cumulativeOf({
  from,
  through,
  dailySpentMinor,
  currency,
}: {
  from: string;
  through: string;
  dailySpentMinor: ReadonlyMap<string, bigint>;
  currency: string;
}): DaySpent[] {
  const points: DaySpent[] = [];
  let spentMinor = 0n;
  for (let date = from; date <= through; date = addDays(date, 1)) {
    spentMinor += dailySpentMinor.get(date) ?? 0n;
    points.push({ date, spent: money(spentMinor, currency) });
  }
  return points;
}

function topRowsOf(budget: BudgetInputs): TopRow[] {
  return budget.rows
    .filter(({ spentMinor }) => spentMinor > 0n)
    .sort((a, b) => compare(b.spentMinor, a.spentMinor) || byDateThenId(a, b))
    .slice(0, TOP_ROWS)
    .map(({ transactionId, date, description, category, spentMinor, original }) => ({
      transactionId,
      date,
      description,
      category,
      spent: money(spentMinor, budget.currency),
      original: original === null ? null : money(-BigInt(original.minor), original.currency),
    }));
}

function currencyTotals({
  currency,
  budgets,
  month,
}: {
  currency: string;
  budgets: readonly BudgetReport[];
  month: string;
}): CurrencyTotals {
  const all = budgets.filter((budget) => budget.currency === currency);
  const limited = all.filter(({ totals }) => totals.limit !== null);
  const amount = (minor: bigint): Money => money(minor, currency);
  const total = (of: readonly BudgetReport[], read: (budget: BudgetReport) => Money | null): bigint =>
    sum(of.map((budget) => BigInt(read(budget)?.minor ?? '0')));

  const spentMinor = total(all, ({ totals }) => totals.spent);
  const spentWithinLimits = total(limited, ({ totals }) => totals.spent);
  const limitMinor = limited.length === 0 ? null : total(limited, ({ totals }) => totals.limit);
  return {
    currency,
    budgets: all.length,
    base: limitMinor === null ? null : amount(total(limited, ({ totals }) => totals.base)),
    carryIn: amount(total(limited, ({ totals }) => totals.carryIn)),
    limit: limitMinor === null ? null : amount(limitMinor),
    spent: amount(spentMinor),
    spentWithinLimits: amount(spentWithinLimits),
    refunds: amount(total(all, ({ totals }) => totals.refunds)),
    pendingProvisional: amount(total(all, ({ totals }) => totals.pendingProvisional)),
    remaining: limitMinor === null ? null : amount(limitMinor - spentWithinLimits),
    pctTenths: pctTenths({ spentMinor: spentWithinLimits, limitMinor }),
    previousMonth: previousMonth({
      month,
      currency,
      spentMinor,
      previousMinor: total(all, (budget) => budget.previousMonth.spent),
    }),
  };
}

function previousMonth({
  month,
  currency,
  spentMinor,
  previousMinor,
}: {
  month: string;
  currency: string;
  spentMinor: bigint;
  previousMinor: bigint;
}): PreviousMonth {
  const deltaMinor = spentMinor - previousMinor;
  const size = previousMinor < 0n ? -previousMinor : previousMinor;
  return {
    month: addMonths(month, -1),
    spent: money(previousMinor, currency),
    delta: money(deltaMinor, currency),
    deltaPctTenths: size === 0n ? null : Number(divideHalfEven(1000n * deltaMinor, size)),
  };
}

function recurringReport(entries: readonly RecurringInput[]): MonthlyReport['recurring'] {
  const sorted = [...entries].sort(
    (a, b) => compare(a.nominalDate, b.nominalDate) || compare(a.name, b.name) || compare(a.templateId, b.templateId),
  );
  const pick = (wanted: (entry: RecurringInput) => boolean): RecurringEntry[] =>
    sorted.filter(wanted).map(({ templateId, name, nominalDate, bookingDate, amount, reason }) => ({
      templateId,
      name,
      nominalDate,
      bookingDate,
      amount,
      reason,
    }));
  return {
    posted: pick(({ outcome, late }) => outcome === 'posted' && !late),
    late: pick(({ outcome, late }) => outcome === 'posted' && late),
    skipped: pick(({ outcome }) => outcome === 'skipped'),
    failed: pick(({ outcome }) => outcome === 'failed'),
  };
}

function byDateThenId(
  a: { readonly date: string; readonly transactionId: string },
  b: { readonly date: string; readonly transactionId: string },
): number {
  return compare(a.date, b.date) || compare(a.transactionId, b.transactionId);
}

/** Order by code point, the same on every machine. */
function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sum(minors: readonly bigint[]): bigint {
  return minors.reduce((total, minor) => total + minor, 0n);
}
