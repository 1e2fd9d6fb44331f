import type { TestDatabase } from '../testing';
import { openTestDatabase } from '../../../../test/support/servers';
import { createPool, createPoolCheck, describeDatabaseError, pingDatabase, sqlState } from '.';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase('tracc');
});
afterAll(async () => database?.drop());

const openPool = (max: number) => createPool({ url: database.workerUrl, max, name: 'ping' });

test('reliability R22: the ping fails when the database takes no more connections, also while the pool has some', async () => {
  const pool = openPool(2);
  try {
    await pool.query('select 1');
    await pingDatabase(pool, 5000);
    await database.query(`alter database ${database.name} connection limit 0`);
    await pool.query('select 1');
    const error: unknown = await pingDatabase(pool, 5000).catch((reason: unknown) => reason);
    expect(sqlState(error)).toBe('53300');
    expect(describeDatabaseError(error, database.workerUrl)).toMatch(/takes no more connections/);
  } finally {
    await database.query(`alter database ${database.name} connection limit -1`);
    await pool.end();
  }
});

test('platform: the ping takes no client of the pool, and leaves no session behind', async () => {
  const pool = openPool(1);
  const client = await pool.connect();
  try {
    await pingDatabase(pool, 5000);
    expect(pool.totalCount).toBe(1);
    const sessions = async () =>
      database.query(`select pid from pg_stat_activity where application_name = 'ping-probe'`);
    for (let look = 0; (await sessions()).length > 0; look += 1) expect(look).toBeLessThan(1000);
  } finally {
    client.release();
    await pool.end();
  }
});

test('platform: a pool without a free client is told of in time, is waited for in one place, and works again at once', async () => {
  const pool = openPool(1);
  const check = createPoolCheck(pool, 300);
  const client = await pool.connect();
  const refusals = await Promise.allSettled([check(), check(), check()]);
  expect(refusals.map((refusal) => (refusal as PromiseRejectedResult).reason as Error)).toEqual(
    refusals.map(() =>
      expect.objectContaining({
        message: 'No database connection came free within 300 ms: 1 of 1 are in use and 1 are waited for.',
      }),
    ),
  );
  expect(pool.waitingCount).toBe(1);
  client.release();
  await check();
  expect({ waiting: pool.waitingCount, idle: pool.idleCount }).toEqual({ waiting: 0, idle: 1 });
  await pool.end();
});
