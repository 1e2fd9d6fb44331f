import { spawn } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { UsageError, followWorkflow, isJson, printJson, printTable } from '@backend/shared/cli';
import { formatMoney, isMonth } from '@backend/shared/kernel';
import { requestHash } from '@backend/shared/pg';
import type { WorkflowHandle } from '@temporalio/client';
import type { Command } from 'commander';
import {
  type BudgetResult,
  type MonthlyBudgetInput,
  type MonthlyBudgetResult,
  SEARCH_ATTRIBUTES,
  WORKFLOW_TYPES,
  budgetWorkflowId,
} from '../contract';
import { findLatestReport, listReports } from '../repositories';
import { addRunsCommand } from './budget-runs';
import { addBudgetSettingsCommands } from './budget-settings';
import { addScheduleCommand } from './schedule';
import { type Session, withSession } from './session';
import { startWorkflow } from './start';

/** `tracc budget …` */
export function addBudgetCommands(program: Command): void {
  const budget = program.command('budget').description('monthly budgets');

  addBudgetSettingsCommands(budget);

  budget
    .command('check <month>')
    .description('where each budget stands in a month; sends alerts that are due')
    .option('--user <id>', 'whose budgets; TRACC_USER by default')
    .option('--budget <ids...>', 'only these budgets')
    .option('--dry-run', 'compute only: nothing is written or sent')
    .addHelpText('after', '\nExample:\n  tracc budget check 2025-11')
    .action(async (month: string, options: RunOptions, command: Command) =>
      runMonth(month, { ...options, mode: 'check' }, command),
    );

  budget
    .command('report <month>')
    .description("check a month and store its report; prints the report's files")
    .option('--user <id>', 'whose budgets; TRACC_USER by default')
    .option('--dry-run', 'compute only: nothing is written or sent')
    .option('--out <folder>', "where the report's files are written", 'reports')
    .option('--open', 'open the HTML report')
    .addHelpText('after', '\nExample:\n  tracc budget report 2025-11 --open')
    .action(async (month: string, options: RunOptions, command: Command) =>
      runMonth(month, { ...options, mode: 'full' }, command),
    );

  addRunsCommand(budget);

  budget
    .command('reports [month]')
    .description('the reports that are stored, every revision; newest first')
    .option('--user <id>', 'whose reports; TRACC_USER by default')
    .addHelpText('after', '\nExample:\n  tracc budget reports 2025-11')
    .action(async (month: string | undefined, options: { user?: string }, command: Command) =>
      withSession(options, async (session) => listMonthReports(session, month, command)),
    );

  addScheduleCommand(budget);
}

interface RunOptions {
  user?: string;
  budget?: string[];
  dryRun?: boolean;
  out?: string;
  open?: boolean;
}

async function runMonth(
  month: string,
  options: RunOptions & { mode: 'full' | 'check' },
  command: Command,
): Promise<void> {
  if (!isMonth(month)) throw new UsageError(`the month should be written like 2026-03, not ${month}`);
  await withSession(options, async (session) => {
    const { userId } = session;
    const input: MonthlyBudgetInput = {
      userId,
      month,
      mode: options.mode,
      ...(options.budget ? { budgetIds: options.budget } : {}),
      ...(options.dryRun ? { dryRun: true } : {}),
    };
    const handle = await startOwnRun(session, input);
    const result = await followWorkflow<MonthlyBudgetResult, never>({ handle });
    const files = result.reportId ? await writeReport(session, month, options.out ?? 'reports') : undefined;
    if (isJson(command)) printJson({ ...result, ...(files ? { files } : {}) });
    else printResult(result, files);
    if (options.open && files) openInBrowser(files.html);
  });
}

/**
 * Starts the month's check, or joins one that runs with the same input. One that runs with another input (a check, while
 * a report is wanted) would give another answer: it is waited for first.
 */
async function startOwnRun(session: Session, input: MonthlyBudgetInput): Promise<WorkflowHandle> {
  const request = requestHash(input);
  for (;;) {
    const handle = await startWorkflow(session, WORKFLOW_TYPES.monthlyBudget, {
      workflowId: budgetWorkflowId(input),
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      memo: { request },
      typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.month, value: input.month }],
      staticSummary: `Budgets of ${input.month}`,
      args: [input],
    });
    const { memo } = await handle.describe();
    if (memo?.['request'] === undefined || memo['request'] === request) return handle;
    process.stderr.write(`another run of ${input.month} is under way; waiting for its end\n`);
    await followWorkflow({ handle }).catch(() => undefined);
  }
}

interface ReportFiles {
  readonly json: string;
  readonly html: string;
  readonly csv: string;
}

/** Copies the newest revision out of content-addressed storage, under names that people and browsers know. */
async function writeReport(session: Session, month: string, folder: string): Promise<ReportFiles | undefined> {
  const report = await session.scope(session.userId, async (tx) => findLatestReport(tx, month));
  if (!report) return undefined;
  await mkdir(folder, { recursive: true });
  const copy = async (kind: keyof ReportFiles): Promise<string> => {
    const file = path.resolve(folder, `budget-${month}.${kind}`);
    await copyFile(await session.blobs.locate(report[kind]), file);
    return file;
  };
  return { json: await copy('json'), html: await copy('html'), csv: await copy('csv') };
}

async function listMonthReports(session: Session, month: string | undefined, command: Command): Promise<void> {
  const reports = await session.scope(session.userId, async (tx) => listReports(tx));
  const wanted = reports.filter((report) => month === undefined || report.month === month);
  if (isJson(command)) return printJson(wanted);
  printTable(
    ['month', 'revision', 'made at', '', 'HTML'],
    await Promise.all(
      wanted.map(async ({ month: of, revision, createdAt, partial, html }) => [
        of,
        String(revision),
        createdAt,
        partial ? 'before the month ended' : '',
        await session.blobs.locate(html),
      ]),
    ),
  );
}

function printResult(
  { status, budgets, partial, reportRevision }: MonthlyBudgetResult,
  files?: { html: string; csv: string },
): void {
  printTable(
    ['budget', 'status', 'spent', 'limit', 'left', 'used', 'alerts'],
    budgets.map((row) => [
      row.name,
      row.unconverted > 0 ? `${row.status}, ${row.unconverted} not converted` : row.status,
      amount(row, row.spentMinor),
      amount(row, row.limitMinor),
      amount(row, row.remainingMinor),
      row.pctTenths === null ? '' : `${(row.pctTenths / 10).toFixed(1)} %`,
      row.alerts.map(({ pct, delivery }) => `${pct} % ${delivery}`).join(', '),
    ]),
  );
  process.stdout.write(`\n${status}${partial ? ', the month has not ended' : ''}\n`);
  if (files) process.stdout.write(`report, revision ${reportRevision}:\n  ${files.html}\n  ${files.csv}\n`);
}

function amount({ currency }: BudgetResult, minor: string | null): string {
  return minor === null ? '' : formatMoney({ minor, currency });
}

function openInBrowser(file: string): void {
  const opener = process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open';
  const child = spawn(opener, [file], { stdio: 'ignore', detached: true });
  // No desktop is no failure: the path was printed.
  child.on('error', () => undefined);
  child.unref();
}
