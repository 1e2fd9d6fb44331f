import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGuardedFetch } from '@backend/shared/http';
import { failureType } from '@backend/shared/failures';
import { type Hold, hold } from '../../../test/support/gate';
import {
  BUDGET_HANDLERS,
  type MonthlyBudgetInput,
  type MonthlyBudgetStatus,
  type MonthlyBudgetResult,
  WORKFLOW_TYPES,
  budgetWorkflowId,
} from '../src/contract';
import { type TraccRig, addUser, startTraccRig } from './support';

const USER = 'u1';
const AS_OF = '2026-04-02T08:00:00Z';
let rig: TraccRig;
let server: Server;
let answer: { status: number; headers?: Record<string, string> } = { status: 200 };
/** Holds checks back while a test wants something to arrive in the middle of one. */
let held: Hold | undefined;
let checks = 0;
const requests: { key: string; body: { thresholdPct: number } }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      requests.push({
        key: String(request.headers['idempotency-key']),
        body: JSON.parse(Buffer.concat(parts).toString()),
      });
      response.writeHead(answer.status, answer.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  rig = await startTraccRig({
    deps: { fetch: createGuardedFetch({ allowHosts: [`127.0.0.1:${port}`] }) },
    change: ({ checkBudgetStatus }) => ({
      async checkBudgetStatus(input) {
        const checked = await checkBudgetStatus(input);
        checks += 1;
        await held?.stop();
        return checked;
      },
    }),
  });
  await addUser(rig.database, USER);
  await addBudget('groceries', {
    limit: 10_000,
    notify: [{ kind: 'log' }, { kind: 'webhook', url: `http://127.0.0.1:${port}/alerts` }],
  });
  await spend('2026-03-05', -9000);
});
afterEach(async () => rig.verify());
afterAll(async () => {
  await rig.stop();
  server.close();
});

async function addBudget(
  budgetId: string,
  {
    limit,
    notify = [{ kind: 'log' }],
    category = 'food',
  }: { limit: number | null; notify?: unknown[]; category?: string },
) {
  await rig.database.query(
    `insert into budgets (budget_id, user_id, name, currency, zone, limit_minor, rollover_since, notify) values ($1, $2, $1, 'EUR', 'Europe/Berlin', $3, '2026-01', $4)`,
    [budgetId, USER, limit, JSON.stringify(notify)],
  );
  await rig.database.query(`insert into budget_categories (user_id, budget_id, category_id) values ($1, $2, $3)`, [
    USER,
    budgetId,
    category,
  ]);
}

