import { type DataImportResult, IMPORT_HANDLERS, revertWorkflowId } from '@backend/importer/contract';
import { userFailure } from '@backend/shared/failures';
import { failureOf } from '../../../test/support/failure-of';
import { untilBlocked } from '../../../test/support/wait';
import { TENANT, WORKFLOW_TYPES } from '../src/contract';
import { USER } from './import-fixtures';
import {
  file,
  holdAt,
  jobOf,
  mishaps,
  newAccount,
  numbersOf,
  range,
  revert,
  revertOptions,
  rig,
  rowsOf,
  run,
  start,
  startWaiting,
  untilHeld,
  useRevertRig,
} from './revert-fixtures';

useRevertRig();

describe('what a revert takes back', () => {
  test('data-import 16: after a revert the same file is imported again, and gives the same rows', async () => {
    const accountId = await newAccount();
    expect(await run(file(1, 250), { importId: 'same-1', accountId })).toMatchObject({ imported: 250 });
    const before = await rowsOf(accountId);
    expect(await revert('same-1')).toEqual({ deleted: 250, keptEdited: 0 });
    expect(await rowsOf(accountId)).toEqual([]);
    expect(await jobOf('same-1')).toEqual({ status: 'reverted', deleted: 250, kept: 0 });
    expect(await run(file(1, 250), { importId: 'same-2', accountId })).toMatchObject({
      status: 'completed',
      imported: 250,
      duplicates: 0,
    });
    expect(await rowsOf(accountId)).toEqual(before);
  });

  test('data-import 16: edited rows stay and are counted; imported again they are duplicates and nothing is changed', async () => {
    const accountId = await newAccount();
    await run(file(1, 250), { importId: 'edited-1', accountId });
    const edited = [3, 100, 101, 250];
    await rig.database.query(
      `update transactions set notes = 'checked' where import_id = 'edited-1' and description = any ($1)`,
      [edited.map((n) => `purchase ${n}`)],
    );
    expect(await revert('edited-1')).toEqual({ deleted: 246, keptEdited: 4 });
    const kept = await rowsOf(accountId);
    expect(await numbersOf(accountId)).toEqual(edited);
    expect(await run(file(1, 250), { importId: 'edited-2', accountId })).toMatchObject({
      status: 'completed',
      rows: 250,
      imported: 246,
      duplicates: 4,
    });
    expect(await numbersOf(accountId)).toEqual(range(1, 250));
    expect((await rowsOf(accountId)).filter((row) => edited.includes(Number(row.description.slice(9))))).toEqual(kept);
  });

  test('data-import 16: whatever changes a row is an edit, and nobody can hide one', async () => {
    const accountId = await newAccount();
    await run(file(1, 20), { importId: 'kinds', accountId });
    const change = async (n: number, set: string) =>
      rig.database.scope(USER, async (tx) =>
        tx.query(`update transactions set ${set} where import_id = 'kinds' and description = 'purchase ${n}'`),
      );
    await change(2, `category_id = 'food'`);
    await change(3, `amount_minor = amount_minor + 1`);
    await change(4, `status = 'void'`);
    await change(5, `kind = 'transfer', transfer_id = 't'`);
    // As if nothing had happened.
    await change(6, `payee = 'another', updated_at = created_at`);
    await change(7, `notes = 'seen'`);
    await change(7, `edited_at = null, updated_at = created_at`);
    // There and back is an edit too.
    await change(8, `notes = 'x'`);
    await change(8, `notes = ''`);
    await change(9, `booking_date = '2026-02-01'`);
    // A row made a split, line by line.
    const line = (n: number, minor: number) =>
      rig.database.scope(USER, async (tx) =>
        tx.query(
          `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, description, parent_id)
           select user_id, account_id, booking_date, $1, currency, 'line', transaction_id from transactions
           where import_id = 'kinds' and description = $2`,
          [minor, `purchase ${n}`],
        ),
      );
    await line(10, -1000);
    await line(10, -50);
    // None of these is an edit: nothing changed, or only what the row may be a duplicate of.
    await change(11, `notes = notes, updated_at = now()`);
    await change(12, `possible_duplicate_of = (select min(transaction_id) from transactions)`);
    await change(12, `possible_duplicate_of = null`);
    expect(await revert('kinds')).toEqual({ deleted: 11, keptEdited: 9 });
    expect((await rowsOf(accountId)).map(({ description }) => description).sort()).toEqual(
      ['line', 'line', ...range(2, 10).map((n) => `purchase ${n}`)].sort(),
    );
  });

  test('data-import 16: an edit that is under way is waited for, and its row stays', async () => {
    const accountId = await newAccount();
    await run(file(1, 5), { importId: 'under-way', accountId });
    const editor = await rig.database.pool.connect();
    try {
      await editor.query('begin');
      await editor.query(`select set_config('app.scope_id', $1, true)`, [USER]);
      await editor.query(
        `update transactions set notes = 'now' where import_id = 'under-way' and description = 'purchase 3'`,
      );
      const reverting = rig.start(WORKFLOW_TYPES.revertImport, revertOptions('under-way'));
      await untilBlocked(rig.database);
      await editor.query('commit');
      expect(await (await reverting).result()).toEqual({ deleted: 4, keptEdited: 1 });
    } finally {
      editor.release();
    }
    expect(await numbersOf(accountId)).toEqual([3]);
  });

  test('data-import 12, 16: no row is left that names a deleted one as the row that it may be a duplicate of', async () => {
    const accountId = await newAccount();
    await run(file(1, 120), { importId: 'flagged-1', accountId });
    await run(file(201, 320), { importId: 'flagged-2', accountId });
    await rig.database.query(
      `update transactions t set possible_duplicate_of = o.transaction_id from transactions o
       where t.import_id = 'flagged-2' and o.import_id = 'flagged-1' and o.import_line = t.import_line`,
    );
    expect(await revert('flagged-1')).toEqual({ deleted: 120, keptEdited: 0 });
    expect(
      await rig.database.query(
        `select count(*)::int as rows, count(possible_duplicate_of)::int as flagged, count(edited_at)::int as edited
         from transactions where import_id = 'flagged-2'`,
      ),
    ).toEqual([{ rows: 120, flagged: 0, edited: 0 }]);
    expect(await revert('flagged-2')).toEqual({ deleted: 120, keptEdited: 0 });
  });

  test('data-import 16: rows of other imports, accounts and users are left alone', async () => {
    const [mine, other] = [await newAccount(), await newAccount()];
    await run(file(1, 30), { importId: 'alone-1', accountId: mine });
    await run(file(31, 60), { importId: 'alone-2', accountId: mine });
    await run(file(1, 30), { importId: 'alone-3', accountId: other });
    await run(file(1, 30), { importId: 'alone-4', userId: 'u2', accountId: 'checking' });
    expect(await revert('alone-1')).toEqual({ deleted: 30, keptEdited: 0 });
    expect(await numbersOf(mine)).toEqual(range(31, 60));
    expect(await numbersOf(other)).toEqual(range(1, 30));
    expect(
      await rig.database.query(`select count(*)::int as rows from transactions where import_id = 'alone-4'`),
    ).toEqual([{ rows: 30 }]);
  });
});

