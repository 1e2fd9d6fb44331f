import { copyRows, createPool, encodeCopyRows, findLoaderRole, inTransaction } from '@backend/shared/pg';
import type { TestDatabase } from '@backend/shared/testing';
import { addUser } from '../../apps/tracc-worker/test/support';
import { openTestDatabase } from '../support/servers';

const COLUMNS = ['user_id', 'account_id', 'booking_date', 'amount_minor', 'currency', 'description', 'external_key'];
const TARGET = { table: 'transactions', columns: COLUMNS };
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase('tracc');
  await addUser(database, 'u1');
  await addUser(database, 'u2');
});
afterAll(async () => database.drop());

const rowOf = (user: string, description: string, key: number) => [
  user,
  'checking',
  '2026-03-05',
  -12345678901234567890n / 10n,
  'EUR',
  description,
  { hex: Buffer.alloc(16, key).toString('hex') },
];

async function load(scope: string, rows: ReturnType<typeof rowOf>[]): Promise<void> {
  await database.scope(scope, async (tx) => {
    expect(await findLoaderRole(tx, TARGET)).toBe('tracc_loader');
    await tx.query('set local role tracc_loader');
    await copyRows(tx, TARGET, [encodeCopyRows(rows)]);
  });
}

test('platform: the loader copies rows of the scope, whatever their texts hold', async () => {
  const texts = [
    'plain',
    'tab\there',
    'line\nend\r',
    'back\\slash \\N \\.',
    '\\.',
    '',
    'quote \' " ; --',
    '日本 🪷 é',
    '{a,b}',
  ];
  await load(
    'u1',
    texts.map((text, at) => rowOf('u1', text, at)),
  );
  expect(
    await database.query(
      `select description, amount_minor as minor from transactions where user_id = 'u1' order by external_key`,
    ),
  ).toEqual(texts.map((description) => ({ description, minor: '-1234567890123456789' })));
});

test("platform: the loader cannot load another scope's rows, nor any without a scope", async () => {
  await expect(load('u1', [rowOf('u1', 'mine', 101), rowOf('u2', "another's", 102)])).rejects.toMatchObject({
    code: '23514',
    constraint: 'transactions_loader_scope',
  });
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    await client.query('set local role tracc_loader');
    await expect(copyRows(client, TARGET, [encodeCopyRows([rowOf('u1', 'without', 103)])])).rejects.toMatchObject({
      code: '23514',
    });
  } finally {
    await client.query('rollback');
    client.release();
  }
  expect(await database.query(`select 1 from transactions where get_byte(external_key, 0) > 100`)).toEqual([]);
});

test('reliability S12: the loader cannot load rows in a session that never had a scope', async () => {
  const pool = createPool({ url: database.workerUrl, max: 1, name: 'test' });
  const loading = inTransaction(pool, async (tx) => {
    expect((await tx.query(`select current_setting('app.scope_id', true) as scope`)).rows).toEqual([{ scope: null }]);
    await tx.query('set local role tracc_loader');
    await copyRows(tx, TARGET, [encodeCopyRows([rowOf('u1', 'without', 104)])]);
  });
  await expect(loading).rejects.toMatchObject({ code: '23514', constraint: 'transactions_loader_scope' });
  await pool.end();
});

test('platform: whoever is no loader is not held by its check', async () => {
  const rows = await database.query(
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency)
     values ('u2', 'checking', '2026-01-01', 1, 'EUR') returning user_id`,
  );
  expect(rows).toEqual([{ user_id: 'u2' }]);
});

test('platform: a loader that was made after the migrations has no rights yet, and is not used before it has all of them', async () => {
  const found = async () => database.scope('u1', async (tx) => findLoaderRole(tx, TARGET));
  await database.query('revoke insert (external_key) on transactions from tracc_loader');
  expect(await found()).toBeUndefined();
  await database.query(`revoke insert (${COLUMNS.join(', ')}) on transactions from tracc_loader`);
  expect(await found()).toBeUndefined();
  await database.query(`grant insert (${COLUMNS.join(', ')}) on transactions to tracc_loader`);
  expect(await found()).toBe('tracc_loader');
});