async function spend(date: string, amountMinor: number, category = 'food') {
  await rig.database.query(
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, category_id, description) values ($1, 'checking', $2, $3, 'EUR', $4, 'row')`,
    [USER, date, amountMinor, category],
  );
}

const run = async (input: Partial<MonthlyBudgetInput> = {}): Promise<MonthlyBudgetResult> => {
  const month = input.month ?? '2026-03';
  return rig.execute<MonthlyBudgetResult>(WORKFLOW_TYPES.monthlyBudget, {
    workflowId: budgetWorkflowId({ userId: USER, month }),
    args: [{ userId: USER, month, asOf: AS_OF, ...input }],
  });
};

test('monthly-budget 16: a dry run computes everything, writes nothing and sends nothing', async () => {
  const result = await run({ dryRun: true });
  expect(result.budgets[0]).toMatchObject({
    status: 'warning',
    spentMinor: '9000',
    alerts: [{ pct: 80, kind: 'warning', delivery: 'dryRun' }],
  });
  expect(result.reportId).toBeUndefined();
  expect(await rig.database.query(`select 1 from alerts union all select 1 from reports`)).toEqual([]);
  expect(requests).toEqual([]);
});

test('monthly-budget 2: checks, alerts at the threshold, stores the report and returns it', async () => {
  const result = await run();
  expect(result).toMatchObject({
    status: 'warning',
    partial: false,
    reportId: `report:${USER}:2026-03:1`,
    reportRevision: 1,
  });
  expect(result.budgets).toEqual([
    expect.objectContaining({
      budgetId: 'groceries',
      status: 'warning',
      limitMinor: '10000',
      spentMinor: '9000',
      remainingMinor: '1000',
      pctTenths: 900,
      alerts: [{ pct: 80, kind: 'warning', key: 'alert:groceries:2026-03:80', delivery: 'sent' }],
    }),
  ]);
  expect(requests.map(({ key }) => key)).toEqual(['alert:groceries:2026-03:80']);
  const [report] = await rig.database.query<{
    json_ref: { ref: string; sha256: string };
    html_ref: { ref: string; sha256: string };
  }>(`select * from reports`);
  const json = JSON.parse((await rig.blobs.read(report!.json_ref)).toString());
  expect(json).toMatchObject({ schemaVersion: 1, header: { month: '2026-03', revision: 1 } });
  expect((await rig.blobs.read(report!.html_ref)).toString()).toContain('<svg');
});

test('monthly-budget 13: the same content is the same report, changed content the next revision', async () => {
  expect(await run()).toMatchObject({ reportRevision: 1 });
  await spend('2026-03-06', -500);
  expect(await run()).toMatchObject({ reportId: `report:${USER}:2026-03:2`, reportRevision: 2 });
  expect(await rig.database.query(`select revision from reports order by revision`)).toEqual([
    { revision: 1 },
    { revision: 2 },
  ]);
});

test('monthly-budget 9: a threshold alerts once in a month, and the highest new one only', async () => {
  requests.length = 0;
  await run();
  expect(requests).toEqual([]);
  await spend('2026-03-07', -1000);
  const result = await run();
  expect(result.status).toBe('over');
  expect(requests.map(({ key, body }) => [key, body.thresholdPct])).toEqual([['alert:groceries:2026-03:100', 100]]);
  expect(await rig.database.query(`select pct, delivery from alerts order by pct`)).toEqual([
    { pct: 80, delivery: 'sent' },
    { pct: 100, delivery: 'sent' },
  ]);
});

test('monthly-budget 9: several new thresholds at once send the highest and record the others as superseded', async () => {
  requests.length = 0;
  await spend('2026-02-10', -20_000);
  const result = await run({ month: '2026-02' });
  expect(result.budgets[0]!.alerts.map(({ pct, delivery }) => [pct, delivery])).toEqual([
    [80, 'superseded'],
    [100, 'sent'],
  ]);
  expect(requests.map(({ key }) => key)).toEqual(['alert:groceries:2026-02:100']);
});

test('monthly-budget 11: a target that answers 500 ten times is recorded as failed, and the report is still made', async () => {
  requests.length = 0;
  answer = { status: 500 };
  await spend('2026-01-10', -20_000);
  const result = await run({ month: '2026-01' });
  answer = { status: 200 };
  expect(result.budgets[0]!.alerts.at(-1)).toMatchObject({ pct: 100, delivery: 'failed' });
  expect(result.reportRevision).toBe(1);
  expect(requests).toHaveLength(10);
  expect(new Set(requests.map(({ key }) => key))).toEqual(new Set(['alert:groceries:2026-01:100']));
});

test.each([
  ['InvalidMonth', { month: '2026-13' }],
  ['BudgetNotFound', { budgetIds: ['nothing'] }],
  ['UserNotFound', { userId: 'nobody' }],
  ['InvalidInput', { asOf: '2026-02-30T99:99:00Z' }],
  ['InvalidInput', { budgetIds: 'groceries' as unknown as string[] }],
  ['InvalidInput', { mode: 'sometimes' as 'full' }],
])('monthly-budget 15: bad input fails with %s and writes nothing', async (type, input) => {
  const before = await rig.database.query(`select count(*) from alerts union all select count(*) from reports`);
  const error = await run(input).catch((failure: unknown) => failure);
  expect(failureType(error)).toBe(type);
  expect(await rig.database.query(`select count(*) from alerts union all select count(*) from reports`)).toEqual(
    before,
  );
});

test('monthly-budget 2: a report is over all budgets of the user, whichever were named for the check', async () => {
  await addBudget('rents', { limit: 50_000, category: 'rent' });
  const result = await run({ month: '2025-12', budgetIds: ['groceries'] });
  expect(result.budgets.map(({ budgetId }) => budgetId)).toEqual(['groceries']);
  const report = JSON.parse((await rig.blobs.read(result.reportFiles!.json)).toString());
  expect(report.budgets.map(({ budgetId }: { budgetId: string }) => budgetId)).toEqual(['groceries', 'rents']);
});

test('monthly-budget 11: a target that refuses does not keep the alert from the others', async () => {
  const { port } = server.address() as AddressInfo;
  await rig.database.query(`update budgets set notify = $1 where budget_id = 'groceries'`, [
    JSON.stringify([
      { kind: 'webhook', url: 'http://127.0.0.1:1/private' },
      { kind: 'webhook', url: `http://127.0.0.1:${port}/alerts` },
    ]),
  ]);
  requests.length = 0;
  await spend('2025-11-10', -20_000);
  const result = await run({ month: '2025-11', mode: 'check' });
  expect(requests.map(({ key }) => key)).toEqual(['alert:groceries:2025-11:100']);
  expect(result.budgets[0]!.alerts.at(-1)).toMatchObject({ pct: 100, delivery: 'failed' });
});

test('monthly-budget 9: a lower alert that an ended run left pending is not sent after a higher one', async () => {
  await rig.database.query(`update budgets set notify = '[{"kind": "log"}]' where budget_id = 'groceries'`);
  await rig.database.query(
    `insert into alerts (alert_key, user_id, budget_id, month, pct, kind, delivery, body)
     values ('alert:groceries:2025-10:80', $1, 'groceries', '2025-10', 80, 'warning', 'pending', '{}')`,
    [USER],
  );
  await spend('2025-10-10', -20_000);
  const result = await run({ month: '2025-10', mode: 'check' });
  expect(result.budgets[0]!.alerts.map(({ pct, delivery }) => [pct, delivery])).toEqual([
    [80, 'superseded'],
    [100, 'sent'],
  ]);
});

test('monthly-budget 14: what arrives in the middle of a check is answered by one check more, however much arrives', async () => {
  held = hold();
  checks = 0;
  const month = '2026-03';
  const handle = await rig.start(WORKFLOW_TYPES.monthlyBudget, {
    workflowId: budgetWorkflowId({ userId: USER, month }),
    args: [{ userId: USER, month, asOf: AS_OF, mode: 'check' }],
  });
  await held.reached;
  await spend('2026-03-20', -77);
  await handle.signal(BUDGET_HANDLERS.transactionsChanged);
  await handle.signal(BUDGET_HANDLERS.transactionsChanged);
  const recheck = handle.executeUpdate<MonthlyBudgetStatus, []>(BUDGET_HANDLERS.recheck);
  const before = await spentIn(month);
  held.letGo();
  expect((await recheck).budgets[0]?.spentMinor).toBe(before);
  expect(((await handle.result()) as MonthlyBudgetResult).budgets[0]?.spentMinor).toBe(before);
  expect(checks).toBe(2);
});

async function spentIn(month: string): Promise<string> {
  const [row] = await rig.database.query<{ spent: string }>(
    `select (-sum(amount_minor))::text as spent from transactions where to_char(booking_date, 'YYYY-MM') = $1`,
    [month],
  );
  return row!.spent;
}
