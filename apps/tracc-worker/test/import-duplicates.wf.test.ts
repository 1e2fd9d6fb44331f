import { type DataImportInput, IMPORT_HANDLERS } from '@backend/importer/contract';
import { dropFlaggedRows } from '../src/repositories';
import { USER, createImporting } from './import-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

let rig: TraccRig;
const { newAccount, revert, ...importing } = createImporting(() => rig);
beforeAll(async () => {
  rig = await startTraccRig();
  await addUser(rig.database, USER);
  await addUser(rig.database, 'u2');
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

let imports = 0;
const wanted = (accountId: string, input: Partial<DataImportInput>) => ({
  importId: `i${(imports += 1)}`,
  accountId,
  filename: `${imports}.csv`,
  ...input,
});
const start = async (accountId: string, content: string, input: Partial<DataImportInput> = {}) =>
  importing.start(content, wanted(accountId, input));
const run = async (accountId: string, content: string, input: Partial<DataImportInput> = {}) =>
  importing.run(content, wanted(accountId, input));

const rowsOf = async (accountId: string) =>
  rig.database.query<Record<string, string>>(
    `select import_id as import, booking_date::text as date, amount_minor as minor, currency, description, external_id as id
     from transactions where account_id = $1 order by transaction_id`,
    [accountId],
  );

const HEADER = 'Date,Amount,Description,Payee,Currency,Transaction ID';
const file = (...rows: string[]) => [HEADER, ...rows, ''].join('\n');
const ROW = '2026-03-02,-5.00,Rewe,Shop,EUR,';

describe('the same file again', () => {
  test('data-import 3: the earlier import is the answer, under any file name, after one look at the file', async () => {
    const account = await newAccount();
    const first = await run(account, file(ROW, '2026-03-03,-6.00,Netflix,,EUR,'));
    const again = await start(account, file(ROW, '2026-03-03,-6.00,Netflix,,EUR,'));
    expect(await again.result()).toEqual({ ...first, status: 'already_imported' });
    expect(await rowsOf(account)).toHaveLength(2);
    const { events } = await again.fetchHistory();
    expect(events?.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [])).toEqual([
      'inspectImportFile',
    ]);
    const importId = again.workflowId.split('/').at(-1);
    expect(await rig.database.query('select 1 from imports where import_id = $1', [importId])).toEqual([]);
  });

  test('data-import 3: an import that was complete but for refused rows counts as complete', async () => {
    const account = await newAccount();
    const first = await run(account, file(ROW, '2026-03-03,much,Netflix,,EUR,'));
    expect(first.status).toBe('completed_with_errors');
    expect(await run(account, file(ROW, '2026-03-03,much,Netflix,,EUR,'))).toMatchObject({
      status: 'already_imported',
      importId: first.importId,
    });
  });

  test('data-import 3: another account, another user and another byte are other imports', async () => {
    const account = await newAccount();
    await run(account, file(ROW));
    expect(await run(await newAccount(), file(ROW))).toMatchObject({ status: 'completed', imported: 1, duplicates: 0 });
    await newAccount(account, 'u2');
    expect(await run(account, file(ROW), { userId: 'u2' })).toMatchObject({ status: 'completed', imported: 1 });
    expect(await run(account, `${file(ROW)}\n`)).toMatchObject({ status: 'completed', imported: 0, duplicates: 1 });
  });

  test('data-import 3: an import that stored nothing, or not all, is none', async () => {
    const account = await newAccount();
    const bad = file(ROW, '2026-03-03,much,Netflix,,EUR,');
    expect(await run(account, bad, { onRowError: 'abort' })).toMatchObject({ status: 'aborted' });
    expect(await run(account, bad)).toMatchObject({ status: 'completed_with_errors', imported: 1, duplicates: 0 });

    const asks = 'Date,Amount,Description\n01/02/2026,-5.00,one\n';
    const waiting = await start(account, asks);
    await expect(waiting.executeUpdate(IMPORT_HANDLERS.cancel)).resolves.toBeDefined();
    expect(await waiting.result()).toMatchObject({ status: 'cancelled', imported: 0 });
    expect(await run(account, asks, { profile: { dateFormat: 'DMY' } })).toMatchObject({
      status: 'completed',
      imported: 1,
    });
  });

  test('data-import 3: with force it is imported, and its rows are there already', async () => {
    const account = await newAccount();
    await run(account, file(ROW));
    const forced = await run(account, file(ROW), { force: true });
    expect(forced).toMatchObject({ status: 'completed', rows: 1, imported: 0, duplicates: 1 });
    // Of several the first is named.
    expect(await run(account, file(ROW))).toMatchObject({ status: 'already_imported', imported: 1 });
  });
});

describe('keys of rows', () => {
  test.each([
    ['the same id, date, amount and currency', 0, '2026-03-02,-5.00,Other words,Other shop,EUR,x1'],
    ['another id', 1, '2026-03-02,-5.00,Rewe,Shop,EUR,x2'],
    ['another date', 1, '2026-03-03,-5.00,Rewe,Shop,EUR,x1'],
    ['another amount', 1, '2026-03-02,-5.01,Rewe,Shop,EUR,x1'],
    ['another currency', 1, '2026-03-02,-5.00,Rewe,Shop,USD,x1'],
    ['no id', 1, '2026-03-02,-5.00,Rewe,Shop,EUR,'],
  ])(
    'data-import 11: beside a row with an external id a row with %s is stored %i times',
    async (_what, stored, row) => {
      const account = await newAccount();
      await run(account, file('2026-03-02,-5.00,Rewe,Shop,EUR,x1'));
      expect(await run(account, file(row))).toMatchObject({ rows: 1, imported: stored, duplicates: 1 - stored });
    },
  );

  test.each([
    ['the same words in other letters and spaces', 0, '2026-03-02,-5.00,  ＲＥＷＥ   sagt DANKE ,,EUR,'],
    ['another payee', 0, '2026-03-02,-5.00,Rewe sagt danke,Shop,EUR,'],
    ['another description', 1, '2026-03-02,-5.00,Rewe sagt danke!,,EUR,'],
    ['another date', 1, '2026-03-03,-5.00,Rewe sagt danke,,EUR,'],
    ['another amount', 1, '2026-03-02,5.00,Rewe sagt danke,,EUR,'],
    ['another currency', 1, '2026-03-02,-5.00,Rewe sagt danke,,USD,'],
  ])('data-import 11: beside a row without an id a row with %s is stored %i times', async (_what, stored, row) => {
    const account = await newAccount();
    await run(account, file('2026-03-02,-5.00,Rewe sagt danke,,EUR,'));
    expect(await run(account, file(row))).toMatchObject({ rows: 1, imported: stored, duplicates: 1 - stored });
  });

  test('data-import 11: an id that is twice in a file is one row, the first; the external id is kept', async () => {
    const account = await newAccount();
    const result = await run(account, file('2026-03-02,-5.00,first,,EUR,x1', '2026-03-02,-5.00,second,,EUR,x1'));
    expect(result).toMatchObject({ rows: 2, imported: 1, duplicates: 1, errors: 0 });
    expect(await rowsOf(account)).toMatchObject([{ description: 'first', id: 'x1' }]);
  });

  test('data-import 11: equal rows of a file are rows of their own, and an export that overlaps brings only those it has more of', async () => {
    const account = await newAccount();
    expect(await run(account, file(ROW, ROW))).toMatchObject({ imported: 2, duplicates: 0 });
    expect(await run(account, file(ROW, '2026-03-03,-5.00,Rewe,Shop,EUR,', ROW, ROW))).toMatchObject({
      rows: 4,
      imported: 2,
      duplicates: 2,
    });
    expect(await run(account, file(ROW))).toMatchObject({ imported: 0, duplicates: 1 });
    expect((await rowsOf(account)).map(({ date }) => date)).toEqual([
      '2026-03-02',
      '2026-03-02',
      '2026-03-03',
      '2026-03-02',
    ]);
  });

  test('data-import 11: the account is part of the key, and the database itself holds a row to be there once', async () => {
    const [one, other] = [await newAccount(), await newAccount()];
    await run(one, file(ROW));
    expect(await run(other, file(ROW))).toMatchObject({ imported: 1, duplicates: 0 });
    await expect(
      rig.database.query(
        `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, external_key)
         select user_id, account_id, booking_date, amount_minor, currency, external_key from transactions where account_id = $1`,
        [one],
      ),
    ).rejects.toMatchObject({ code: '23505', constraint: 'transactions_external_key' });
  });

  test('data-import 11: a row that was edited or is void since is not stored again, nor changed', async () => {
    const account = await newAccount();
    await run(account, file(ROW, '2026-03-03,-6.00,Netflix,,EUR,'));
    await rig.database.query(
      `update transactions set amount_minor = -1, description = 'mine', status = 'void' where account_id = $1`,
      [account],
    );
    const before = await rowsOf(account);
    expect(await run(account, file(ROW, '2026-03-03,-6.00,Netflix,,EUR,'), { force: true })).toMatchObject({
      imported: 0,
      duplicates: 2,
    });
    expect(await rowsOf(account)).toEqual(before);
  });
});

describe('a possible duplicate that was dropped', () => {
  const SAME = '2026-03-03,-5.00,REWE SAGT DANKE,Shop,EUR,';
  const OTHER = '2026-03-09,-7.00,Netflix,,EUR,';
  /** A payment as one source has it, and as another one has it, whose row was dropped; and a row that only the other one has. */
  async function dropped() {
    const account = await newAccount();
    const first = await run(account, file(ROW));
    const second = await run(account, file(SAME, OTHER));
    expect(second).toMatchObject({ imported: 2, possibleDuplicates: 1 });
    const { importId } = second;
    const ids = await rig.database.scope(USER, async (tx) => dropFlaggedRows(tx, { importId, ids: null }));
    expect(ids).toHaveLength(1);
    return { account, first, second };
  }
  const counted = async (account: string) =>
    rig.database.query(
      `select description, possible_duplicate_of is not null as "isFlagged" from transactions
       where account_id = $1 and status <> 'void' order by transaction_id`,
      [account],
    );
  const [rewe, same, netflix] = ['Rewe', 'REWE SAGT DANKE', 'Netflix'].map((description) => ({
    description,
    isFlagged: false,
  }));

  test('data-import 12: the next export that has it does not bring it again', async () => {
    const { account } = await dropped();
    expect(await run(account, file(SAME, '2026-03-10,-8.00,Aldi,,EUR,', OTHER))).toMatchObject({
      imported: 1,
      duplicates: 2,
      possibleDuplicates: 0,
    });
    expect(await counted(account)).toEqual([rewe, netflix, { description: 'Aldi', isFlagged: false }]);
  });

  test('data-import 12, 16: a revert of its import deletes it, and the file brings it again', async () => {
    const { account, second } = await dropped();
    expect(await revert(second.importId)).toEqual({ deleted: 2, keptEdited: 0 });
    expect(await run(account, file(SAME, OTHER))).toMatchObject({ imported: 2, duplicates: 0, possibleDuplicates: 1 });
    expect(await counted(account)).toEqual([rewe, { ...same, isFlagged: true }, netflix]);
  });

  test('data-import 12, 16: a revert of the import whose payment it doubles makes room for it', async () => {
    const { account, first } = await dropped();
    expect(await revert(first.importId)).toEqual({ deleted: 1, keptEdited: 0 });
    expect(await run(account, file(SAME, OTHER), { force: true })).toMatchObject({ imported: 1, duplicates: 1 });
    expect(await counted(account)).toEqual([netflix, same]);
  });
});
