import { transientFailure } from '@backend/shared/failures';
import { addMonths, money } from '@backend/shared/kernel';
import { type Queryable, sqlState } from '@backend/shared/pg';
import { type ReportFiles, TRANSIENT_FAILURES } from '../contract';
import { localDate } from '../domain/recurrence';
import {
  type BudgetInputs,
  type MonthlyReport,
  buildReport,
  contentHash,
  renderReportCsv,
  renderReportHtml,
} from '../domain/report';
import { type StoredReport, findLatestReport, insertReport, reportRows } from '../repositories';
import { type BudgetRequest, type BudgetStandingOfMonth, readStandings } from './check-budget-status';
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
  if (latest?.contentHash === hash) return refOf(latest);
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
  return refOf(stored);
}

function refOf({ reportId, revision, json, html, csv }: StoredReport): MonthlyReportRef {
  return { reportId, revision, files: { json, html, csv } };
}

async function readReport(tx: Queryable, request: BudgetRequest): Promise<MonthlyReport> {
  const { userId, month } = request;
  const standings = await readStandings(tx, request);
  const budgets: BudgetInputs[] = [];
  for (const standing of standings) budgets.push(await readBudget(tx, request, standing));
  const occurrences = await reportRows.occurrencesBetween(tx, {
    from: standings.map(({ period }) => period.from).sort()[0]!,
    to: standings
      .map(({ period }) => period.to)
      .sort()
      .at(-1)!,
  });
  return buildReport({
    userId,
    month,
    revision: 0,
    generatedAt: new Date().toISOString(),
    budgets,
    recurring: occurrences.map(({ amountMinor, currency, ...occurrence }) => ({
      ...occurrence,
      amount: amountMinor === null || currency === null ? null : money(BigInt(amountMinor), currency),
    })),
  });
}

async function readBudget(
  tx: Queryable,
  { month, asOf }: BudgetRequest,
  standing: BudgetStandingOfMonth,
): Promise<BudgetInputs> {
  const { budget, period, spentRows, result, known, baseMinor } = standing;
  const rows = { budgetId: budget.budgetId, month, ...period };
  const previous = spentRows.find((row) => row.month === addMonths(month, -1));
  const current = spentRows.find((row) => row.month === month);
  const days = await reportRows.spentByDay(tx, rows);
  const largest = await reportRows.largestRows(tx, { ...rows, limit: TOP_ROWS });
  const unconverted = await reportRows.unconvertedRows(tx, { ...rows, limit: UNCONVERTED_ROWS });
  return {
    budgetId: budget.budgetId,
    name: budget.name,
    currency: budget.currency,
    zone: budget.zone,
    rollover: budget.rollover,
    period,
    today: localDate({ instant: asOf, zone: budget.zone }),
    thresholdsPct: budget.thresholdsPct,
    baseMinor,
    carryInMinor: BigInt(result.carryInMinor),
    pendingMinor: BigInt(current?.pendingMinor ?? 0),
    previousSpentMinor: BigInt(previous?.postedMinor ?? 0),
    categories: await reportRows.spentByCategory(tx, rows),
    dailySpentMinor: new Map(days.map(({ date, spentMinor }) => [date, spentMinor])),
    rows: largest.map(({ amountMinor, ownMinor, ownCurrency, ...row }) => ({
      ...row,
      spentMinor: -BigInt(amountMinor),
      original: ownCurrency === budget.currency ? null : money(BigInt(ownMinor), ownCurrency),
    })),
    alerts: known.map(({ pct, kind, key, delivery }) => ({ pct, kind, key, delivery })),
    unconverted: unconverted.map(({ ownMinor, ownCurrency, total: _total, ...row }) => ({
      ...row,
      amount: money(BigInt(ownMinor), ownCurrency),
    })),
    unconvertedCount: unconverted[0]?.total ?? 0,
  };
}
