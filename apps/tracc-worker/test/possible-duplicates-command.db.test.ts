import { newProgram, runCommand } from '@backend/shared/cli';
import type { TestDatabase } from '@backend/shared/testing';
import { openTestDatabase } from '../../../test/support/servers';
import { addImportCommands } from '../src/cli/import';
import { createPairs } from './possible-duplicates-fixtures';
import { addUser } from './support';

const USER = 'u1';
let database: TestDatabase;
const { addImport, flaggedPair, rowsOf, flagsOf, idsOf, asWorker } = createPairs(() => database);
let out = '';
let err = '';
const environment = { ...process.env };
beforeAll(async () => {
  database = await openTestDatabase('tracc');
  await addUser(database, USER);
  await addUser(database, 'u2');
  Object.assign(process.env, { DATABASE_URL: database.workerUrl, TRACC_USER: USER });
});
afterAll(async () => {
  process.env = environment;
  await database.drop();
});
beforeEach(() => {
  out = err = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => jest.restoreAllMocks());

async function command(...argv: string[]): Promise<number> {
  out = err = '';
  const program = newProgram('tracc', 'tracc');
  addImportCommands(program);
  return runCommand(program, ['import', 'duplicates', ...argv], () => undefined);
}

test('data-import 12: the pairs are shown side by side, with how alike they are and where the old row is from', async () => {
  await flaggedPair('shown', 2);
  await database.query(
    `update transactions set import_id = null, source = 'manual' where import_id = 'shown-old' and import_line = 3`,
  );
  const [first, second] = await idsOf('shown-new');
  expect(await command('shown-new')).toBe(0);
  const lines = out.split('\n').map((line) => line.trim().split(/ {2,}/));
  expect(lines.slice(0, 5)).toEqual([
    ['row', 'amount', 'date', 'text', 'from', 'alike'],
    [first, '-1.00 EUR', '2024-01-01', 'PURCHASE NO 0', 'this import', '100 %'],
    ['2024-01-01', 'purchase 0', 'shown-old.csv'],
    [second, '-1.01 EUR', '2024-01-02', 'PURCHASE NO 1', 'this import', '100 %'],
    ['2024-01-02', 'purchase 1', 'by hand'],
  ]);
  expect(out).toContain('tracc import duplicates shown-new --keep ROW');
  expect(await command('shown-new', '--json')).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    importId: 'shown-new',
    total: 2,
    pairs: [{ similarity: 1 }, { similarity: 1 }],
  });
  expect(await command('shown-new', '--limit', '1')).toBe(0);
  expect(out).toContain('… and 1 more: --limit 2');
});

/** Ids of the rows that count. */
const countedOf = async (importId: string) =>
  (
    await database.query<{ id: string }>(
      `select transaction_id as id from transactions where import_id = $1 and status <> 'void' order by import_line`,
      [importId],
    )
  ).map(({ id }) => id);

test('data-import 12: --keep takes the flag off and --drop makes the imported row void, both at once', async () => {
  await flaggedPair('decided', 4);
  const [first, second, third, fourth] = await idsOf('decided-new');
  const old = await idsOf('decided-old');
  expect(await command('decided-new', '--keep', first!, second!, '--drop', third!)).toBe(0);
  expect(out).toBe('2 rows kept\n1 row dropped\n');
  expect(await countedOf('decided-new')).toEqual([first, second, fourth]);
  expect(await flagsOf('decided-new')).toEqual([null, null, old[2], old[3]]);
  expect(await idsOf('decided-old')).toEqual(old);
  expect(await command('decided-new', '--drop', 'all', '--json')).toBe(0);
  expect(JSON.parse(out)).toEqual({ importId: 'decided-new', kept: [], dropped: [fourth] });
  expect(await countedOf('decided-new')).toEqual([first, second]);
  expect(await command('decided-new')).toBe(0);
  expect(out).toBe('no row of decided-new is flagged as a possible duplicate\n');
});

test('data-import 12: named rows are taken before all the others', async () => {
  await flaggedPair('rest', 3);
  const [, second] = await idsOf('rest-new');
  expect(await command('rest-new', '--drop', 'all', '--keep', second!)).toBe(0);
  expect(out).toBe('1 row kept\n2 rows dropped\n');
  expect(await countedOf('rest-new')).toEqual([second]);
});

test('data-import 12: a dropped row takes the lines of its split along, and what doubles it doubles the row behind it', async () => {
  const accountId = await flaggedPair('lines', 2);
  await addImport('lines-third', accountId, 2, 'third');
  const [old, [first, second], [third]] = [
    await idsOf('lines-old'),
    await idsOf('lines-new'),
    await idsOf('lines-third'),
  ] as const;
  await asWorker(`update transactions set possible_duplicate_of = $1 where transaction_id = $2`, [first, third]);
  await asWorker(
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, parent_id)
     values ($1, $2, '2024-01-01', -100, 'EUR', $3)`,
    [USER, accountId, first],
  );
  expect(await command('lines-new', '--drop', first!)).toBe(0);
  expect(await database.query(`select status from transactions where parent_id = $1`, [first])).toEqual([
    { status: 'void' },
  ]);
  expect((await flagsOf('lines-third'))[0]).toBe(old[0]);
  expect(await command('lines-new', '--drop', first!)).toBe(1);
  // Nothing is left of a dropped row when the row that it doubles is gone.
  await asWorker(`delete from transactions where import_id = $1`, ['lines-old']);
  expect(await rowsOf('lines-new')).toEqual([{ id: second, line: 3, flag: null }]);
});

test('data-import 12: a row that is not flagged, of another import or another user is refused, and nothing is changed', async () => {
  const accountId = await flaggedPair('refused', 2);
  await addImport('refused-other', accountId, 2, 'something else');
  const [first] = await idsOf('refused-new');
  const before = await flagsOf('refused-new');
  for (const wrong of [(await idsOf('refused-old'))[0]!, (await idsOf('refused-other'))[0]!, '999999999']) {
    expect(await command('refused-new', '--keep', first!, '--drop', wrong)).toBe(1);
    expect(err).toContain(`row ${wrong} is no possible duplicate of import refused-new; nothing was changed`);
  }
  expect(await command('refused-new', '--user', 'u2', '--drop', first!)).toBe(1);
  expect(err).toContain('there is no import refused-new');
  for (const argv of [
    ['--keep', 'x'],
    ['--keep', first!, '--drop', first!],
    ['--keep', 'all', '--drop', 'all'],
    ['--limit', '0'],
  ])
    expect(await command('refused-new', ...argv)).toBe(2);
  expect(await flagsOf('refused-new')).toEqual(before);
  expect(await idsOf('refused-other')).toHaveLength(2);
});