describe('what can be reverted', () => {
  test('data-import 16: an id that no import has is ImportNotFound, and so is one of another user', async () => {
    const accountId = await newAccount();
    await run(file(1, 3), { importId: 'mine', accountId });
    expect(await failureOf(revert('nobody'))).toBe('ImportNotFound');
    expect(await failureOf(revert('mine', 'u2'))).toBe('ImportNotFound');
    expect(await numbersOf(accountId)).toEqual([1, 2, 3]);
  });

  test.each([
    ['nothing', undefined],
    ['an empty id', { importId: '', userId: USER }],
    ['no user', { importId: 'x' }],
    ['a NUL', { importId: 'x\u0000', userId: USER }],
    ['a number', { importId: 5, userId: USER }],
    ['an id that is too long', { importId: 'x'.repeat(101), userId: USER }],
  ])('data-import 16: %s is refused before anything is looked for', async (what, input) => {
    const workflowId = revertWorkflowId({ tenant: TENANT, importId: `refused ${what}` });
    expect(await failureOf(rig.execute(WORKFLOW_TYPES.revertImport, { workflowId, args: [input] }))).toBe(
      'InvalidInput',
    );
  });

  test('data-import 16: a second revert gives the figures of the first, whatever has been imported or edited since', async () => {
    const accountId = await newAccount();
    await run(file(1, 10), { importId: 'twice-1', accountId });
    await rig.database.query(
      `update transactions set notes = 'x' where import_id = 'twice-1' and description = 'purchase 4'`,
    );
    const first = await revert('twice-1');
    expect(first).toEqual({ deleted: 9, keptEdited: 1 });
    await run(file(1, 10), { importId: 'twice-2', accountId });
    expect(await revert('twice-1')).toEqual(first);
    expect(await numbersOf(accountId)).toEqual(range(1, 10));
  });

  test('data-import 16: an import that has not ended is ImportRunning; when it has it can be reverted', async () => {
    const accountId = await newAccount();
    const validated = holdAt('validated not-ended');
    const importing = await start(file(1, 10), { importId: 'not-ended', accountId });
    await validated.reached;
    expect(await failureOf(revert('not-ended'))).toBe('ImportRunning');
    validated.letGo();
    expect(await importing.result()).toMatchObject({ status: 'completed', imported: 10 });
    expect(await revert('not-ended')).toEqual({ deleted: 10, keptEdited: 0 });
  });

  test('data-import 16: one that was cancelled before it had loaded anything can be reverted', async () => {
    const handle = await startWaiting({ importId: 'waiting', accountId: await newAccount() });
    await handle.executeUpdate(IMPORT_HANDLERS.cancel);
    expect(await handle.result()).toMatchObject({ status: 'cancelled' });
    expect(await revert('waiting')).toEqual({ deleted: 0, keptEdited: 0 });
  });

  test('data-import 16: one that was cancelled in the middle loses the rows that were in the database', async () => {
    const accountId = await newAccount();
    const loaded = holdAt('loaded cancelled');
    const handle = await start(file(1, 450), { importId: 'cancelled', accountId });
    await loaded.reached;
    const cancelling = handle.executeUpdate(IMPORT_HANDLERS.cancel);
    await untilHeld('cancelled');
    loaded.letGo();
    const { status, imported } = (await handle.result()) as DataImportResult;
    await cancelling;
    expect(status).toBe('cancelled');
    expect(imported).toBeGreaterThan(0);
    expect(imported).toBeLessThan(450);
    expect(await revert('cancelled')).toEqual({ deleted: imported, keptEdited: 0 });
    expect(await rowsOf(accountId)).toEqual([]);
    expect(await run(file(1, 450), { importId: 'cancelled-2', accountId })).toMatchObject({ imported: 450 });
  });

  test('data-import 16: one that was terminated from outside can be reverted, though it never ended', async () => {
    const accountId = await newAccount();
    const handle = await startWaiting({ importId: 'terminated', accountId });
    await rig.env.client.workflow.getHandle(handle.workflowId).terminate();
    expect((await jobOf('terminated'))?.status).toBe('running');
    expect(await revert('terminated')).toEqual({ deleted: 0, keptEdited: 0 });
    expect((await jobOf('terminated'))?.status).toBe('reverted');
  });

  test('data-import 16: one whose workflow the server knows no more can be reverted too', async () => {
    await rig.database.query(
      `insert into imports (import_id, scope_id, target, source, source_sha256, mode, on_row_error)
       values ('forgotten', $1, 'checking', '{}', '0', 'commit', 'skip')`,
      [USER],
    );
    expect(await revert('forgotten')).toEqual({ deleted: 0, keptEdited: 0 });
  });

  test('data-import 16: one that failed half way is reverted, and its id is used up', async () => {
    const accountId = await newAccount();
    mishaps.set('loaded failed', async () => {
      throw userFailure('TargetNotFound', 'for once');
    });
    expect(await failureOf(run(file(1, 300), { importId: 'failed', accountId }))).toBe('TargetNotFound');
    const loaded = (await rowsOf(accountId)).length;
    expect(loaded).toBeGreaterThan(0);
    expect(await revert('failed')).toEqual({ deleted: loaded, keptEdited: 0 });
    expect(await failureOf(run(file(1, 300), { importId: 'failed', accountId }))).toBe('ImportReverted');
    expect(await rowsOf(accountId)).toEqual([]);
    expect(await run(file(1, 300), { importId: 'failed-2', accountId })).toMatchObject({ imported: 300 });
  });

  test('data-import 16, 17: a preview and an aborted import have no rows to take back', async () => {
    const accountId = await newAccount();
    const bad = Buffer.concat([file(1, 3), Buffer.from('nonsense,-1.00,x,y\n')]);
    await run(bad, { importId: 'previewed', accountId, mode: 'preview' });
    expect(await revert('previewed')).toEqual({ deleted: 0, keptEdited: 0 });
    expect(await run(bad, { importId: 'aborted', accountId, onRowError: 'abort' })).toMatchObject({
      status: 'aborted',
    });
    expect(await revert('aborted')).toEqual({ deleted: 0, keptEdited: 0 });
    expect((await jobOf('aborted'))?.status).toBe('reverted');
    expect((await jobOf('previewed'))?.status).toBe('completed_with_errors');
  });

  test('data-import 3, 16: an import that found the file imported before is no import of its own', async () => {
    const accountId = await newAccount();
    await run(file(1, 3), { importId: 'original', accountId });
    expect(await run(file(1, 3), { importId: 'again', accountId })).toMatchObject({ status: 'already_imported' });
    expect(await failureOf(revert('again'))).toBe('ImportNotFound');
    expect(await numbersOf(accountId)).toEqual([1, 2, 3]);
  });
});

