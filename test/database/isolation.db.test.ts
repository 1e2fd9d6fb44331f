import { createPool, inScope, inTransaction } from '@backend/shared/pg';
import type { TestDatabase } from '@backend/shared/testing';
import { escapeLiteral } from 'pg';
import { openTestDatabase } from '../support/servers';
import { TENANTS, scopeRowsOf } from '../support/tenants';

interface ScopedTable {
  readonly name: string;
  /** The column that holds the scope. */
  readonly column: string;
  readonly secured: boolean;
  readonly using: string | null;
  readonly check: string | null;
}

const TABLES = `
  select c.oid::regclass::text as name, a.attname as column, c.relrowsecurity as secured,
    pg_get_expr(p.polqual, p.polrelid) as using, pg_get_expr(p.polwithcheck, p.polrelid) as check
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('public', 'app')
  left join pg_attribute a on a.attrelid = c.oid and a.attname in ('user_id', 'timeline_id', 'scope_id') and not a.attisdropped
  left join pg_policy p on p.polrelid = c.oid and p.polcmd = '*' and p.polpermissive
  where c.relkind in ('r', 'p') order by 1`;

const MINE = 'ana';
const THEIRS = 'bob';
const NOT_SET = /app\.scope_id is not set/;

describe.each(TENANTS)('row-level security of %s', (tenant) => {
  const { rows: scopeRows, unscoped } = scopeRowsOf(tenant);
  let database: TestDatabase;
  let tables: ScopedTable[];
  beforeAll(async () => {
    database = await openTestDatabase(tenant);
    for (const statement of scopeRows) for (const scope of [MINE, THEIRS]) await database.query(statement, [scope]);
    tables = (await database.query<ScopedTable>(TABLES)).filter(({ column }) => column !== null);
  });
  afterAll(async () => database.drop());

  const everyTable = async (check: (table: ScopedTable) => Promise<void>): Promise<void> => {
    for (const table of tables) {
      await check(table).catch((error: Error) => {
        throw new Error(`${table.name}: ${error.message}`, { cause: error });
      });
    }
  };
  const asMine = async (sql: string) => inScope(database.pool, MINE, async (tx) => tx.query(sql));

  test('platform: every table with a scope column has it on and one policy for reading and writing', async () => {
    expect(tables.length).toBeGreaterThanOrEqual(scopeRows.length);
    for (const { name, column, secured, using, check } of tables) {
      const expression = expect.stringMatching(new RegExp(`^\\(${column} = \\( SELECT app\\.scope_id\\(\\)`));
      expect({ name, secured, using, check }).toEqual({ name, secured: true, using: expression, check: expression });
    }
    expect(new Set(tables.map(({ name }) => name)).size).toBe(tables.length);
  });

  test('platform: a table without a scope column is one that is the same for all', async () => {
    const others = (await database.query<ScopedTable>(TABLES))
      .filter(({ column }) => column === null)
      .map(({ name }) => name);
    expect(others.sort()).toEqual([...unscoped].sort());
  });

  test('platform: views and functions do not lead around it', async () => {
    expect(
      await database.query(
        `select relname from pg_class where relkind in ('v', 'm') and relnamespace in ('public'::regnamespace, 'app'::regnamespace)`,
      ),
    ).toEqual([]);
    expect(
      await database.query(
        `select proname from pg_proc where prosecdef and pronamespace in ('public'::regnamespace, 'app'::regnamespace)`,
      ),
    ).toEqual([]);
  });

  test('platform: a transaction sees the rows of its own scope and none of another', async () => {
    await everyTable(async ({ name, column }) => {
      const all = await database.query(`select distinct ${column} as scope from ${name} order by 1`);
      expect(all).toEqual([{ scope: MINE }, { scope: THEIRS }]);
      const { rows } = await asMine(`select distinct ${column} as scope from ${name}`);
      expect(rows).toEqual([{ scope: MINE }]);
      const aimed = await asMine(`select 1 from ${name} where ${column} = ${escapeLiteral(THEIRS)}`);
      expect(aimed.rowCount).toBe(0);
    });
  });

  test('platform: a transaction changes and deletes no row of another scope', async () => {
    await everyTable(async ({ name, column }) => {
      const before = await database.query(
        `select md5(string_agg(t::text, ',')) as rows from ${name} t where ${column} = '${THEIRS}'`,
      );
      expect((await asMine(`update ${name} set ${column} = ${column} where ${column} = '${THEIRS}'`)).rowCount).toBe(0);
      expect((await asMine(`delete from ${name} where ${column} = '${THEIRS}'`)).rowCount).toBe(0);
      expect(
        await database.query(
          `select md5(string_agg(t::text, ',')) as rows from ${name} t where ${column} = '${THEIRS}'`,
        ),
      ).toEqual(before);
    });
  });

  test('platform: a transaction writes no row into another scope, neither a new one nor one of its own', async () => {
    const refused = { code: '42501', message: expect.stringContaining('row-level security policy') };
    await everyTable(async ({ name, column }) => {
      await expect(asMine(`update ${name} set ${column} = '${THEIRS}'`)).rejects.toMatchObject(refused);
      const copy = `insert into ${name} overriding system value
        select (jsonb_populate_record(t, ${escapeLiteral(JSON.stringify({ [column]: THEIRS }))})).* from ${name} t limit 1`;
      await expect(asMine(copy)).rejects.toMatchObject(refused);
    });
  });

  test('platform: a transaction without a scope is an error for every table, not all rows and not none', async () => {
    await everyTable(async ({ name, column }) => {
      for (const statement of [
        `select * from ${name}`,
        `select count(*) from ${name}`,
        `update ${name} set ${column} = ${column}`,
        `delete from ${name}`,
      ]) {
        await expect(inTransaction(database.pool, async (tx) => tx.query(statement))).rejects.toThrow(NOT_SET);
      }
    });
  });

  test('platform: an empty scope is no scope', async () => {
    const [{ name }] = tables as [ScopedTable];
    await expect(inScope(database.pool, '', async (tx) => tx.query(`select * from ${name}`))).rejects.toThrow(NOT_SET);
  });
});

