import { DEFAULT_IMPORT_LIMITS, type ImportLimits } from '@backend/importer/activities';
import {
  type DataImportInput,
  type DataImportResult,
  IMPORT_HANDLERS,
  importWorkflowId,
} from '@backend/importer/contract';
import { failureOf } from '../../../test/support/failure-of';
import { untilBlocked } from '../../../test/support/wait';
import { TENANT } from '../src/contract';
import { type ChangingLimits, USER, createImporting } from './import-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

const DAY_S = 24 * 3600;
/** One batch a chunk, one chunk a slice: its time is over before it begins. */
const SMALL: ImportLimits = { ...DEFAULT_IMPORT_LIMITS, chunkBatches: 1, sliceMs: -1 };
const limits: ChangingLimits = { ...SMALL };
let rig: TraccRig;
const { start, run, progressOf, until, asked } = createImporting(() => rig);
/** What was in the database each time when a load ended with an error. */
const failedLoads: { rows: number; counted: number; batches: number }[] = [];
/** Loads, by import, whose answers are lost. */
const lostAnswers = new Map<string, number>();
/** What is to happen, by import, when a slice is validated and the workflow has not heard of it. */
const whenValidated = new Map<string, () => Promise<unknown>>();

beforeAll(async () => {
  rig = await startTraccRig({
    deps: { importLimits: limits },
    change: ({ importToDatabase, validateBatch }) => ({
      validateBatch: async (input) => {
        const slice = await validateBatch(input);
        await whenValidated.get(input.importId)?.();
        return slice;
      },
      importToDatabase: async (input) => {
        const slice = await importToDatabase(input).catch(async (error: unknown) => {
          failedLoads.push(await stateOf(input.importId));
          throw error;
        });
        const lost = lostAnswers.get(input.importId) ?? 0;
        if (lost === 0) return slice;
        lostAnswers.set(input.importId, lost - 1);
        throw new Error('the answer was lost');
      },
    }),
  });
  await addUser(rig.database, USER);
  // The checkpoint of a chunk fails, or waits for a lock of the test, when a test asks for it.
  await rig.database.query(`
    create table public.test_gates (import_id text, batch int, kind text);
    create sequence public.test_failures;
    create function public.test_gate() returns trigger language plpgsql security definer as $$
    begin
      if exists (select 1 from public.test_gates where import_id = new.import_id and batch = new.loaded_batches and kind = 'wait') then
        perform pg_advisory_xact_lock_shared(42);
      end if;
      if exists (select 1 from public.test_gates where import_id = new.import_id and batch = new.loaded_batches and kind = 'fail')
        and nextval('public.test_failures') <= 2 then
        raise exception 'the chunk fails';
      end if;
      return new;
    end $$;
    create trigger test_gate before update on imports for each row
      when (new.loaded_batches > old.loaded_batches) execute function public.test_gate()`);
});
beforeEach(() => void Object.assign(limits, SMALL));
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

async function stateOf(importId: string): Promise<{ rows: number; counted: number; batches: number }> {
  const [state] = await rig.database.query<{ rows: number; counted: number; batches: number }>(
    `select (select count(*)::int from transactions where import_id = $1) as rows,
       imported_rows + duplicate_rows as counted, loaded_batches as batches from imports where import_id = $1`,
    [importId],
  );
  return state!;
}

/** A file whose rows no other one has. */
const fileOf = (name: string, rows: number, more = '') =>
  Buffer.from(
    `Date,Amount,Description\n${more}${Array.from({ length: rows }, (_, at) => `2026-01-31,-${at}.50,${name} ${at}\n`).join('')}`,
  );

/** An import whose load waits in the transaction of a chunk until it is let go. */
async function startHeld(importId: string, { rows, batch }: { rows: number; batch: number }) {
  await rig.database.query(`insert into public.test_gates values ($1, $2, 'wait')`, [importId, batch]);
  await rig.database.query('select pg_advisory_lock(42)');
  const handle = await start(fileOf(importId, rows), { importId });
  await untilBlocked(rig.database);
  return { handle, letGo: async () => rig.database.query('select pg_advisory_unlock(42)') };
}