describe('imports that overlap', () => {
  test('data-import 16: rows that a second import took for duplicates go with the first; its file may then be imported again, and brings them back', async () => {
    const accountId = await newAccount();
    await run(file(1, 20), { importId: 'first', accountId });
    expect(await run(file(11, 30), { importId: 'second', accountId })).toMatchObject({ imported: 10, duplicates: 10 });
    expect(await revert('first')).toEqual({ deleted: 20, keptEdited: 0 });
    expect(await numbersOf(accountId)).toEqual(range(21, 30));
    // What the second one has said of itself stays; its content counts no longer as imported.
    expect(await run(file(11, 30), { importId: 'second-again', accountId })).toMatchObject({
      status: 'completed',
      rows: 20,
      imported: 10,
      duplicates: 10,
    });
    expect(await numbersOf(accountId)).toEqual(range(11, 30));
    // Now it does again.
    expect(await run(file(11, 30), { importId: 'second-third', accountId })).toMatchObject({
      status: 'already_imported',
    });
  });

  test('data-import 3, 16: a forced import of the same file, all duplicates, does not keep the content taken', async () => {
    const accountId = await newAccount();
    await run(file(1, 10), { importId: 'forced-1', accountId });
    expect(await run(file(1, 10), { importId: 'forced-2', accountId, force: true })).toMatchObject({ duplicates: 10 });
    await revert('forced-1');
    expect(await run(file(1, 10), { importId: 'forced-3', accountId })).toMatchObject({ imported: 10 });
  });

  test('data-import 3, 16: an import that has no duplicates stays imported whatever else is reverted', async () => {
    const accountId = await newAccount();
    await run(file(1, 10), { importId: 'apart-1', accountId });
    await run(file(11, 20), { importId: 'apart-2', accountId });
    await revert('apart-1');
    expect(await run(file(11, 20), { importId: 'apart-3', accountId })).toMatchObject({
      status: 'already_imported',
      importId: 'apart-2',
    });
  });
});