describe('a connection that is used again', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase('tracc');
    for (const scope of [MINE, THEIRS])
      await database.query(
        scopeRowsOf('tracc').rows.find((sql) => sql.includes('into users'))!,
        [scope],
      );
  });
  afterAll(async () => database.drop());

  const USERS = 'select user_id from users';

  test('platform: after a SET LOCAL has ended the session has no scope, though the setting exists', async () => {
    const pool = createPool({ url: database.workerUrl, max: 1, name: 'test' });
    expect((await inScope(pool, MINE, async (tx) => tx.query(USERS))).rows).toEqual([{ user_id: MINE }]);
    expect((await pool.query(`select current_setting('app.scope_id', true) as scope`)).rows).toEqual([{ scope: '' }]);
    await expect(pool.query(USERS)).rejects.toThrow(NOT_SET);
    await expect(inTransaction(pool, async (tx) => tx.query(USERS))).rejects.toThrow(NOT_SET);
    expect((await inScope(pool, THEIRS, async (tx) => tx.query(USERS))).rows).toEqual([{ user_id: THEIRS }]);
    await pool.end();
  });

  test.each([
    ['the work throws', async () => Promise.reject(new Error('boom'))],
    ['a statement fails', async (tx: { query: (sql: string) => Promise<unknown> }) => tx.query('select 1/0')],
    [
      'the work swallows a failed statement',
      async (tx: { query: (sql: string) => Promise<unknown> }) => tx.query('select 1/0').catch(() => undefined),
    ],
  ])('platform: when %s nothing is written and the connection carries no scope', async (_what, work) => {
    const pool = createPool({ url: database.workerUrl, max: 1, name: 'test' });
    const failed = inScope(pool, MINE, async (tx) => {
      await tx.query(
        `insert into categories (user_id, category_id, name, kind) values ($1, 'lost', 'Lost', 'expense')`,
        [MINE],
      );
      await work(tx);
    });
    await expect(failed).rejects.toThrow(/boom|division by zero|rolled back/);
    expect(await database.query(`select 1 from categories where category_id = 'lost'`)).toEqual([]);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    await expect(inTransaction(pool, async (tx) => tx.query(USERS))).rejects.toThrow(NOT_SET);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    await pool.end();
  });

  test('reliability: a connection that is lost in the middle of a transaction fails that transaction only', async () => {
    const pool = createPool({ url: database.workerUrl, max: 1, name: 'test' });
    const lost = inScope(pool, MINE, async (tx) => {
      const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      const ended = new Promise((resolve) => tx.once('end', resolve));
      await database.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
      await ended;
      return tx.query(USERS);
    });
    await expect(lost).rejects.toThrow(/terminat|not queryable/);
    expect((await inScope(pool, THEIRS, async (tx) => tx.query(USERS))).rows).toEqual([{ user_id: THEIRS }]);
    await pool.end();
  });

  test('reliability: an idle connection that the server ends is replaced, and says so in the log', async () => {
    let warn: (line: unknown) => void = () => undefined;
    const warned = new Promise<unknown>((resolve) => {
      warn = resolve;
    });
    const pool = createPool({ url: database.workerUrl, max: 1, name: 'test', log: { warn } as never });
    const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
    await database.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
    expect(await warned).toMatchObject({ err: { message: expect.stringContaining('terminating connection') } });
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  test('platform: int8, numeric and dates arrive as text, so money is never a float and a date never shifts', async () => {
    const { rows } = await database.pool.query(
      `select 9007199254740993::int8 as big, 0.1::numeric as ratio, date '2026-03-29' as date`,
    );
    expect(rows[0]).toMatchObject({ big: '9007199254740993', ratio: '0.1', date: '2026-03-29' });
  });
});
