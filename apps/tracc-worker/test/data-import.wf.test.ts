import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type DataImportInput,
  type DataImportResult,
  IMPORT_HANDLERS,
  type ImportProgress,
  importWorkflowId,
} from '@backend/importer/contract';
import { failureType } from '@backend/shared/failures';
import { TENANT, WORKFLOW_TYPES } from '../src/contract';
import { type TraccRig, addUser, startTraccRig } from './support';

const USER = 'u1';
const EXAMPLES = path.join(__dirname, '..', '..', '..', 'examples', 'bank');
let rig: TraccRig;

beforeAll(async () => {
  rig = await startTraccRig();
  await addUser(rig.database, USER);
  await rig.database.query(
    `insert into accounts (user_id, account_id, name, kind, currency) values ($1, 'dollars', 'Dollars', 'checking', 'USD')`,
    [USER],
  );
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

const options = async (importId: string, file: string | Buffer, input: Partial<DataImportInput> = {}) => {
  const blob =
    typeof file === 'string' ? await rig.blobs.putFile(path.join(EXAMPLES, file)) : await rig.blobs.put(file);
  const filename = typeof file === 'string' ? file : 'inline.csv';
  return {
    workflowId: importWorkflowId({ tenant: TENANT, importId }),
    args: [{ importId, userId: USER, accountId: 'checking', source: { ...blob, filename }, ...input }],
  };
};
const run = async (...args: Parameters<typeof options>) =>
  rig.execute<DataImportResult>(WORKFLOW_TYPES.dataImport, await options(...args));
const rowsOf = async (importId: string) =>
  (
    await rig.database.query<{ rows: number }>(`select count(*)::int as rows from transactions where import_id = $1`, [
      importId,
    ])
  )[0]!.rows;
const expected = (name: string) => JSON.parse(readFileSync(path.join(EXAMPLES, `${name}.expected.json`), 'utf8'));

test('data-import 13, 19: a clean file of a German bank is loaded whole and its sums are exact', async () => {
  const want = expected('sparkasse-2025');
  const result = await run('clean', 'sparkasse-2025.csv');
  expect(result).toMatchObject({
    status: 'completed',
    rows: want.rows,
    imported: want.rows,
    duplicates: 0,
    errors: 0,
    batches: Math.ceil(want.rows / 100),
  });
  expect(result.byCurrency).toEqual({ EUR: { inMinor: want.sumInMinor, outMinor: want.sumOutMinor } });
  expect(result.warnings.map(({ code }) => code)).toEqual(['EncodingFallback']);
  expect(await rowsOf('clean')).toBe(want.rows);
});

test('data-import 3: the same file again is already imported, and no work is done', async () => {
  expect(await run('clean-2', 'sparkasse-2025.csv')).toMatchObject({ status: 'already_imported', importId: 'clean' });
  expect(await rowsOf('clean-2')).toBe(0);
});

test('data-import 11: forced again, every row is a duplicate of itself, identical rows of the file too', async () => {
  const { rows } = expected('sparkasse-2025');
  expect(await run('clean-3', 'sparkasse-2025.csv', { force: true })).toMatchObject({ imported: 0, duplicates: rows });
});

test('data-import 15, 19: bad rows are refused with line and code, the others are loaded', async () => {
  const want = expected('first-national-2025');
  const result = await run('bad', 'first-national-2025.csv', { accountId: 'dollars' });
  expect(result).toMatchObject({
    status: 'completed_with_errors',
    rows: want.rows,
    errors: want.errors,
    imported: want.rows - want.errors,
  });
  expect(result.rowErrors.map(({ line, code }) => ({ line, code }))).toEqual(want.lines);
  expect(result.byCurrency).toEqual({ USD: { inMinor: want.sumInMinor, outMinor: want.sumOutMinor } });
  const report = (await rig.blobs.read(result.errorReportRef!)).toString().trimEnd().split('\r\n');
  expect(report).toHaveLength(1 + want.errors);
  expect(report[0]).toBe('Date,Description,Debit,Credit,Balance,Reference,line,code');
});

test('data-import 13: abort stores nothing when a row has an error', async () => {
  const result = await run('abort', 'first-national-2025.csv', {
    accountId: 'dollars',
    onRowError: 'abort',
    force: true,
  });
  expect(result).toMatchObject({ status: 'aborted', imported: 0, errors: 37 });
  expect(await rowsOf('abort')).toBe(0);
});

test('data-import 17: a preview validates everything, shows the first 50 rows and stores none', async () => {
  const result = await run('preview', 'first-national-2025.csv', { accountId: 'dollars', mode: 'preview' });
  expect(result).toMatchObject({ errors: 37, imported: 0 });
  expect(result.preview).toHaveLength(50);
  expect(await rowsOf('preview')).toBe(0);
});

test('data-import 6, 14: an ambiguous date format asks, and the answer goes on', async () => {
  const file = Buffer.from('Date,Amount,Description\n01/02/2026,-5.00,one\n03/04/2026,-6.00,two\n');
  const handle = await rig.start(WORKFLOW_TYPES.dataImport, await options('asks', file));
  let progress = await handle.query<ImportProgress>(IMPORT_HANDLERS.progress);
  while (progress.phase !== 'needsInput') progress = await handle.query<ImportProgress>(IMPORT_HANDLERS.progress);
  expect(progress.needsInput?.code).toBe('AmbiguousDateFormat');
  await handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [{ dateFormat: 'DD/MM/YYYY' }] });
  expect(await handle.result()).toMatchObject({
    status: 'completed',
    imported: 2,
    dateFrom: '2026-02-01',
    dateTo: '2026-04-03',
  });
});

