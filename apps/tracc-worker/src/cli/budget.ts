import { spawn } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { CliFailure, UsageError, followWorkflow, isJson, printJson, printTable } from '@backend/shared/cli';
import { formatMoney, isCurrency, isMonth, money, parseDecimalToMinor, monthOf } from '@backend/shared/kernel';
import { requestHash } from '@backend/shared/pg';
import type { WorkflowHandle } from '@temporalio/client';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type BudgetResult,
  type MonthlyBudgetInput,
  type MonthlyBudgetResult,
  type NotifyTarget,
  type RolloverMode,
  WORKFLOW_TYPES,
  budgetWorkflowId,
} from '../contract';
import { isZone, localDate } from '../domain/recurrence';
import { findBudgets, findLatestReport, findUser, listCategoryIds, upsertBudget } from '../repositories';
import { type Session, withSession } from './session';
import { startWorkflow } from './start';

interface SetOptions {
  user?: string;
  name?: string;
  limit?: string;
  currency: string;
  zone?: string;
  startDay: number;
  category: string[];
  rollover: RolloverMode;
  since?: string;
  threshold: number[];
  webhook: string[];
}

/** `tracc budget set|list|check|report` */
export function addBudgetCommands(program: Command): void {
  const budget = program.command('budget').description('monthly budgets');

  budget
    .command('set <id>')
    .description('make a budget, or replace its settings')
    .option('--user <id>', 'whose budget; TRACC_USER by default')
    .option('--name <text>', 'what it is called; the id by default')
    .option('--limit <amount>', 'the monthly limit, such as 650 or 650.00; without it the budget is only watched')
    .option('--currency <code>', 'ISO 4217 code', 'EUR')
    .option('--zone <name>', "IANA zone of the month's edges; as it is, or the user's")
    .option('--start-day <day>', 'first day of the budget month, 1 to 28', integerBetween(1, 28), 1)
    .requiredOption('--category <ids...>', 'the expense categories that count in it')
    .option('--rollover <mode>', 'none, surplus or full', oneOf(['none', 'surplus', 'full']), 'none')
    .option('--since <month>', 'first month of the rollover chain; as it is, or this month')
    .option('--threshold <percent...>', 'alert at these per cents of the limit, 1 to 1000', collectPercents, [])
    .option('--webhook <url...>', 'also send alerts to these URLs', [])
    .addHelpText(
      'after',
      '\nExample:\n  tracc budget set food --limit 650 --category groceries eating-out --rollover surplus',
    )
    .action(async (id: string, options: SetOptions, command: Command) =>
      withSession(options, async (session) => setBudget(session, id, options, command)),
    );

  budget
    .command('list')
    .description('the budgets of a user')
    .option('--user <id>', 'whose budgets; TRACC_USER by default')
    .addHelpText('after', '\nExample:\n  tracc budget list')
    .action(async (options: { user?: string }, command: Command) =>
      withSession(options, async (session) => {
        const budgets = await session.scope(session.userId, async (tx) => findBudgets(tx));
        if (isJson(command)) return printJson(budgets);
        printTable(
          ['id', 'name', 'limit', 'rollover', 'alerts at'],
          budgets.map((row) => [
            row.budgetId,
            row.name,
            row.limitMinor === null ? 'no limit' : formatMoney({ minor: row.limitMinor, currency: row.currency }),
            row.rollover,
            row.thresholdsPct.map((pct) => `${pct} %`).join(', '),
          ]),
        );
      }),
    );

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

async function setBudget(session: Session, id: string, options: SetOptions, command: Command): Promise<void> {
  const { currency, limit, category: categoryIds } = options;
  if (!isCurrency(currency)) throw new UsageError(`--currency should be an ISO 4217 code such as EUR, not ${currency}`);
  const limitMinor = limit === undefined ? null : parseDecimalToMinor(limit, currency);
  if (limitMinor === undefined || (limitMinor !== null && limitMinor < 0n)) {
    throw new UsageError(
      `--limit should be an amount of ${currency} that is not negative, such as 650.00, not ${limit}`,
    );
  }
  const thresholdsPct =
    options.threshold.length > 0 ? [...new Set(options.threshold)].sort((a, b) => a - b) : [80, 100];
  if (thresholdsPct.length > 10) throw new UsageError('--threshold takes at most 10 per cents');
  if (options.since !== undefined && !isMonth(options.since))
    throw new UsageError(`--since should be a month such as 2026-03, not ${options.since}`);
  const webhooks = options.webhook.map((url): NotifyTarget => {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new UsageError(`--webhook should be an http or https URL, not ${url}`);
    return { kind: 'webhook', url };
  });
  const stored = await session.scope(session.userId, async (tx) => {
    const user = await findUser(tx);
    if (!user) throw new CliFailure(`there is no user ${session.userId}`);
    const [known] = await findBudgets(tx, [id]);
    const zone = options.zone ?? known?.zone ?? user.zone;
    if (!isZone(zone)) throw new UsageError(`--zone should be an IANA zone such as Europe/Berlin, not ${zone}`);
    const today = localDate({ instant: new Date().toISOString(), zone });
    const budget = {
      budgetId: id,
      name: options.name ?? id,
      currency,
      zone,
      limitMinor: limitMinor?.toString() ?? null,
      monthStartDay: options.startDay,
      rollover: options.rollover,
      rolloverSince: options.since ?? known?.rolloverSince ?? monthOf(today, options.startDay),
      thresholdsPct,
      notify: [{ kind: 'log' } as const, ...webhooks],
      categoryIds,
    };
    await upsertBudget(tx, budget);
    return { ...budget, categoryIds: await listCategoryIds(tx, id) };
  });
  if (isJson(command)) return printJson(stored);
  const shown = limitMinor === null ? 'no limit' : `${formatMoney(money(limitMinor, currency))} a month`;
  process.stdout.write(`${stored.name}: ${shown}, for ${stored.categoryIds.join(', ')}\n`);
}

function integerBetween(min: number, max: number) {
  return (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It should be a whole number from ${min} to ${max}.`);
  };
}

function collectPercents(text: string, previous: number[]): number[] {
  return [...previous, integerBetween(1, 1000)(text)];
}

function oneOf<const T extends string>(values: readonly T[]) {
  return (text: string): T => {
    const value = values.find((candidate) => candidate === text);
    if (value) return value;
    throw new InvalidArgumentError(`It should be one of ${values.join(', ')}.`);
  };
}

function openInBrowser(file: string): void {
  const opener = process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open';
  const child = spawn(opener, [file], { stdio: 'ignore', detached: true });
  // No desktop is no failure: the path was printed.
  child.on('error', () => undefined);
  child.unref();
}
