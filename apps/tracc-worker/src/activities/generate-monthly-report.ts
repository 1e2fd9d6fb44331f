import { transientFailure } from '@backend/shared/failures';
import { addMonths, money } from '@backend/shared/kernel';
import { type Queryable, sqlState } from '@backend/shared/pg';
import { type ReportFiles, TRANSIENT_FAILURES } from '../contract';
import { type BudgetPeriod, budgetPeriod } from '../domain/budget';
import { localDate } from '../domain/recurrence';
import {
  type BudgetInputs,
  type MonthlyReport,
  buildReport,
  contentHash,
  renderReportCsv,
  renderReportHtml,
} from '../domain/report';
import {
  type SpentOnDay,
  type StoredReport,
  findLatestReport,
  insertReport,
  readSpentByDay,
  reportRows,
} from '../repositories';
import { type BudgetRequest, type BudgetStandingOfMonth, rangeOf, readStandings } from './check-budget-status';
import type { Deps } from './deps';

const TOP_ROWS = 10;
const UNCONVERTED_ROWS = 100;

/** A report's identity and files; in a dry run there are none. */
export interface MonthlyReportRef {
  readonly reportId: string;
  readonly revision: number;
  readonly files?: ReportFiles;
}

/**
 * The month's report over all the requested budgets, stored as JSON, HTML and CSV. The same content is the same report
 * (run again, or after a crash, it finds it); other content is the next revision, and older ones stay. In a dry run
 * everything is computed and nothing is stored.
 */
export async function generateMonthlyReport(deps: Deps, request: BudgetRequest): Promise<MonthlyReportRef> {
  const { userId, month } = request;
  // One state of the ledger: an import that runs meanwhile is in all of the report's figures or in none.
  const { draft, latest } = await deps.scope(
    userId,
    async (tx) => ({ draft: await readReport(tx, request), latest: await findLatestReport(tx, month) }),
    { snapshot: true },
  );
  const hash = contentHash(draft);
  if (latest?.contentHash === hash) {
    if (!request.dryRun) deps.metrics.reports.add(1, { outcome: 'unchanged' });
    return refOf(latest);
  }
  const revision = (latest?.revision ?? 0) + 1;
  const report: MonthlyReport = { ...draft, header: { ...draft.header, revision } };
  const reportId = `report:${userId}:${month}:${revision}`;
  const html = renderReportHtml(report);
  const csv = renderReportCsv(report);
  if (request.dryRun) return { reportId, revision };

  const stored: StoredReport = {
    reportId,
    month,
    revision,
    contentHash: hash,
    partial: report.header.partial,
    json: await deps.blobs.put(`${JSON.stringify(report, null, 2)}\n`),
    html: await deps.blobs.put(html),
    csv: await deps.blobs.put(csv),
  };
  try {
    await deps.scope(userId, async (tx) => insertReport(tx, stored));
  } catch (error) {
    // Another attempt stored this revision first; the retry finds it and compares.
    if (sqlState(error) === '23505')
      throw transientFailure(
        TRANSIENT_FAILURES.RevisionTaken,
        `Revision ${revision} of ${month} was stored by another attempt.`,
      );
    throw error;
  }
  deps.metrics.reports.add(1, { outcome: 'stored' });
  return refOf(stored);
}

function refOf({ reportId, revision, json, html, csv }: StoredReport): MonthlyReportRef {
  return { reportId, revision, files: { json, html, csv } };
}

