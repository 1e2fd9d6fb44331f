import { readFileSync } from 'node:fs';
import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DEFAULT_IMPORT_LIMITS } from '@backend/importer/activities';
import { type DataImportInput, IMPORT_HANDLERS, importWorkflowId } from '@backend/importer/contract';
import { userFailure } from '@backend/shared/failures';
import { fetchRuns } from '@backend/shared/testing';
import { failureOf } from '../../../test/support/failure-of';
import { waitFor } from '../../../test/support/wait';
import { TENANT, WORKFLOW_TYPES } from '../src/contract';
import { USER, createImporting } from './import-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

const EXAMPLES = path.join(__dirname, '..', '..', '..', 'examples', 'bank');
let rig: TraccRig;
const { options, start, run, until, asked } = createImporting(() => rig);
/** What happens to the import of an id, once, behind the step of that name. */
const mishaps = new Map<string, () => Promise<void>>();

beforeAll(async () => {
  const mishap = async (step: string, importId: string) => {
    const happen = mishaps.get(`${step} ${importId}`);
    mishaps.delete(`${step} ${importId}`);
    await happen?.();
  };
  rig = await startTraccRig({
    // Small chunks, so that the samples are several transactions.
    deps: { importLimits: { ...DEFAULT_IMPORT_LIMITS, chunkBytes: 4096 } },
    change: ({ inspectImportFile, parseImportFile, validateBatch }) => ({
      inspectImportFile: async (input) => {
        const inspected = await inspectImportFile(input);
        await mishap('inspected', input.importId);
        return inspected;
      },
      parseImportFile: async (input) => {
        const parsed = await parseImportFile(input);
        await mishap('parsed', input.importId);
        return parsed;
      },
      validateBatch: async (input) => {
        const slice = await validateBatch(input);
        await mishap('validated', input.importId);
        return slice;
      },
    }),
  });
  await addUser(rig.database, USER);
  await rig.database.query(
    `insert into accounts (user_id, account_id, name, kind, currency) values ($1, 'dollars', 'Dollars', 'checking', 'USD')`,
    [USER],
  );
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

/** Imports a file of the examples. */
const runExample = async (importId: string, filename: string, input: Partial<DataImportInput> = {}) =>
  run(readFileSync(path.join(EXAMPLES, filename)), { importId, filename, ...input });
const rowsOf = async (importId: string) =>
  (
    await rig.database.query<{ rows: number }>(`select count(*)::int as rows from transactions where import_id = $1`, [
      importId,
    ])
  )[0]!.rows;
const expected = (name: string) => JSON.parse(readFileSync(path.join(EXAMPLES, `${name}.expected.json`), 'utf8'));

test('data-import 13, 19: a clean file of a German bank is loaded whole and its sums are exact', async () => {
  const want = expected('sparkasse-2025');
  const result = await runExample('clean', 'sparkasse-2025.csv');
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
  expect(await runExample('clean-2', 'sparkasse-2025.csv')).toMatchObject({
    status: 'already_imported',
    importId: 'clean',
  });
  expect(await rowsOf('clean-2')).toBe(0);
});

test('data-import 11: forced again, every row is a duplicate of itself, identical rows of the file too', async () => {
  const { rows } = expected('sparkasse-2025');
  expect(await runExample('clean-3', 'sparkasse-2025.csv', { force: true })).toMatchObject({
    imported: 0,
    duplicates: rows,
  });
});

test('data-import 15, 19: bad rows are refused with line and code, the others are loaded', async () => {
  const want = expected('first-national-2025');
  const result = await runExample('bad', 'first-national-2025.csv', { accountId: 'dollars' });
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
  const result = await runExample('abort', 'first-national-2025.csv', {
    accountId: 'dollars',
    onRowError: 'abort',
    force: true,
  });
  expect(result).toMatchObject({ status: 'aborted', imported: 0, errors: 37 });
  expect(await rowsOf('abort')).toBe(0);
});

test('data-import 17: a preview validates everything, shows the first 50 rows and stores none', async () => {
  const result = await runExample('preview', 'first-national-2025.csv', { accountId: 'dollars', mode: 'preview' });
  expect(result).toMatchObject({ errors: 37, imported: 0 });
  expect(result.preview).toHaveLength(50);
  expect(await rowsOf('preview')).toBe(0);
});

test('data-import 6, 14: an ambiguous date format asks, and the answer goes on', async () => {
  const file = Buffer.from('Date,Amount,Description\n01/02/2026,-5.00,one\n03/04/2026,-6.00,two\n');
  const handle = await start(file, { importId: 'asks' });
  expect((await asked(handle)).needsInput?.code).toBe('AmbiguousDateFormat');
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
  const handle = await start(Buffer.concat([file, Buffer.from('05/06/2026,-7.00,three\n')]), { importId: 'cancel' });
  await asked(handle);
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
  expect(await failureOf(run(source, { importId, ...input, source }))).toBe(type);
  expect(await rig.database.query(`select 1 from imports where import_id = $1`, [importId])).toEqual([]);
});

test('data-import 21: a path outside the import directory is refused', async () => {
  const blob = await rig.blobs.put('Date,Amount\n2026-01-01,1.00\n');
  const source = { ...blob, ref: 'file:../../etc/hostname', filename: 'hostname.csv' };
  expect(await failureOf(run(source, { importId: 'outside' }))).toBe('InvalidInput');
});

const THREE_ROWS = (description: string) =>
  Buffer.from(
    `Date,Amount,Description\n2026-01-01,-5.00,${description}\n2026-01-02,-6.00,${description} b\n2026-01-03,-7.00,${description} c\n`,
  );

test('data-import 13: a chunk ends by its bytes too, at a whole batch', async () => {
  const chunks = await rig.database.query<{ rows: number }>(
    `select count(*)::int as rows from transactions where import_id = 'clean' group by xmin::text order by 1 desc`,
  );
  expect(chunks.length).toBeGreaterThan(1);
  for (const { rows } of chunks.slice(0, -1)) expect(rows % 100).toBe(0);
});

test('data-import 2, 13: an import that failed goes on under its id', async () => {
  const file = THREE_ROWS('failed');
  mishaps.set('validated revived', async () => {
    throw userFailure('TargetNotFound', 'for once');
  });
  expect(await failureOf(run(file, { importId: 'revived' }))).toBe('TargetNotFound');
  const statusOf = async () => rig.database.query(`select status from imports where import_id = 'revived'`);
  expect(await statusOf()).toEqual([{ status: 'failed' }]);
  expect(await run(file, { importId: 'revived' })).toMatchObject({
    status: 'completed',
    rows: 3,
    imported: 3,
    errors: 0,
  });
  expect(await statusOf()).toEqual([{ status: 'completed' }]);
  expect(await rowsOf('revived')).toBe(3);
});

test('data-import 17: a preview that failed has its result in the second run', async () => {
  mishaps.set('validated revived-preview', async () => {
    throw userFailure('TargetNotFound', 'for once');
  });
  const looked = [THREE_ROWS('previewed'), { importId: 'revived-preview', mode: 'preview' }] as const;
  expect(await failureOf(run(...looked))).toBe('TargetNotFound');
  const { preview } = await run(...looked);
  expect(preview).toHaveLength(3);
  expect(
    await rig.database.query(`select result -> 'preview' as preview from imports where import_id = 'revived-preview'`),
  ).toEqual([{ preview }]);
});

test.each([
  ['file', THREE_ROWS('another'), {}],
  ['target', THREE_ROWS('taken'), { accountId: 'dollars' }],
  ['mode', THREE_ROWS('taken'), { mode: 'preview' as const }],
])('data-import 1: an import id cannot be used again for another %s', async (what, file, input) => {
  const { args } = await options(THREE_ROWS('taken'), { importId: 'taken' });
  const first = importWorkflowId({ tenant: TENANT, importId: `taken-${what}` });
  await rig.execute(WORKFLOW_TYPES.dataImport, { workflowId: first, args });
  const again = await options(file, { importId: 'taken', ...input });
  const workflowId = importWorkflowId({ tenant: TENANT, importId: `taken-again-${what}` });
  expect(await failureOf(rig.execute(WORKFLOW_TYPES.dataImport, { ...again, workflowId }))).toBe('IdempotencyConflict');
  expect(await rig.database.query(`select status from imports where import_id = 'taken'`)).toEqual([
    { status: 'completed' },
  ]);
});

test('data-import 2, 21: a file that changes after its inspection is imported as it was inspected', async () => {
  const content = THREE_ROWS('kept');
  const file = path.join(rig.directory, 'changing.csv');
  await writeFile(file, content);
  const { sha256, bytes } = await rig.blobs.put(content);
  mishaps.set('inspected changing', async () => truncate(file, 30));
  const source = { ref: 'file:changing.csv', sha256, bytes, filename: 'changing.csv' };
  expect(await run(source, { importId: 'changing' })).toMatchObject({ status: 'completed', rows: 3, imported: 3 });
});

test('data-import 2: a file that lost rows after it was parsed fails, and is not tried for ever', async () => {
  const content = THREE_ROWS('torn');
  const { ref } = await rig.blobs.put(content);
  mishaps.set('parsed torn', async () => truncate(await rig.blobs.locate({ ref }), 60));
  expect(await failureOf(run(content, { importId: 'torn' }))).toBe('ChecksumMismatch');
  expect(await rowsOf('torn')).toBe(0);
});

test('data-import 1: a profile that is wrong is refused at the door and in the answer', async () => {
  const file = Buffer.from('Date,Amount,Description\n01/02/2026,-5.00,door\n03/04/2026,-6.00,door b\n');
  const wrong = { dateFormat: 5 } as unknown as NonNullable<DataImportInput['profile']>;
  expect(await failureOf(run(file, { importId: 'door', profile: wrong }))).toBe('InvalidInput');
  const handle = await start(file, { importId: 'door-2' });
  expect((await asked(handle)).needsInput).toMatchObject({ choices: ['DMY', 'MDY'] });
  expect(await failureOf(handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [wrong] }))).toBe('InvalidInput');
  await handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [{ dateFormat: 'DMY' }] });
  expect(await handle.result()).toMatchObject({ status: 'completed', imported: 2 });
});

test('data-import 18: a long history is handed over to a new run, with the profile and the pause', async () => {
  const file = Buffer.from('Date,Amount,Description\n01/02/2026,-5.00,long\n03/04/2026,-6.00,long b\n');
  const handle = await start(file, { importId: 'long' });
  const first = (await handle.describe()).runId;
  for (let sent = 0; sent < 1000; sent += 250) {
    await Promise.all(Array.from({ length: 250 }, async () => handle.signal(IMPORT_HANDLERS.pause)));
  }
  await waitFor(async () => (await handle.describe()).runId !== first, 'a new run');
  const { phase } = await until(handle, ({ needsInput }) => needsInput !== undefined);
  expect(phase).toBe('paused');
  await handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [{ dateFormat: 'DMY' }] });
  await handle.signal(IMPORT_HANDLERS.resume);
  expect(await handle.result()).toMatchObject({ status: 'completed', imported: 2 });
  const runs = await fetchRuns(rig.env.client.workflow, { workflowId: handle.workflowId, runId: first });
  expect(runs.length).toBeGreaterThan(1);
  for (const { events } of runs) expect(events!.length).toBeLessThan(1500);
}, 60_000);
