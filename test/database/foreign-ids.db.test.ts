import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createBlobStore } from '@backend/shared/blob';
import { type Scope, createPool, inTransaction, openScope } from '@backend/shared/pg';
import type { TestDatabase } from '@backend/shared/testing';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Pool } from 'pg';
import { openTestDatabase } from '../support/servers';
import { type ForeignCases, MINE, SECRET, THEIRS } from '../support/foreign-ids';
import { TENANTS, foreignIdsOf, scopeRowsOf } from '../support/tenants';

const SCOPE_COLUMNS = `
  select c.oid::regclass::text as table, a.attname as column from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attname in ('user_id', 'timeline_id', 'scope_id') and not a.attisdropped
  where c.relkind = 'r' and c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) order by 1`;

type Digests = Readonly<Record<string, unknown>>;

/** A worker of one tenant, on one connection, beside rows of two scopes. */
interface Bench {
  readonly database: TestDatabase;
  readonly pool: Pool;
  readonly cases: ForeignCases;
  /** The activities with this scope in the place of their own. */
  readonly activities: (scope?: Scope) => Readonly<Record<string, (input: never) => Promise<unknown>>>;
  readonly close: () => Promise<void>;
}

async function openBench(tenant: string): Promise<Bench> {
  const { theirRows, cases, activities } = foreignIdsOf(tenant);
  const database = await openTestDatabase(tenant);
  const directory = await mkdtemp(path.join(os.tmpdir(), 'foreign-'));
  for (const statement of scopeRowsOf(tenant).rows)
    for (const scope of [MINE, THEIRS]) await database.query(statement, [scope]);
  for (const statement of theirRows) await database.query(statement);
  const blobs = createBlobStore(path.join(directory, 'blobs'));
  const pool = createPool({ url: database.workerUrl, max: 1, name: 'test' });
  return {
    database,
    pool,
    cases: await cases({ blobs, directory }),
    activities: (scope = openScope(pool)) => activities({ scope, blobs, directory }),
    async close() {
      await pool.end();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What stands in each table of one scope. */
async function digests({ database }: Bench, scope: string): Promise<Digests> {
  const tables = await database.query<{ table: string; column: string }>(SCOPE_COLUMNS);
  const entries = tables.map(async ({ table, column }) => {
    const [row] = await database.query(
      `select count(*)::int as rows, md5(string_agg(t::text, ',' order by t::text)) as digest from ${table} t where ${column} = $1`,
      [scope],
    );
    return [table, row] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Runs an activity as the worker does; its failure is an outcome too. */
async function outcomeOf(activity: (input: never) => Promise<unknown>, input: unknown) {
  try {
    const found: unknown = await new MockActivityEnvironment().run(async () => activity(input as never));
    return { found };
  } catch (error) {
    return { error };
  }
}

describe.each(TENANTS)('reliability S12: activities of %s', (tenant) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench(tenant);
  });
  afterAll(async () => bench.close());

  test('reliability S12: there is a case for every activity', () => {
    const { cases, activities } = bench;
    expect(Object.keys(cases).sort()).toEqual(Object.keys(activities()).sort());
    for (const [name, list] of Object.entries(cases)) expect([name, list.length > 0]).toEqual([name, true]);
  });

  test("reliability S12: one who names another's things reaches none of them, by any activity", async () => {
    const theirs = await digests(bench, THEIRS);
    const unscoped: Scope = async () => Promise.reject(new Error('a transaction was opened'));
    for (const [name, list] of Object.entries(bench.cases)) {
      for (const [at, { input, outcome }] of list.entries()) {
        const mine = await digests(bench, MINE);
        const activity = bench.activities(outcome === 'computes' ? unscoped : undefined)[name]!;
        const { found, error } = await outcomeOf(activity, input);
        const label = `${name} ${at}`;
        const said = JSON.stringify([found, error instanceof Error ? [error.message, error.stack] : error]);
        expect([label, said]).toEqual([label, expect.not.stringContaining(SECRET)]);
        if (typeof outcome === 'string') {
          expect([label, error]).toEqual([label, undefined]);
        } else if ('fails' in outcome) {
          expect([label, error]).toEqual([label, expect.any(ApplicationFailure)]);
          expect([label, error]).toMatchObject([label, { type: outcome.fails, nonRetryable: true }]);
        } else {
          expect([label, error, found]).toEqual([label, undefined, outcome.finds]);
          expect([label, await digests(bench, MINE)]).toEqual([label, mine]);
        }
        expect([label, await digests(bench, THEIRS)]).toEqual([label, theirs]);
      }
    }
    expect(bench.pool.totalCount).toBe(1);
  });

  test('reliability S12: one connection serves one, the other, an error and one without a scope, each with its own rows', async () => {
    const { pool, activities, cases } = bench;
    const { table, column } = foreignIdsOf(tenant).scopes;
    const scope = openScope(pool);
    const seenIn = async (id: string) =>
      scope(
        id,
        async (tx) => (await tx.query(`select distinct ${column} as id, pg_backend_pid() as pid from ${table}`)).rows,
      );
    const [{ pid }] = (await seenIn(MINE)) as [{ pid: number }];
    const calls = Object.entries(cases).flatMap(([name, list]) => list.map((each) => ({ name, ...each })));
    for (const { name, input, outcome } of calls) {
      expect(await seenIn(MINE)).toEqual([{ id: MINE, pid }]);
      expect(await seenIn(THEIRS)).toEqual([{ id: THEIRS, pid }]);
      const fails = typeof outcome === 'object' && 'fails' in outcome;
      const { error } = await outcomeOf(activities()[name]!, input);
      expect([name, error]).toEqual([name, fails ? expect.any(ApplicationFailure) : undefined]);
      await expect(scope(THEIRS, async (tx) => tx.query('select 1 / 0'))).rejects.toMatchObject({ code: '22012' });
      await expect(inTransaction(pool, async (tx) => tx.query(`select * from ${table}`))).rejects.toMatchObject({
        code: '42501',
        message: expect.stringContaining('app.scope_id is not set'),
      });
    }
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });
});

test("reliability S12: what one has written under another's names does not stand in the other's way", async () => {
  const bench = await openBench('tracc');
  const call = async (name: string, input: unknown) => outcomeOf(bench.activities()[name]!, input);
  const written = (['sendBudgetAlert', 'recordOccurrences'] as const).map(
    (name) => [name, bench.cases[name]!.find(({ outcome }) => outcome === 'writes')!.input as object] as const,
  );
  for (const [name, input] of written) expect(await call(name, input)).not.toHaveProperty('error');
  for (const [name, input] of written) {
    const own = JSON.parse(
      JSON.stringify({ ...input, userId: THEIRS }).replaceAll(`budget-${MINE}`, `budget-${THEIRS}`),
    );
    expect([name, await call(name, own)]).toEqual([name, expect.not.objectContaining({ error: expect.anything() })]);
  }
  const rows = await bench.database.query(
    `select user_id as user, delivery as outcome from alerts where month = '2026-04'
     union all select user_id, outcome from recurring_occurrences where nominal_date = '2026-04-01' order by 1, 2`,
  );
  expect(rows).toEqual(
    [MINE, THEIRS].flatMap((user) => [
      { user, outcome: 'failed' },
      { user, outcome: 'sent' },
    ]),
  );
  await bench.close();
});

describe('reliability S12: rows that would hang on those of another user', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench('tracc');
    await bench.database.query(
      `insert into categories (user_id, category_id, name, kind) values ('${MINE}', 'fun', 'Fun', 'expense')`,
    );
  });
  afterAll(async () => bench.close());

  test.each([
    ['a category of a budget', `insert into budget_categories values ('${MINE}', 'budget-${THEIRS}', 'fun')`],
    [
      'an alert of a budget',
      `insert into alerts (alert_key, user_id, budget_id, month, pct, kind, delivery, body)
       values ('key', '${MINE}', 'budget-${THEIRS}', '2026-05', 80, 'warning', 'sent', '{}')`,
    ],
    [
      'a delivery of an alert',
      `insert into alert_deliveries (user_id, alert_key, target) values ('${MINE}', 'alert-${THEIRS}', 'mail')`,
    ],
    [
      'a line of a split',
      `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, parent_id)
       values ('${MINE}', 'checking', '2026-03-01', -1, 'EUR', $parent)`,
    ],
    [
      'a refused row of an import',
      `insert into import_row_errors (scope_id, import_id, line, column_name, code, value, message, fields, record_line)
       values ('${MINE}', 'import-${THEIRS}', 9, 'Amount', 'x', 'x', 'x', '[]', 9)`,
    ],
  ])('reliability S12: %s is refused', async (_what, sql) => {
    const [parent] = await bench.database.query<{ id: string }>(
      `select transaction_id as id from transactions where user_id = '${THEIRS}'`,
    );
    const adding = openScope(bench.pool)(MINE, async (tx) => tx.query(sql.replace('$parent', parent!.id)));
    await expect(adding).rejects.toMatchObject({ code: '23503' });
  });
});