async function readReport(tx: Queryable, request: BudgetRequest): Promise<MonthlyReport> {
  const { userId, month } = request;
  const standings = await readStandings(tx, request);
  const range = rangeOf(standings);
  // Each of these reads the month once, for all budgets; the days also read the month before, to compare with.
  const budgetIds = standings.map(({ budget }) => budget.budgetId);
  const previousPeriods = standings.map(({ budget }) => previousPeriodOf(budget, month));
  const days = await readSpentByDay(tx, {
    budgetIds,
    to: range.to,
    from: previousPeriods.map(({ from }) => from).sort()[0]!,
  });
  const largest = await reportRows.largestRows(tx, { budgetIds, month, ...range, limit: TOP_ROWS });
  const unconverted = await reportRows.unconvertedRows(tx, { budgetIds, month, ...range, limit: UNCONVERTED_ROWS });
  const occurrences = await reportRows.occurrencesBetween(tx, range);
  const of = <T extends { readonly budgetId: string }>(rows: readonly T[], budgetId: string): T[] =>
    rows.filter((row) => row.budgetId === budgetId);
  return buildReport({
    userId,
    month,
    revision: 0,
    generatedAt: new Date().toISOString(),
    budgets: standings.map((standing) => {
      const { budgetId } = standing.budget;
      return budgetInputs(request, standing, {
        days: of(days, budgetId),
        largest: of(largest, budgetId),
        unconverted: of(unconverted, budgetId),
      });
    }),
    recurring: occurrences.map(({ amountMinor, currency, ...occurrence }) => ({
      ...occurrence,
      amount: amountMinor === null || currency === null ? null : money(BigInt(amountMinor), currency),
    })),
  });
}

interface RowsOfBudget {
  readonly days: readonly SpentOnDay[];
  readonly largest: Awaited<ReturnType<typeof reportRows.largestRows>>;
  readonly unconverted: Awaited<ReturnType<typeof reportRows.unconvertedRows>>;
}

function budgetInputs(
  { month, asOf }: BudgetRequest,
  { budget, period, spentRows, result, known, baseMinor }: BudgetStandingOfMonth,
  { days, largest, unconverted }: RowsOfBudget,
): BudgetInputs {
  const { budgetId, name, currency, zone, rollover, thresholdsPct } = budget;
  const current = spentRows.find((row) => row.month === month);
  const previousPeriod = previousPeriodOf(budget, month);
  const previous = days.filter(({ date }) => isIn(previousPeriod, date));
  const ofMonth = days.filter(({ date }) => isIn(period, date));
  return {
    budgetId,
    name,
    currency,
    zone,
    rollover,
    period,
    today: localDate({ instant: asOf, zone }),
    thresholdsPct,
    baseMinor,
    carryInMinor: BigInt(result.carryInMinor),
    pendingMinor: BigInt(current?.pendingMinor ?? 0),
    previousSpentMinor: sum(previous.map(({ spentMinor }) => spentMinor)),
    previous: { period: previousPeriod, dailySpentMinor: byDate(previous) },
    categories: byCategory(ofMonth),
    dailySpentMinor: byDate(ofMonth),
    rows: largest.map(({ amountMinor, ownMinor, ownCurrency, budgetId: _budgetId, ...row }) => ({
      ...row,
      spentMinor: -BigInt(amountMinor),
      original: ownCurrency === currency ? null : money(BigInt(ownMinor), ownCurrency),
    })),
    alerts: known.map(({ pct, kind, key, delivery }) => ({ pct, kind, key, delivery })),
    unconverted: unconverted.map(({ ownMinor, ownCurrency, total: _total, budgetId: _budgetId, ...row }) => ({
      ...row,
      amount: money(BigInt(ownMinor), ownCurrency),
    })),
    unconvertedCount: unconverted[0]?.total ?? 0,
  };
}

function previousPeriodOf({ monthStartDay }: { monthStartDay: number }, month: string): BudgetPeriod {
  return budgetPeriod({ month: addMonths(month, -1), monthStartDay });
}

function isIn({ from, to }: BudgetPeriod, date: string): boolean {
  return from <= date && date < to;
}

function byDate(days: readonly SpentOnDay[]): ReadonlyMap<string, bigint> {
  const totals = new Map<string, bigint>();
  for (const { date, spentMinor } of days) totals.set(date, (totals.get(date) ?? 0n) + spentMinor);
  return totals;
}

function byCategory(days: readonly SpentOnDay[]): BudgetInputs['categories'] {
  return [...new Set(days.map(({ categoryId }) => categoryId))].map((categoryId) => {
    const own = days.filter((day) => day.categoryId === categoryId);
    return {
      categoryId,
      name: own[0]!.name,
      spentMinor: sum(own.map(({ spentMinor }) => spentMinor)),
      refundsMinor: sum(own.map(({ refundsMinor }) => refundsMinor)),
      rows: own.reduce((count, { rows }) => count + rows, 0),
    };
  });
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
