import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandleWithStartDetails } from '@temporalio/client';
import {
  type MonthlyBudgetInput,
  type MonthlyBudgetResult,
  type NotifyTarget,
  type RolloverMode,
  WORKFLOW_TYPES,
  budgetWorkflowId,
} from '../src/contract';
import type { MonthlyReport } from '../src/domain/report';
import { type RowSpec, createLedger } from './ledger';
import { type TraccRig, addUser } from './support';

export const MONTH = '2026-03';
/** When the month of most tests is over everywhere. */
export const AS_OF = '2026-04-02T08:00:00Z';

/** A budget as a test sees it: what it leaves out is left to the database's defaults. */
export interface BudgetFixture {
  readonly name?: string;
  readonly currency?: string;
  readonly zone?: string;
  readonly limitMinor?: number | null;
  readonly categories?: readonly string[];
  readonly monthStartDay?: number;
  readonly thresholdsPct?: readonly number[];
  readonly rollover?: RolloverMode;
  readonly rolloverSince?: string;
  readonly notify?: readonly NotifyTarget[];
}

export interface BudgetRun {
  readonly result: MonthlyBudgetResult;
  /** Names of the activities, in the order in which the run scheduled them. */
  readonly activities: readonly string[];
}

/** Users, budgets, ledger rows and runs for workflow tests; every test takes a user of its own, so none sees another's rows. */
export function createBudgetFixtures(rig: () => TraccRig) {
  const { add, rate } = createLedger(() => rig().database, '');
  let users = 0;

  async function newUser(zone = 'Europe/Berlin'): Promise<string> {
    users += 1;
    const userId = `user-${users}`;
    await addUser(rig().database, userId, zone);
    return userId;
  }

  /** Returns the budget's id, `{userId}.{name}`. */
  async function addBudget(userId: string, budget: BudgetFixture = {}): Promise<string> {
    const { name = 'food', limitMinor = 10_000, categories = ['food'] } = budget;
    const budgetId = `${userId}.${name}`;
    const columns = Object.entries({
      budget_id: budgetId,
      user_id: userId,
      name,
      currency: budget.currency ?? 'EUR',
      zone: budget.zone ?? 'Europe/Berlin',
      limit_minor: limitMinor,
      rollover_since: budget.rolloverSince ?? '2026-01',
      month_start_day: budget.monthStartDay,
      thresholds_pct: budget.thresholdsPct,
      rollover: budget.rollover,
      notify: budget.notify && JSON.stringify(budget.notify),
    }).filter(([, value]) => value !== undefined);
    await rig().database.query(
      `insert into budgets (${columns.map(([column]) => column).join(', ')}) values (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
      columns.map(([, value]) => value),
    );
    await rig().database.query(
      `insert into budget_categories (user_id, budget_id, category_id) select $1, $2, unnest($3::text[])`,
      [userId, budgetId, categories],
    );
    return budgetId;
  }

  /** Adds a posted row of food on 2026-03-10 unless it says otherwise; negative amounts are money out. Returns its id. */
  const book = async (userId: string, minor: number, row: Partial<RowSpec> = {}): Promise<string> =>
    add({ ...row, user: userId, minor });

  async function start(
    userId: string,
    input: Partial<MonthlyBudgetInput> = {},
  ): Promise<WorkflowHandleWithStartDetails> {
    const month = input.month ?? MONTH;
    return rig().start(WORKFLOW_TYPES.monthlyBudget, {
      workflowId: budgetWorkflowId({ userId, month }),
      args: [{ userId, month, asOf: AS_OF, ...input }],
    });
  }

  async function run(userId: string, input: Partial<MonthlyBudgetInput> = {}): Promise<BudgetRun> {
    const handle = await start(userId, input);
    const result = (await handle.result()) as MonthlyBudgetResult;
    return { result, activities: await activitiesOf(handle) };
  }

  /** The report that a run stored, from its JSON file. */
  async function reportOf({ reportFiles }: MonthlyBudgetResult): Promise<MonthlyReport> {
    if (!reportFiles) throw new Error('the run stored no report');
    return JSON.parse((await rig().blobs.read(reportFiles.json)).toString()) as MonthlyReport;
  }

  const alertsIn = async (userId: string) =>
    rig().database.query<{ key: string; month: string; pct: number; kind: string; delivery: string }>(
      `select alert_key as key, month, pct, kind, delivery from alerts where user_id = $1 order by budget_id, month, pct`,
      [userId],
    );

  const revisionsOf = async (userId: string) =>
    rig().database.query<{ month: string; revision: number }>(
      `select month, revision from reports where user_id = $1 order by month, revision`,
      [userId],
    );

  /** A digest of every table and the name of every stored file: two of these are equal when nothing was written between them. */
  async function everything(): Promise<object> {
    const tables = await rig().database.query<{ name: string }>(
      `select table_name as name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE' order by table_name`,
    );
    const rows: Record<string, unknown> = {};
    for (const { name } of tables)
      [rows[name]] = await rig().database.query(
        `select count(*)::int as rows, md5(string_agg(t::text, ';' order by t::text)) as digest from "${name}" t`,
      );
    const files = await readdir(path.join(rig().directory, 'blobs'), { recursive: true }).catch(() => []);
    return { rows, files: new Set(files) };
  }

  return { newUser, addBudget, book, rate, start, run, reportOf, alertsIn, revisionsOf, everything };
}

/** Names of the activities that an execution scheduled, in that order. */
export async function activitiesOf(handle: WorkflowHandleWithStartDetails): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
}
