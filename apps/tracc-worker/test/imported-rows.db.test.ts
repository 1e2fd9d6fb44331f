import type { BankRecord, KeyedRows } from '@backend/importer/records';
import type { TestDatabase } from '@backend/shared/testing';
import { hold } from '../../../test/support/gate';
import { openTestDatabase } from '../../../test/support/servers';
import { untilBlocked } from '../../../test/support/wait';
import { loadBankRows, openBankLoad } from '../src/repositories';
import { addUser } from './support';

const USER = 'u1';
const ACCOUNT = 'checking';
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase('tracc');
  await addUser(database, USER);
});
beforeEach(async () => database.query('truncate transactions'));
afterAll(async () => database.drop());

/** Rows whose key is their number. */
const keyed = (numbers: readonly number[]): KeyedRows<BankRecord> =>
  numbers.map((number) => ({
    key: number.toString(16).padStart(32, '0'),
    row: {
      line: number,
      date: '2026-03-05',
      amountMinor: -100n,
      currency: 'EUR',
      description: `row ${number}`,
      payee: '',
    },
  }));

async function load(
  importId: string,
  packsOf: readonly (readonly number[])[],
  { duplicatesExpected = false, after = async (): Promise<void> => undefined } = {},
) {
  return database.scope(USER, async (tx) => {
    const target = { importId, scopeId: USER, targetId: ACCOUNT };
    const packer = await openBankLoad(tx, target);
    const packs = packsOf.map((numbers) => packer.pack(keyed(numbers)));
    const loaded = await loadBankRows(tx, { ...target, packs, rows: packsOf.flat().length, duplicatesExpected });
    await after();
    return loaded;
  });
}

const stored = async () =>
  database.query<{ line: number; importId: string }>(
    `select import_line as line, import_id as "importId" from transactions order by import_line`,
  );

describe.each([{ duplicatesExpected: false }, { duplicatesExpected: true }])('%j', ({ duplicatesExpected }) => {
  test.each([
    [
      'no row is there',
      [
        [1, 2],
        [3, 4],
      ],
      [],
      4,
    ],
    ['some rows are there', [[1, 2], [3, 4], [5]], [2, 3, 9], 3],
    [
      'a whole batch is there',
      [
        [1, 2],
        [3, 4],
      ],
      [3, 4],
      2,
    ],
    [
      'all rows are there',
      [
        [1, 2],
        [3, 4],
      ],
      [1, 2, 3, 4],
      0,
    ],
    [
      'a key comes twice in the chunk',
      [
        [1, 2],
        [2, 3],
      ],
      [3],
      2,
    ],
  ])('data-import 11: %s', async (_, packs, there, imported) => {
    await load('before', [there]);
    expect(await load('now', packs, { duplicatesExpected })).toEqual({ imported, by: 'copy' });
    expect(await stored()).toEqual(
      [...new Set([...there, ...packs.flat()])]
        .sort((a, b) => a - b)
        .map((line) => ({ line, importId: there.includes(line) ? 'before' : 'now' })),
    );
  });

  test('data-import 11: a row that somebody else adds meanwhile is there once', async () => {
    // Committed only when the load below waits for it.
    const added = hold();
    const other = load('other', [[2]], { after: added.stop });
    await added.reached;
    const now = load('now', [[1, 2, 3]], { duplicatesExpected });
    await untilBlocked(database);
    added.letGo();
    expect(await now).toEqual({ imported: 2, by: 'copy' });
    expect(await other).toEqual({ imported: 1, by: 'copy' });
    expect(await stored()).toEqual([
      { line: 1, importId: 'now' },
      { line: 2, importId: 'other' },
      { line: 3, importId: 'now' },
    ]);
  });
});

test('platform: where the loader may not fill a column, rows go in by INSERT until it may', async () => {
  await database.query('revoke insert (external_id) on transactions from tracc_loader');
  expect(await load('now', [[1, 2], [3]])).toEqual({ imported: 3, by: 'insert' });
  await database.query('grant insert (external_id) on transactions to tracc_loader');
  expect(await load('later', [[3, 4]])).toEqual({ imported: 1, by: 'copy' });
});
