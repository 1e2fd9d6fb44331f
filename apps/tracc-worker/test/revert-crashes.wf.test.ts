import { DEFAULT_IMPORT_LIMITS } from '@backend/importer/activities';
import { revertWorkflowId } from '@backend/importer/contract';
import { failureType } from '@backend/shared/failures';
import { TENANT, WORKFLOW_TYPES } from '../src/contract';
import {
  CHUNK,
  failures,
  file,
  hooks,
  jobOf,
  limits,
  mishaps,
  newAccount,
  numbersOf,
  options,
  range,
  revert,
  revertOptions,
  rig,
  rowsOf,
  run,
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
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const reached = new Promise<void>((resolve) => {
      mishaps.set(`loaded ${importId}`, async () => {
        // The next step has read the job, and takes it for one that runs.
        hooks.aroundTransaction = async (work) => {
          hooks.aroundTransaction = undefined;
          const result = await work();
          resolve();
          await gate;
          return result;
        };
      });
    });
    const handle = await rig.start(WORKFLOW_TYPES.dataImport, await options(file(1, rows), { importId, accountId }));
    await reached;
    await rig.env.client.workflow.getHandle(handle.workflowId).terminate();
    const loaded = (await rowsOf(accountId)).length;
    expect(loaded).toBeGreaterThan(0);
    expect(await revert(importId)).toEqual({ deleted: loaded, keptEdited: 0 });
    const refused = new Promise<string | undefined>((resolve) => failures.set(importId, resolve));
    open();
    expect(await refused).toBe('ImportReverted');
    expect(await rowsOf(accountId)).toEqual([]);
    expect(await jobOf(importId)).toEqual({ status: 'reverted', deleted: loaded, kept: 0 });
  },
);

test('data-import 16: while another import has loaded rows into the same account, none is reverted there', async () => {
  const accountId = await newAccount();
  await run(file(1, 20), { importId: 'old', accountId });
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const loaded = new Promise<void>((resolve) => {
    mishaps.set('loaded new', async () => {
      resolve();
      await gate;
    });
  });
  const importing = rig.start(WORKFLOW_TYPES.dataImport, await options(file(11, 330), { importId: 'new', accountId }));
  await loaded;
  const failure = await revert('old').catch((error: unknown) => error);
  expect(failureType(failure)).toBe('ImportRunning');
  expect((await jobOf('old'))?.status).toBe('completed');
  open();
  expect(await (await importing).result()).toMatchObject({ imported: 310, duplicates: 10 });
  expect(await numbersOf(accountId)).toEqual(range(1, 330));
  expect(await revert('old')).toEqual({ deleted: 20, keptEdited: 0 });
});

test('data-import 16: an import into an account in which a revert is under way waits for its end, and takes no row for its own that goes', async () => {
  const accountId = await newAccount();
  await run(file(1, 250), { importId: 'leaving', accountId });
  await rig.database.query(
    `update transactions set notes = 'x' where import_id = 'leaving' and description = 'purchase 7'`,
  );
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  let transactions = 0;
  const begun = new Promise<void>((resolve) => {
    hooks.aroundTransaction = async (work) => {
      const result = await work();
      transactions += 1;
      // The job, the begin, the first chunk.
      if (transactions === 3) {
        hooks.aroundTransaction = undefined;
        resolve();
        await gate;
      }
      return result;
    };
  });
  const reverting = await rig.start(WORKFLOW_TYPES.revertImport, revertOptions('leaving'));
  await begun;
  expect(await jobOf('leaving')).toEqual({ status: 'reverting', deleted: 100, kept: null });
  const refused = new Promise<string | undefined>((resolve) => failures.set('coming', resolve));
  const importing = await rig.start(
    WORKFLOW_TYPES.dataImport,
    await options(file(1, 250), { importId: 'coming', accountId }),
  );
  expect(await refused).toBe('RevertUnderWay');
  open();
  expect(await reverting.result()).toEqual({ deleted: 249, keptEdited: 1 });
  expect(await importing.result()).toMatchObject({ status: 'completed', rows: 250, imported: 249, duplicates: 1 });
  expect(await numbersOf(accountId)).toEqual(range(1, 250));
});
