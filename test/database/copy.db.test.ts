import {
  type Scope,
  copyRows,
  createPool,
  encodeCopyRows,
  findLoaderRole,
  openScope,
  trySavepoint,
} from '@backend/shared/pg';
import type { TestDatabase } from '@backend/shared/testing';
import type { Pool, PoolClient } from 'pg';
import { addUser } from '../../apps/tracc-worker/test/support';
import { type OuterProcess, listenToProcess } from '../support/outer-process';
import { type PostgresProxy, type Stop, type StopPlace, startPostgresProxy } from '../support/postgres-proxy';
import { openTestDatabase } from '../support/servers';
import { waitFor } from '../support/wait';

const COLUMNS = ['user_id', 'account_id', 'booking_date', 'amount_minor', 'currency', 'description', 'external_key'];
const TARGET = { table: 'transactions', columns: COLUMNS };
const USER = 'u1';
/** Several times what a socket takes at once. */
const MANY = 20_000;
let database: TestDatabase;
let proxy: PostgresProxy;
let pool: Pool;
let scope: Scope;

let around: OuterProcess;

beforeAll(async () => {
  around = listenToProcess();
  database = await openTestDatabase('tracc');
  await addUser(database, USER);
  proxy = await startPostgresProxy(database.workerUrl);
  pool = createPool({ url: proxy.through(database.workerUrl), max: 2, name: 'copy' });
  scope = openScope(pool);
});
beforeEach(async () => database.query('truncate transactions cascade'));
afterEach(async () => {
  await around.verify();
  if (pool.idleCount !== pool.totalCount) throw new Error('a client was not given back');
});
afterAll(async () => {
  await pool.end();
  await proxy.close();
  await database.drop();
  around.stop();
});

const keyOf = (n: number) => ({ hex: n.toString(16).padStart(32, '0') });
const rowOf = (n: number, date = '2026-03-05') => [
  USER,
  'checking',
  date,
  -n,
  'EUR',
  `row ${n} ${'x'.repeat(80)}`,
  keyOf(n),
];

/** Rows `from`, `from + 1`, … in pieces as an import has them: 100 rows each. */
function pieces(from: number, rows: number): Buffer[] {
  return Array.from({ length: Math.ceil(rows / 100) }, (_, piece) =>
    encodeCopyRows(
      Array.from({ length: Math.min(100, rows - piece * 100) }, (_unused, n) => rowOf(from + piece * 100 + n)),
    ),
  );
}

/** A COPY as the loader does it. Whatever comes of it, the client is ready for the next statement by then. */
async function copy(tx: PoolClient, rows: readonly Buffer[]): Promise<void> {
  await tx.query(`set local role ${(await findLoaderRole(tx, TARGET))!}`);
  try {
    await copyRows(tx, TARGET, rows);
    expect(tx.getTransactionStatus()).toBe('T');
  } catch (error) {
    expect(tx.getTransactionStatus()).toBe('E');
    throw error;
  }
  await tx.query('set local role none');
}

const rows = async () => Number((await database.query<{ n: string }>('select count(*) as n from transactions'))[0]!.n);

test('data-import 13: three hundred COPYs in one transaction, each ended before the next statement begins', async () => {
  await scope(USER, async (tx) => {
    for (let n = 0; n < 300; n += 1) await copy(tx, pieces(n * 1000, n % 5 === 0 ? 1000 : n % 250));
  });
  const expected = Array.from({ length: 300 }, (_, n) => (n % 5 === 0 ? 1000 : n % 250)).reduce((sum, n) => sum + n, 0);
  expect(await rows()).toBe(expected);
});

test('data-import 13: sixty COPYs that fail behind a savepoint, early, late and at once: the transaction goes on', async () => {
  const attempts = 60;
  await scope(USER, async (tx) => {
    await copy(tx, pieces(5000, 1));
    for (let n = 0; n < attempts; n += 1) {
      // The row that is there already comes after n % 3 of the others: first, in the middle, last.
      const before = [0, 2500, 4999][n % 3]!;
      const failed = await trySavepoint(tx, { sqlStates: ['23505'], otherwise: async () => true }, async () =>
        copy(tx, pieces(5000 - before, 5000)).then(() => false),
      );
      expect(failed).toBe(true);
      await copy(tx, pieces(100_000 + n, 1));
    }
  });
  expect(await rows()).toBe(1 + attempts);
});

