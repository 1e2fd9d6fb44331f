import { DEFAULT_IMPORT_LIMITS } from '@backend/importer/activities';
import { revertWorkflowId } from '@backend/importer/contract';
import { userFailure } from '@backend/shared/failures';
import { failureOf } from '../../../test/support/failure-of';
import type { Hold } from '../../../test/support/gate';
import { TENANT, WORKFLOW_TYPES } from '../src/contract';
import {
  CHUNK,
  failures,
  file,
  holdAt,
  holdTransaction,
  hooks,
  jobOf,
  limits,
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
  useRevertRig,
} from './revert-fixtures';

useRevertRig();

test('data-import 16: 45,000 rows go in chunks, and an attempt that is lost in the middle costs nothing', async () => {
  const accountId = await newAccount();
  // As they stand in the table after an import; how they got there is the business of other tests.
  await run(file(1, 1), { importId: 'large', accountId });
  await rig.database.query(
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, description, external_key, source, import_id, import_line)
     select user_id, account_id, booking_date, -n, currency, 'purchase ' || n, decode(md5('large ' || n), 'hex'), source, import_id, n
     from transactions, generate_series(2, 45000) n where import_id = 'large'`,
  );
  await rig.database.query(
    `update transactions set notes = 'x' where import_id = 'large' and import_line % 9000 = 8999`,
  );
  limits.revertRows = DEFAULT_IMPORT_LIMITS.revertRows;
  const left: (number | string)[] = [];
  hooks.aroundTransaction = async (work) => {
    const result = await work();
    const [{ rows }] = (await rig.database.query<{ rows: number }>(
      `select count(*)::int as rows from transactions where import_id = 'large'`,
    )) as [{ rows: number }];
    left.push(rows);
    if (left.length !== 4) return result;
    left.push('lost');
    throw new Error('the connection was lost behind the commit');
  };
  expect(await revert('large').finally(() => (limits.revertRows = CHUNK))).toEqual({
    deleted: 44_995,
    keptEdited: 5,
  });
  // The job, the begin, two chunks; then the same from the start, the last chunk and the end.
  expect(left).toEqual([45_000, 45_000, 25_000, 5_000, 'lost', 5_000, 5_000, 5, 5]);
}, 120_000);

test('data-import 16: wherever an attempt is lost, before a commit or behind one, the figures are right', async () => {
  const accountId = await newAccount();
  for (let at = 1, reached = true; reached; at += 1) {
    for (const when of ['before', 'behind'] as const) {
      const importId = `lost-${at}-${when}`;
      await run(file(1, 230), { importId, accountId });
      await rig.database.query(
        `update transactions set notes = 'x' where import_id = $1 and description = 'purchase 150'`,
        [importId],
      );
      let transactions = 0;
      reached = false;
      hooks.aroundTransaction = async (work) => {
        transactions += 1;
        if (transactions !== at) return work();
        reached = true;
        if (when === 'behind') await work();
        throw new Error('the connection was lost');
      };
      expect(await revert(importId)).toEqual({ deleted: 229, keptEdited: 1 });
      hooks.aroundTransaction = undefined;
      expect(await jobOf(importId)).toEqual({ status: 'reverted', deleted: 229, kept: 1 });
      expect(await numbersOf(accountId)).toEqual([150]);
      await rig.database.query('delete from transactions where import_id = $1', [importId]);
    }
  }
}, 120_000);

test('data-import 16: two attempts at once delete and count each row once', async () => {
  const accountId = await newAccount();
  await run(file(1, 450), { importId: 'both', accountId });
  const other = {
    ...revertOptions('both'),
    workflowId: revertWorkflowId({ tenant: TENANT, importId: 'both-other' }),
  };
  const results = await Promise.all([revert('both'), rig.execute(WORKFLOW_TYPES.revertImport, other)]);
  expect(results).toEqual([
    { deleted: 450, keptEdited: 0 },
    { deleted: 450, keptEdited: 0 },
  ]);
  expect(await jobOf('both')).toEqual({ status: 'reverted', deleted: 450, kept: 0 });
});

test.each([
  ['load', 'still-loading', 250],
  ['end', 'still-ending', 90],
])(
  'data-import 16: what still works on the %s of a terminated import when that is reverted writes nothing any more',
  async (_step, importId, rows) => {
    const accountId = await newAccount();
    const loadedOnce = holdAt(`loaded ${importId}`);
    const handle = await start(file(1, rows), { importId, accountId });
    await loadedOnce.reached;
    // The next step has read the job, and takes it for one that runs.
    const read = holdTransaction(1);
    loadedOnce.letGo();
    await read.reached;
    await rig.env.client.workflow.getHandle(handle.workflowId).terminate();
    const loaded = (await rowsOf(accountId)).length;
    expect(loaded).toBeGreaterThan(0);
    expect(await revert(importId)).toEqual({ deleted: loaded, keptEdited: 0 });
    const refused = new Promise<string | undefined>((resolve) => failures.set(importId, resolve));
    read.letGo();
    expect(await refused).toBe('ImportReverted');
    expect(await rowsOf(accountId)).toEqual([]);
    expect(await jobOf(importId)).toEqual({ status: 'reverted', deleted: loaded, kept: 0 });
  },
);

test('data-import 16: while another import has loaded rows into the same account, none is reverted there', async () => {
  const accountId = await newAccount();
  await run(file(1, 20), { importId: 'old', accountId });
  const loaded = holdAt('loaded new');
  const importing = await start(file(11, 330), { importId: 'new', accountId });
  await loaded.reached;
  expect(await failureOf(revert('old'))).toBe('ImportRunning');
  expect((await jobOf('old'))?.status).toBe('completed');
  loaded.letGo();
  expect(await importing.result()).toMatchObject({ imported: 310, duplicates: 10 });
  expect(await numbersOf(accountId)).toEqual(range(1, 330));
  expect(await revert('old')).toEqual({ deleted: 20, keptEdited: 0 });
});

test('data-import 16: an import into an account in which a revert is under way waits for its end, and takes no row for its own that goes', async () => {
  const accountId = await newAccount();
  await run(file(1, 250), { importId: 'leaving', accountId });
  await rig.database.query(
    `update transactions set notes = 'x' where import_id = 'leaving' and description = 'purchase 7'`,
  );
  // The job, the begin, the first chunk.
  const begun = holdTransaction(3);
  const reverting = await rig.start(WORKFLOW_TYPES.revertImport, revertOptions('leaving'));
  await begun.reached;
  expect(await jobOf('leaving')).toEqual({ status: 'reverting', deleted: 100, kept: null });
  const refused = new Promise<string | undefined>((resolve) => failures.set('coming', resolve));
  const importing = await start(file(1, 250), { importId: 'coming', accountId });
  expect(await refused).toBe('RevertUnderWay');
  begun.letGo();
  expect(await reverting.result()).toEqual({ deleted: 249, keptEdited: 1 });
  expect(await importing.result()).toMatchObject({ status: 'completed', rows: 250, imported: 249, duplicates: 1 });
  expect(await numbersOf(accountId)).toEqual(range(1, 250));
});

test('data-import 13, 16: an import that failed is not resumed when rows that it took for duplicates were reverted meanwhile', async () => {
  const accountId = await newAccount();
  await run(file(1, 20), { importId: 'found', accountId });
  const failHalfWay = async (importId: string, content: Buffer) => {
    mishaps.set(`loaded ${importId}`, async () => {
      throw userFailure('TargetNotFound', 'for once');
    });
    expect(await failureOf(run(content, { importId, accountId }))).toBe('TargetNotFound');
  };
  await failHalfWay('finder', file(11, 330));
  await failHalfWay('stranger', file(401, 720));
  expect(await revert('found')).toEqual({ deleted: 20, keptEdited: 0 });
  expect(await failureOf(run(file(11, 330), { importId: 'finder', accountId }))).toBe('ImportReverted');
  // One that has found none of them goes on where it was.
  expect(await run(file(401, 720), { importId: 'stranger', accountId })).toMatchObject({
    imported: 320,
    duplicates: 0,
  });
  expect(await run(file(11, 330), { importId: 'finder-2', accountId })).toMatchObject({
    status: 'completed',
    rows: 320,
  });
  expect(await numbersOf(accountId)).toEqual([...range(11, 330), ...range(401, 720)]);
});

/** An import of rows 11 to 330 that was terminated when it had loaded some, and what is still at work for it. */
async function abandon(importId: string, accountId: string): Promise<Hold> {
  const loaded = holdAt(`loaded ${importId}`);
  const handle = await start(file(11, 330), { importId, accountId });
  await loaded.reached;
  await rig.env.client.workflow.getHandle(handle.workflowId).terminate();
  return loaded;
}

test('data-import 16: an import that was terminated in the middle of its load keeps nobody from a revert, and cannot go on afterwards', async () => {
  const accountId = await newAccount();
  await run(file(1, 20), { importId: 'earlier', accountId });
  const { letGo } = await abandon('abandoned', accountId);
  expect(await revert('earlier').finally(letGo)).toEqual({ deleted: 20, keptEdited: 0 });
  expect((await jobOf('abandoned'))?.status).toBe('failed');
  expect(await failureOf(run(file(11, 330), { importId: 'abandoned', accountId }))).toBe('ImportReverted');
  await run(file(11, 330), { importId: 'abandoned-2', accountId });
  expect(await numbersOf(accountId)).toEqual(range(11, 330));
});

test('data-import 16: an import that is started again while a revert takes it for abandoned ends there', async () => {
  const accountId = await newAccount();
  await run(file(1, 20), { importId: 'before', accountId });
  const { letGo } = await abandon('back', accountId);
  letGo();
  const held = (await numbersOf(accountId)).slice(20);
  const validated = holdAt('validated back');
  let ended: Promise<string | undefined> | undefined;
  let transactions = 0;
  hooks.aroundTransaction = async (work) => {
    transactions += 1;
    // What is at work in the account is known; the revert is about to begin.
    if (transactions === 2) {
      hooks.aroundTransaction = undefined;
      ended = failureOf(run(file(11, 330), { importId: 'back', accountId }));
      await validated.reached;
    }
    return work();
  };
  expect(await revert('before')).toEqual({ deleted: 20, keptEdited: 0 });
  validated.letGo();
  expect(await ended).toBe('ImportReverted');
  expect(await numbersOf(accountId)).toEqual(held);
});
