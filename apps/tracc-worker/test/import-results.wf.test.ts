import type { DataImportInput } from '@backend/importer/contract';
import fc from 'fast-check';
import { failureOf } from '../../../test/support/failure-of';
import { USER, createImporting } from './import-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

let rig: TraccRig;
const importing = createImporting(() => rig);
beforeAll(async () => {
  rig = await startTraccRig();
  await addUser(rig.database, USER);
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

let count = 0;
async function run(file: string, input: Partial<DataImportInput> = {}) {
  count += 1;
  return importing.run(file, { importId: `import-${count}`, ...input });
}
const statusOf = async (importId: string) =>
  (await rig.database.query<{ status: string }>(`select status from imports where import_id = $1`, [importId]))[0]
    ?.status;

const GOOD = 'Date,Amount,Description\n2026-01-01,-1.50,one\n2026-01-02,2.00,two\n';
const BAD = `${GOOD}2026-02-30,3.00,no such day\n`;

test('data-import 19: every status, as result and in the list of imports', async () => {
  const completed = await run(GOOD);
  expect(completed).toMatchObject({ status: 'completed', rows: 2, imported: 2, errors: 0 });
  const again = await run(GOOD);
  expect(again).toEqual({ ...completed, status: 'already_imported' });
  const withErrors = await run(BAD);
  expect(withErrors).toMatchObject({ status: 'completed_with_errors', rows: 3, imported: 0, duplicates: 2, errors: 1 });
  const aborted = await run(BAD, { onRowError: 'abort', accountId: 'savings' });
  expect(aborted).toMatchObject({ status: 'aborted', rows: 3, imported: 0, duplicates: 0, errors: 1 });
  for (const { importId, status } of [completed, withErrors, aborted]) expect(await statusOf(importId)).toBe(status);

  expect(await failureOf(run(`${GOOD}13/01/2026,1.00,\n01/13/2026,1.00,\n`))).toBe('MixedDateFormats');
  expect(await statusOf(`import-${count}`)).toBe('failed');
});

test('data-import 19: a file without a row is completed, with nothing in it', async () => {
  expect(await run('Date,Amount,Description\n\n  \n')).toEqual({
    importId: `import-${count}`,
    status: 'completed',
    rows: 0,
    imported: 0,
    duplicates: 0,
    possibleDuplicates: 0,
    errors: 0,
    skippedBlank: 2,
    pendingSkipped: 0,
    batches: 0,
    byCurrency: {},
    dateFrom: null,
    dateTo: null,
    balance: 'unknown',
    warnings: [],
    rowErrors: [],
  });
});

// What becomes of a row is decided when it is made; the results are compared with sums over that.
interface Row {
  readonly day: number;
  readonly minor: number;
  readonly shop: number;
  /** How the name of the shop is written; all ways are the same name. */
  readonly spelling: number;
  readonly currency: 'EUR' | 'USD';
  /** An id of the bank's. */
  readonly id?: number | undefined;
  /** What is wrong with it. */
  readonly fault?: (typeof FAULTS)[number] | undefined;
}

const FAULTS = ['date', 'amount', 'columns', 'currency'] as const;
const SPELLINGS = [
  (name: string) => name,
  (name: string) => name.toUpperCase(),
  (name: string) => `  ${name.replace(' ', '   ')} `,
];

const dateOf = ({ day }: Row) => `2026-03-${String(day).padStart(2, '0')}`;
const amountOf = (minor: number) => {
  const digits = String(Math.abs(minor)).padStart(3, '0');
  return `${minor < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};

function lineOf(row: Row): string {
  const description = SPELLINGS[row.spelling]!(`shop ${row.shop}`);
  const cells = [
    dateOf(row),
    description,
    amountOf(row.minor),
    row.currency,
    row.id === undefined ? '' : `id-${row.id}`,
  ];
  if (row.fault === 'date') cells[0] = '2026-02-30';
  if (row.fault === 'amount') cells[2] = '1.2.3';
  if (row.fault === 'columns') cells.pop();
  if (row.fault === 'currency') cells[3] = 'XYZ';
  return cells.join(',');
}

const row: fc.Arbitrary<Row> = fc.record({
  // Few of each, so that equal rows are usual.
  day: fc.integer({ min: 1, max: 3 }),
  minor: fc.constantFrom(-1250, -5, 0, 5, 1250),
  shop: fc.integer({ min: 1, max: 3 }),
  spelling: fc.nat({ max: SPELLINGS.length - 1 }),
  currency: fc.constantFrom('EUR' as const, 'EUR' as const, 'USD' as const),
  id: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined, freq: 2 }),
  fault: fc.option(fc.constantFrom(...FAULTS), { nil: undefined, freq: 8 }),
});

/** What an account has after some files, by the rule: the same id, or as many equal rows as the file with most of them. */
class Account {
  private readonly ids = new Set<string>();
  private readonly equal = new Map<string, number>();

  /** Adds a file; the rows of it that are new. */
  add(rows: readonly Row[]): Row[] {
    const seen = new Map<string, number>();
    return rows.filter((each) => {
      if (each.fault) return false;
      const what = [dateOf(each), each.minor, each.currency].join();
      if (each.id !== undefined) {
        const key = `${each.id},${what}`;
        return !this.ids.has(key) && !!this.ids.add(key);
      }
      const key = `${each.shop},${what}`;
      const nth = (seen.get(key) ?? 0) + 1;
      seen.set(key, nth);
      const isNew = nth > (this.equal.get(key) ?? 0);
      if (isNew) this.equal.set(key, nth);
      return isNew;
    });
  }
}

test('data-import 11, 13, 19: of any files into one account rows = imported + duplicates + errors, each of them as it was made', async () => {
  const files = fc.array(fc.array(row, { maxLength: 260 }), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(files, async (history) => {
      const accountId = await importing.newAccount();
      const account = new Account();
      let stored = 0;
      for (const rows of history) {
        const added = account.add(rows);
        const errors = rows.filter(({ fault }) => fault).length;
        const lines = ['Date,Description,Amount,Currency,Transaction ID', ...rows.map(lineOf)];
        const result = await run(`${lines.join('\n')}\n`, { accountId, force: true });
        const sums = new Map<string, { in: number; out: number }>();
        for (const { minor, currency } of added) {
          const sum = sums.get(currency) ?? { in: 0, out: 0 };
          sums.set(currency, { in: sum.in + Math.max(0, minor), out: sum.out + Math.min(0, minor) });
        }
        const dates = added.map(dateOf).sort();
        expect(result).toMatchObject({
          status: errors > 0 ? 'completed_with_errors' : 'completed',
          rows: rows.length,
          imported: added.length,
          duplicates: rows.length - added.length - errors,
          errors,
          batches: Math.ceil(rows.length / 100),
          byCurrency: Object.fromEntries(
            [...sums].map(([currency, sum]) => [currency, { inMinor: String(sum.in), outMinor: String(sum.out) }]),
          ),
          dateFrom: dates[0] ?? null,
          dateTo: dates.at(-1) ?? null,
        });
        expect(result.rows).toBe(result.imported + result.duplicates + result.errors);
        expect(result.rowErrors).toHaveLength(Math.min(100, errors));
        expect(result.rowErrors.map(({ line }) => line)).toEqual(
          rows.flatMap(({ fault }, at) => (fault ? [at + 2] : [])).slice(0, 100),
        );
        stored += added.length;
        const [found] = await rig.database.query<{ rows: number }>(
          'select count(*)::int as rows from transactions where account_id = $1',
          [accountId],
        );
        expect(found).toEqual({ rows: stored });
      }
    }),
    { numRuns: 15 },
  );
}, 120_000);