const REFUSED: readonly [what: string, row: Buffer, error: object][] = [
  ['a key that is there twice', encodeCopyRows([rowOf(1)]), { code: '23505', constraint: 'transactions_external_key' }],
  ['a date that there is not', encodeCopyRows([rowOf(MANY, '2026-02-30')]), { code: '22008' }],
  ['a row that is too short', Buffer.from(`${USER}\tchecking\n`), { code: '22P04' }],
  ['a byte that is no UTF-8', Buffer.from([0x75, 0xff, 0x0a]), { code: '22021' }],
];

test.each(REFUSED)(
  'data-import 13: %s, in the middle of a COPY: nothing is stored, and the client is usable',
  async (_what, row, error) => {
    const all = pieces(0, MANY);
    const bad = [...all.slice(0, 100), row, ...all.slice(100)];
    await expect(scope(USER, async (tx) => copy(tx, bad))).rejects.toMatchObject(error);
    expect(await rows()).toBe(0);
    const clients = pool.totalCount;
    await scope(USER, async (tx) => copy(tx, all));
    expect(await rows()).toBe(MANY);
    // The one that failed was given back, not replaced.
    expect(pool.totalCount).toBe(clients);
  },
);

/** A COPY that is kept at a place; what happens to its server process or its connection there; and the error that it ends with. */
async function interrupted(
  place: Pick<StopPlace, 'at' | 'bytes'>,
  happen: (copying: { stop: Stop; pid: number }) => Promise<void> | void,
): Promise<unknown> {
  const stop = proxy.stopAt({ scopeId: USER, marker: ({ sql }) => sql.startsWith('copy '), ...place });
  let pid = 0;
  const done = scope(USER, async (tx) => {
    pid = (await tx.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
    await tx.query(`set local role ${(await findLoaderRole(tx, TARGET))!}`);
    await copyRows(tx, TARGET, pieces(0, MANY));
  }).catch((error: unknown) => error);
  await waitFor(() => stop.reached(), 'the COPY to be at its place');
  await happen({ stop, pid });
  const error = await done;
  // Its rows could only come while there is such a process.
  await waitFor(
    async () => (await database.query('select 1 from pg_stat_activity where pid = $1', [pid])).length === 0,
    'the server process of the COPY to end',
  );
  return error;
}

/** No rows came, the client was removed from the pool, and the next one works. */
async function expectNothingLeft(): Promise<void> {
  expect(await rows()).toBe(0);
  expect(pool.totalCount).toBe(0);
  await scope(USER, async (tx) => copy(tx, pieces(0, 100)));
  expect(await rows()).toBe(100);
}

const PLACES: readonly [string, Pick<StopPlace, 'at' | 'bytes'>][] = [
  ['before it begins', { at: 'statement' }],
  ['in the middle of its data', { at: 'data', bytes: 1_000_000 }],
  ['after its data', { at: 'data', bytes: Number.POSITIVE_INFINITY }],
];

test.each(PLACES)(
  'data-import 13: a connection that is lost by a COPY %s: an error, no rows, another client',
  async (_where, place) => {
    const error = await interrupted(place, ({ stop }) => stop.cut());
    expect(error).toMatchObject({ message: expect.stringMatching(/Connection terminated|ECONNRESET|EPIPE/) });
    await expectNothingLeft();
  },
);

test('data-import 13: a server process that is ended in the middle of a COPY: an error, no rows, another client', async () => {
  const error = await interrupted({ at: 'data', bytes: 500_000 }, async ({ pid }) => {
    await database.query('select pg_terminate_backend($1, 10000)', [pid]);
  });
  expect(error).toMatchObject({ message: expect.stringMatching(/terminat|ECONNRESET|EPIPE/) });
  await expectNothingLeft();
});

test('a client that is asked before it is ready does warn, and is heard here', async () => {
  const client = await pool.connect();
  await Promise.all([1, 2, 3].map(async () => client.query('select 1')));
  client.release();
  expect(await around.takeWarnings()).toEqual([expect.stringContaining('already executing a query')]);
});