/** Waits until the load has been told to stop: that waits for the chunk, which waits for the test. */
const untilTold = async () => untilBlocked(rig.database, 2);

describe('commit', () => {
  test('data-import 13: 20,000 rows at most are one transaction', async () => {
    Object.assign(limits, DEFAULT_IMPORT_LIMITS);
    expect(await run(fileOf('chunks', 20_250), { importId: 'chunks' })).toMatchObject({
      status: 'completed',
      imported: 20_250,
    });
    const chunks = await rig.database.query<{ rows: number }>(
      `select count(*)::int as rows from transactions where import_id = 'chunks' group by xmin::text order by 1`,
    );
    expect(chunks).toEqual([{ rows: 250 }, { rows: 20_000 }]);
  });

  test('data-import 13: a chunk that fails leaves neither rows nor counts, and is loaded whole afterwards', async () => {
    await rig.database.query(`insert into public.test_gates values ('torn', 4, 'fail')`);
    failedLoads.length = 0;
    expect(await run(fileOf('torn', 650), { importId: 'torn' })).toMatchObject({
      imported: 650,
      duplicates: 0,
      errors: 0,
    });
    expect(failedLoads).toEqual([
      { rows: 300, counted: 300, batches: 3 },
      { rows: 300, counted: 300, batches: 3 },
    ]);
    expect(await stateOf('torn')).toEqual({ rows: 650, counted: 650, batches: 7 });
  });

  test('data-import 13: a chunk whose answer is lost is reported with its first counts, its duplicates too', async () => {
    await run(fileOf('overlap', 230), { importId: 'before' });
    lostAnswers.set('lost', 3);
    expect(await run(fileOf('overlap', 520), { importId: 'lost' })).toMatchObject({
      rows: 520,
      imported: 290,
      duplicates: 230,
    });
    expect(lostAnswers.get('lost')).toBe(0);
  });

  test('data-import 13: abort with a row error stores nothing, and the mended file is no repetition', async () => {
    const bad = fileOf('mended', 250, '2026-02-30,-1.00,no such day\n');
    const input: Partial<DataImportInput> = { onRowError: 'abort' };
    expect(await run(bad, { importId: 'aborted', ...input })).toMatchObject({
      status: 'aborted',
      rows: 251,
      imported: 0,
      errors: 1,
    });
    expect(await stateOf('aborted')).toEqual({ rows: 0, counted: 0, batches: 0 });
    expect(await run(bad, { importId: 'aborted-again', onRowError: 'skip' })).toMatchObject({
      imported: 250,
      errors: 1,
    });
    expect(await run(fileOf('mended', 250), { importId: 'mended', ...input })).toMatchObject({
      status: 'completed',
      duplicates: 250,
    });
  });
});

