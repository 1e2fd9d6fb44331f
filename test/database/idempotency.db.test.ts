import { failureType } from '@backend/shared/failures';
import { idempotent, inScope } from '@backend/shared/pg';
import type { TestDatabase } from '@backend/shared/testing';
import { openTestDatabase } from '../support/servers';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase('tracc');
  for (const user of ['ana', 'bob'])
    await database.query(`insert into users (user_id, display_name, zone) values ($1, $1, 'UTC')`, [user]);
});
afterAll(async () => database.drop());

interface Call {
  readonly key: string;
  readonly request?: unknown;
  readonly onOtherRequest?: 'conflict' | 'first';
  readonly user?: string;
}

/** Adds a category whose name is the key, once; the result is a number that differs for each run of the effect. */
const runs: string[] = [];
async function call({ key, request = { amount: '1' }, onOtherRequest = 'conflict', user = 'ana' }: Call) {
  return inScope(database.pool, user, async (tx) =>
    idempotent(tx, { key, request, onOtherRequest }, async () => {
      runs.push(key);
      await tx.query(
        `insert into categories (user_id, category_id, name, kind) values (app.scope_id(), gen_random_uuid()::text, $1, 'expense')`,
        [key],
      );
      return { run: runs.length, minor: '-1250' };
    }),
  );
}

const effects = async (key: string): Promise<number> =>
  (await database.query(`select 1 from categories where name = $1`, [key])).length;

test('common: the same key and request gets the first result, and the effect happened once', async () => {
  const first = await call({ key: 'again' });
  expect(first).toEqual({ first: true, result: { run: runs.length, minor: '-1250' } });
  expect(await call({ key: 'again' })).toEqual({ first: false, result: first.result });
  expect(await effects('again')).toBe(1);
});

test('common: twenty calls at once run the effect once, and all report the first result', async () => {
  const answers = await Promise.all([...Array(20).keys()].map(async () => call({ key: 'at-once' })));
  expect(answers.filter(({ first }) => first)).toHaveLength(1);
  expect(new Set(answers.map(({ result }) => JSON.stringify(result))).size).toBe(1);
  expect(runs.filter((key) => key === 'at-once')).toHaveLength(1);
  expect(await effects('at-once')).toBe(1);
});

test("common: a client's key that comes with another request is a conflict, and nothing is written", async () => {
  await call({ key: 'conflict' });
  const error = await call({ key: 'conflict', request: { amount: '2' } }).catch((refused: unknown) => refused);
  expect(failureType(error)).toBe('IdempotencyConflict');
  expect(error).toMatchObject({
    nonRetryable: true,
    message: 'The key conflict was used before with another request.',
  });
  expect(await effects('conflict')).toBe(1);
});

test('common: a retry of our own activity gets the stored result whatever it asks for now', async () => {
  const { result } = await call({ key: 'retry', onOtherRequest: 'first' });
  expect(await call({ key: 'retry', request: { amount: '2' }, onOtherRequest: 'first' })).toEqual({
    result,
    first: false,
  });
  expect(await effects('retry')).toBe(1);
});

test('common: an effect that failed has not happened, and the key is free for the next try', async () => {
  const failing = inScope(database.pool, 'ana', async (tx) =>
    idempotent(tx, { key: 'fails', request: {}, onOtherRequest: 'conflict' }, async () => {
      await tx.query(
        `insert into categories (user_id, category_id, name, kind) values (app.scope_id(), 'half', 'fails', 'expense')`,
      );
      throw new Error('the network is gone');
    }),
  );
  await expect(failing).rejects.toThrow('the network is gone');
  expect(await effects('fails')).toBe(0);
  expect(await call({ key: 'fails', request: { another: true } })).toMatchObject({ first: true });
});

test('common: a call that waits for one that then fails runs the effect itself', async () => {
  let fail: (error: Error) => void = () => undefined;
  let claimed: () => void = () => undefined;
  const hold = new Promise<never>((_resolve, reject) => (fail = reject));
  const started = new Promise<void>((resolve) => (claimed = resolve));
  const first = inScope(database.pool, 'ana', async (tx) =>
    idempotent(tx, { key: 'waits', request: { amount: '1' }, onOtherRequest: 'conflict' }, async () => {
      claimed();
      return hold;
    }),
  );
  await started;
  const second = call({ key: 'waits' });
  fail(new Error('given up'));
  await expect(first).rejects.toThrow('given up');
  expect(await second).toMatchObject({ first: true });
  expect(await effects('waits')).toBe(1);
});

test("common: another user's key of the same name is another key", async () => {
  expect(await call({ key: 'shared-name' })).toMatchObject({ first: true });
  expect(await call({ key: 'shared-name', user: 'bob', request: { amount: '2' } })).toMatchObject({ first: true });
});

test('common: an effect without a result is remembered too', async () => {
  const quiet = async () =>
    inScope(database.pool, 'ana', async (tx) =>
      idempotent(tx, { key: 'quiet', request: null, onOtherRequest: 'conflict' }, async () => Promise.resolve()),
    );
  expect(await quiet()).toEqual({ first: true, result: undefined });
  expect(await quiet()).toEqual({ first: false, result: null });
});
