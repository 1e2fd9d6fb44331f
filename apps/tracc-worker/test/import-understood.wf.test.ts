import { type DataImportInput, IMPORT_HANDLERS } from '@backend/importer/contract';
import { book } from '../../../packages/importer/test/formats/workbook';
import { USER, createImporting } from './import-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

const MAX_QUESTION_BYTES = 32 * 1024;
const MAX_PAYLOAD_BYTES = 128 * 1024;
let rig: TraccRig;
const { start, run, until } = createImporting(() => rig);
beforeAll(async () => {
  rig = await startTraccRig();
  await addUser(rig.database, USER);
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const previewOf = (filename: string) => ({ importId: filename, filename, mode: 'preview' }) as const;
const preview = async (filename: string, file: Buffer, more: Partial<DataImportInput> = {}) =>
  run(file, { ...previewOf(filename), ...more });
/** What a preview asks; it is ended then, as the command does it. */
async function question(filename: string, file: Buffer) {
  const handle = await start(file, previewOf(filename));
  const { needsInput } = await until(handle, ({ phase }) => phase === 'needsInput' || phase === 'failed');
  await handle.executeUpdate(IMPORT_HANDLERS.cancel);
  expect(await handle.result()).toMatchObject({ status: 'cancelled', imported: 0 });
  return needsInput!;
}

const row = (number: number, cells: readonly string[]) =>
  `<row r="${number}">${cells.map((cell, at) => `<c r="${'ABCDEF'[at]}${number}" t="inlineStr"><is><t>${cell}</t></is></c>`).join('')}</row>`;
const SHEET = book({
  rows:
    row(2, ['Statement']) +
    row(4, ['Charged on', 'Shop', 'Till', 'Sum charged']) +
    row(5, ['13.03.2026', 'Bookshop', '', '-24,90']) +
    row(6, ['31.02.2026', 'Cinema', '', '-18,00']) +
    row(8, ['15.03.2026', 'Garage', '', '-1.310,45']),
});

test('data-import 5, 17: a spreadsheet whose header nobody knows asks, with its rows and what they suggest', async () => {
  const asked = await question('asks.xlsx', SHEET);
  expect(asked).toMatchObject({
    code: 'MissingColumn',
    missing: ['date', 'amount'],
    suggestion: { headerLine: 4, columns: { date: 'Charged on', amount: 'Sum charged', description: 'Shop' } },
    understood: { format: 'xlsx', encoding: { from: 'format' } },
  });
  expect(asked.understood!.delimiter).toBeUndefined();
  expect(asked.understood!.head).toEqual(
    expect.arrayContaining([{ line: 5, cells: ['13.03.2026', 'Bookshop', '', '-24,90'] }]),
  );
});

test.each([
  ['names', { columns: { date: 'Charged on', amount: 'Sum charged', description: 'Shop' } }],
  ['letters', { headerLine: 4, columns: { date: 'A', amount: 'D', description: 'B' } }],
  ['indexes', { headerLine: 4, columns: { date: 0, amount: 3, description: 1 } }],
])('data-import 1: the columns of a spreadsheet can be stated by %s, and lines are its rows', async (what, profile) => {
  const result = await preview(`${what}.xlsx`, SHEET, { profile });
  expect(result).toMatchObject({
    rows: 3,
    errors: 1,
    rowErrors: [{ line: 6, column: 'Charged on', code: 'InvalidDate' }],
    preview: [
      { line: '5', date: '2026-03-13', amount: '-24.90 EUR', description: 'Bookshop' },
      { line: '8', date: '2026-03-15', amount: '-1,310.45 EUR', description: 'Garage' },
    ],
    understood: {
      format: 'xlsx',
      headerLine: 4,
      skippedTop: 3,
      columns: [
        { role: 'date', name: 'Charged on', index: 0, from: 'stated' },
        { role: 'description', name: 'Shop', index: 1, from: 'stated' },
        { role: 'amount', name: 'Sum charged', index: 3, from: 'stated' },
      ],
      unused: ['Till'],
      unusedCount: 1,
      dates: { order: 'DMY', from: 'proof', proof: { line: 5, value: '13.03.2026' } },
      amounts: [{ decimal: ',', from: 'proof', proof: { line: 5, value: '-24,90' } }],
    },
  });
});

test('data-import 1: the columns of JSON can be stated by their keys, and delimiter and encoding of a profile are its own', async () => {
  const items = [
    { booked: { on: '2026-03-02' }, sum: '-4.80', shop: 'Bakery' },
    { booked: { on: '2026-03-03' }, sum: '-89.00', shop: 'Power' },
  ];
  const profile = { columns: { date: 'booked.on', amount: 'sum' }, delimiter: ';' as const };
  for (const [name, text] of [
    ['keys.json', JSON.stringify(items)],
    ['keys.ndjson', items.map((item) => JSON.stringify(item)).join('\n')],
  ] as const) {
    expect(await preview(name, Buffer.from(text), { profile })).toMatchObject({
      rows: 2,
      errors: 0,
      understood: {
        headerLine: 0,
        skippedTop: 0,
        unused: ['shop'],
        dates: { order: 'YMD', from: 'values', proof: { line: 1, value: '2026-03-02' } },
      },
    });
  }
});

test('data-import 9, 17: what a format fixes is not called stated or proven', async () => {
  const mt940 =
    ':20:S1\n:25:DE1\n:28C:1/1\n:60F:C260301EUR100,00\n:61:2603020302D25,00NMSCNONREF//B1\n:86:Bakery\n:62F:C260331EUR75,00\n-\n';
  const { understood, balance } = await preview('march.sta', Buffer.from(mt940));
  expect(balance).toBe('ok');
  expect(understood).toMatchObject({
    format: 'mt940',
    encoding: { from: 'format' },
    dates: { from: 'format' },
    amounts: expect.arrayContaining([expect.objectContaining({ role: 'amount', from: 'format' })]),
    totals: { byCurrency: { EUR: { inMinor: '0', outMinor: '-2500' } }, dateFrom: '2026-03-02', dateTo: '2026-03-02' },
  });
  expect(understood!.columns.every(({ from }) => from === 'format')).toBe(true);
});

test('data-import 6, 7, 17: what the user states is read so, and no longer asked', async () => {
  const file = Buffer.from('Date,Details,Amount\n03/04/2026,Coffee,-3.200\n05/06/2026,Train,-18.000\n');
  const profile = { dateFormat: 'MM/DD/YYYY', decimal: ',' as const, currency: 'USD', invertSign: true };
  expect(await preview('stated.csv', file, { profile })).toMatchObject({
    errors: 0,
    understood: {
      dates: { order: 'MDY', from: 'stated' },
      amounts: [{ decimal: ',', from: 'stated' }],
      currency: { code: 'USD', from: 'stated', hasColumn: false },
      totals: { byCurrency: { USD: { inMinor: '2120000' } }, dateFrom: '2026-03-04', dateTo: '2026-05-06' },
      unsure: [],
    },
  });
});

test('data-import 7: what other columns and the currency say is suggested, and never taken', async () => {
  const asked = async (name: string, text: string) => (await question(name, Buffer.from(text))).suggestion;
  expect(await asked('by-balance.csv', 'Datum;Betrag;Saldo\n13.03.2026;-1.200;3.121,50\n')).toEqual({ decimal: ',' });
  expect(await asked('by-currency.csv', 'Datum;Betrag\n13.03.2026;-1.095\n')).toEqual({ decimal: ',' });
  expect(await asked('by-nothing.csv', 'Datum;Betrag\n13.03.2026;-1.200\n')).toBeUndefined();
});

test('common: whatever the file holds, a question and a preview stay small', async () => {
  const wide = Array.from({ length: 250 }, (_, at) => `ગુજરાતી${at}${'ગ'.repeat(30)}`);
  const cells = wide.map(() => '語'.repeat(60));
  const unknown = Buffer.from(`${wide.join(',')}\n${`${cells.join(',')}\n`.repeat(60)}`);
  const asked = await question('wide.csv', unknown);
  expect(asked.code).toBe('MissingColumn');
  expect(bytesOf(asked)).toBeLessThan(MAX_QUESTION_BYTES);

  const known = ['Date', 'Amount', 'Description', ...wide];
  const line = ['2026-03-02', '-1.00', '語'.repeat(500), ...cells].join(',');
  const result = await preview('wide-known.csv', Buffer.from(`${known.join(',')}\n${`${line}\n`.repeat(60)}`));
  expect(result.preview!.length).toBeGreaterThan(10);
  expect(result.understood).toMatchObject({ unusedCount: 250, rows: 60 });
  expect(result.understood!.unused).toHaveLength(30);
  expect(bytesOf(result.understood)).toBeLessThan(MAX_QUESTION_BYTES);
  expect(bytesOf(result)).toBeLessThan(MAX_PAYLOAD_BYTES);
});

test('data-import 3, 17: a commit has no reading in its result, which goes into the history', async () => {
  const file = Buffer.from('Date,Amount\n2026-03-02,-1.00\n');
  const result = await preview('commit.csv', file, { mode: 'commit' });
  expect(result).toMatchObject({ status: 'completed', imported: 1 });
  expect(result.understood).toBeUndefined();
  expect(result.preview).toBeUndefined();
  expect(await preview('again.csv', file)).toMatchObject({
    understood: { unsure: [{ code: 'AlreadyImported' }] },
  });
});