describe('handlers', () => {
  test('data-import 14: a cancel takes effect behind a chunk: what is in the database is whole batches, and is what it says', async () => {
    Object.assign(limits, { sliceMs: 60_000 });
    const { handle, letGo } = await startHeld('cancelled', { rows: 2000, batch: 3 });
    const cancelled = handle.executeUpdate(IMPORT_HANDLERS.cancel);
    await untilTold();
    await letGo();
    await cancelled;
    const result = (await handle.result()) as DataImportResult;
    expect(result).toMatchObject({ status: 'cancelled', rows: 2000, duplicates: 0, errors: 0 });
    expect(result.imported).toBeGreaterThanOrEqual(300);
    expect(result.imported).toBeLessThan(2000);
    expect(result.imported % 100).toBe(0);
    expect(await stateOf('cancelled')).toEqual({
      rows: result.imported,
      counted: result.imported,
      batches: result.imported / 100,
    });
    // The rest can still be imported: the file is not a repetition, the rows that are there are.
    expect(await run(fileOf('cancelled', 2000), { importId: 'cancelled-rest' })).toMatchObject({
      status: 'completed',
      imported: 2000 - result.imported,
      duplicates: result.imported,
    });
  });

  test('data-import 14: a paused import stands still behind a chunk and goes on where it was', async () => {
    Object.assign(limits, { sliceMs: 60_000 });
    const { handle, letGo } = await startHeld('paused', { rows: 2000, batch: 3 });
    await handle.signal(IMPORT_HANDLERS.pause);
    await untilTold();
    expect((await progressOf(handle)).phase).toBe('paused');
    await letGo();
    // The slice ends with what it has loaded; until then nothing is said of it.
    const progress = await until(handle, ({ batchesDone }) => batchesDone > 0 && batchesDone < 20);
    expect(progress).toMatchObject({ phase: 'paused', rows: 2000, validated: 2000, errors: 0, batchesTotal: 20 });
    expect(progress.imported).toBe(progress.batchesDone * 100);
    const { rows, batches } = await stateOf('paused');
    expect({ rows, batches }).toEqual({ rows: progress.imported, batches: progress.batchesDone });
    // A month of rest.
    await rig.env.sleep('30 days');
    expect(await stateOf('paused')).toMatchObject({ rows });
    await handle.signal(IMPORT_HANDLERS.resume);
    expect(await handle.result()).toMatchObject({ status: 'completed', imported: 2000, duplicates: 0 });
  });

  test('data-import 14: a paused import can be cancelled', async () => {
    const { handle, letGo } = await startHeld('paused-cancelled', { rows: 600, batch: 2 });
    await handle.signal(IMPORT_HANDLERS.pause);
    await untilTold();
    await letGo();
    await until(handle, ({ phase, batchesDone }) => phase === 'paused' && batchesDone > 0);
    await handle.executeUpdate(IMPORT_HANDLERS.cancel);
    const result = (await handle.result()) as DataImportResult;
    expect(result.status).toBe('cancelled');
    expect(await stateOf('paused-cancelled')).toMatchObject({ rows: result.imported });
  });

  test('data-import 14: an import that is cancelled during validation is cancelled, though abort would have ended it', async () => {
    const { workflow } = rig.env.client;
    whenValidated.set('cancelled-early', async () =>
      workflow
        .getHandle(importWorkflowId({ tenant: TENANT, importId: 'cancelled-early' }))
        .executeUpdate(IMPORT_HANDLERS.cancel),
    );
    const file = fileOf('cancelled-early', 250, '2026-02-30,-1.00,no such day\n');
    expect(await run(file, { importId: 'cancelled-early', onRowError: 'abort' })).toMatchObject({
      status: 'cancelled',
      rows: 251,
      imported: 0,
      errors: 1,
    });
    expect(await stateOf('cancelled-early')).toEqual({ rows: 0, counted: 0, batches: 0 });
  });

  test('data-import 14: a profile is taken only while it is asked for; progress counts rows and batches', async () => {
    const { handle, letGo } = await startHeld('unasked', { rows: 450, batch: 3 });
    const progress = await until(handle, ({ phase, imported }) => phase === 'importing' && imported === 200);
    expect(progress).toEqual({
      phase: 'importing',
      rows: 450,
      validated: 450,
      imported: 200,
      duplicates: 0,
      errors: 0,
      batchesDone: 2,
      batchesTotal: 5,
    });
    const answer = handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [{ dateFormat: 'DMY' }] });
    expect(await failureOf(answer)).toBe('InvalidInput');
    await letGo();
    expect(await handle.result()).toMatchObject({ status: 'completed', imported: 450 });
    expect(await progressOf(handle)).toMatchObject({ phase: 'done', imported: 450, batchesDone: 5 });
  });

  const ASKS = (name: string) =>
    Buffer.from(`Date;Amount;Description\n01/02/2026;1.234;${name}\n03/04/2026;5.678;${name}\n`);

  test('data-import 14: an import that has ended while it was paused is paused no more', async () => {
    const startPaused = async (importId: string) => {
      const handle = await start(ASKS(importId), { importId });
      await asked(handle);
      await handle.signal(IMPORT_HANDLERS.pause);
      expect((await progressOf(handle)).phase).toBe('paused');
      return handle;
    };
    const cancelled = await startPaused('paused-done');
    await cancelled.executeUpdate(IMPORT_HANDLERS.cancel);
    await cancelled.result();
    expect((await progressOf(cancelled)).phase).toBe('done');
    const failed = await startPaused('paused-failed');
    expect(await failureOf(failed.result())).toBe('InputTimeout');
    expect((await progressOf(failed)).phase).toBe('failed');
  });

  test('data-import 5, 14: columns are answered one by one, and none is forgotten', async () => {
    const handle = await start('Aa;Bb;Cc\n2026-03-04;-1.50;tea\n2026-03-05;-2.50;bread\n', { importId: 'columns' });
    expect((await until(handle, ({ needsInput }) => !!needsInput)).needsInput?.missing).toEqual(['date', 'amount']);
    const answer = async (columns: Readonly<Record<string, string>>) =>
      handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [{ columns }] });
    await answer({ date: 'Aa' });
    await until(handle, ({ needsInput }) => needsInput?.missing?.join() === 'amount');
    await answer({ amount: 'Bb' });
    await until(handle, ({ phase, needsInput }) => phase === 'done' || needsInput?.missing?.includes('date') === true);
    expect(await progressOf(handle)).toMatchObject({ phase: 'done', imported: 2 });
  });

  test('data-import 14: what is unsure is asked for one by one, and an answer on the last of seven days is in time', async () => {
    const handle = await start(ASKS('asked'), { importId: 'asked' });
    expect((await asked(handle)).needsInput?.code).toBe('AmbiguousDateFormat');
    await rig.env.sleep('167 hours');
    await handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [{ dateFormat: 'DD/MM/YYYY' }] });
    const second = await until(handle, ({ needsInput }) => needsInput?.code === 'AmbiguousNumberFormat');
    expect(second.needsInput?.choices).toEqual(['.', ',']);
    await rig.env.sleep('167 hours');
    await handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [{ decimal: ',' }] });
    expect(await handle.result()).toMatchObject({
      status: 'completed',
      imported: 2,
      dateFrom: '2026-02-01',
      dateTo: '2026-04-03',
      byCurrency: { EUR: { inMinor: '691200', outMinor: '0' } },
    });
  });

  test('data-import 14: without an answer an import fails after seven days, and has stored nothing', async () => {
    const handle = await start(ASKS('unanswered'), { importId: 'unanswered' });
    expect(await failureOf(handle.result())).toBe('InputTimeout');
    const { startTime, closeTime } = await handle.describe();
    const tookS = (closeTime!.getTime() - startTime.getTime()) / 1000;
    expect(tookS).toBeGreaterThanOrEqual(7 * DAY_S);
    expect(tookS).toBeLessThan(7.1 * DAY_S);
    expect(await stateOf('unanswered')).toEqual({ rows: 0, counted: 0, batches: 0 });
    expect(await rig.database.query(`select status, result from imports where import_id = 'unanswered'`)).toEqual([
      { status: 'failed', result: null },
    ]);
  });
});

test('data-import 3, 17: a preview is no import: its file is imported afterwards, and can be looked at again', async () => {
  const file = fileOf('looked at', 130);
  expect(await run(file, { importId: 'preview', mode: 'preview' })).toMatchObject({ rows: 130, imported: 0 });
  expect(await run(file, { importId: 'after-preview' })).toMatchObject({ status: 'completed', imported: 130 });
  const again = await run(file, { importId: 'preview-again', mode: 'preview' });
  expect(again).toMatchObject({ status: 'completed', rows: 130, imported: 0 });
  expect(again.preview).toHaveLength(50);
});

test('data-import 18: each step that works on a file or its rows has a heartbeat timeout of 30 seconds', async () => {
  const handle = await start(fileOf('beats', 10), { importId: 'beats' });
  await handle.result();
  const { events } = await handle.fetchHistory();
  const scheduled = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: activity }) =>
    activity ? [[activity.activityType?.name, Number(activity.heartbeatTimeout?.seconds)]] : [],
  );
  expect(Object.fromEntries(scheduled)).toMatchObject({
    inspectImportFile: 30,
    parseImportFile: 30,
    validateBatch: 30,
    importToDatabase: 30,
    finishImport: 30,
  });
});