test('data-import 14: a cancelled import keeps whole batches and says how many rows are in the database', async () => {
  const file = Buffer.from('Date,Amount,Description\n01/02/2026,-5.00,one\n03/04/2026,-6.00,two\n');
  const handle = await rig.start(
    WORKFLOW_TYPES.dataImport,
    await options('cancel', Buffer.concat([file, Buffer.from('05/06/2026,-7.00,three\n')])),
  );
  let progress = await handle.query<ImportProgress>(IMPORT_HANDLERS.progress);
  while (progress.phase !== 'needsInput') progress = await handle.query<ImportProgress>(IMPORT_HANDLERS.progress);
  await handle.executeUpdate(IMPORT_HANDLERS.cancel);
  expect(await handle.result()).toMatchObject({ status: 'cancelled', imported: 0 });
});

test.each([
  ['ChecksumMismatch', { source: { ref: '', sha256: '0'.repeat(64), bytes: 1, filename: 'x.csv' } }],
  ['TargetNotFound', { accountId: 'nothing' }],
  ['InvalidInput', { mode: 'sideways' as 'commit' }],
])('data-import 2: bad input fails with %s before anything is written', async (type, input) => {
  const blob = await rig.blobs.put('Date,Amount\n2026-01-01,1.00\n');
  const source = { ...blob, filename: 'x.csv', ...('source' in input ? { sha256: input.source.sha256 } : {}) };
  const importId = `refused-${type}`;
  const error = await rig
    .execute(WORKFLOW_TYPES.dataImport, {
      workflowId: importWorkflowId({ tenant: TENANT, importId }),
      args: [{ importId, userId: USER, accountId: 'checking', ...input, source }],
    })
    .catch((failure: unknown) => failure);
  expect(failureType(error)).toBe(type);
  expect(await rig.database.query(`select 1 from imports where import_id = $1`, [importId])).toEqual([]);
});

test('data-import 21: a path outside the import directory is refused', async () => {
  const blob = await rig.blobs.put('Date,Amount\n2026-01-01,1.00\n');
  const error = await rig
    .execute(WORKFLOW_TYPES.dataImport, {
      workflowId: importWorkflowId({ tenant: TENANT, importId: 'outside' }),
      args: [
        {
          importId: 'outside',
          userId: USER,
          accountId: 'checking',
          source: { ...blob, ref: 'file:../../etc/hostname', filename: 'hostname.csv' },
        },
      ],
    })
    .catch((failure: unknown) => failure);
  expect(failureType(error)).toBe('InvalidInput');
});
