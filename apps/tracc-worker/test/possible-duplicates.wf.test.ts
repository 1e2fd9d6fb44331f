import { DEFAULT_IMPORT_LIMITS } from '@backend/importer/activities';
import { type DataImportInput, type DataImportResult, IMPORT_HANDLERS } from '@backend/importer/contract';
import type { Scope } from '@backend/shared/pg';
import { blockedSessions, waitFor } from '../../../test/support/wait';
import { type MonthlyBudgetResult, WORKFLOW_TYPES, budgetWorkflowId } from '../src/contract';
import { type ChangingLimits, USER, createImporting } from './import-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

const limits: ChangingLimits = { ...DEFAULT_IMPORT_LIMITS, chunkBatches: 1 };
let rig: TraccRig;
const { newAccount, ...importing } = createImporting(() => rig);
/** What happens, once, in a transaction that is about to send a statement with this text. */
const onStatement = new Map<string, () => Promise<void>>();
/** What happens, once, after a slice of the load of the import of that id. */
const onSlice = new Map<string, () => Promise<void>>();

beforeAll(async () => {
  const scope: Scope = async (scopeId, work, options) =>
    rig.database.scope(
      scopeId,
      async (tx) =>
        work(
          new Proxy(tx, {
            get: (target, name) => {
              const value: unknown = Reflect.get(target, name);
              if (typeof value !== 'function') return value;
              if (name !== 'query') return value.bind(target) as unknown;
              return (...args: unknown[]) => {
                const found = [...onStatement].find(([text]) => typeof args[0] === 'string' && args[0].includes(text));
                const query = () => (value as (...given: unknown[]) => unknown).apply(target, args);
                if (!found) return query();
                onStatement.delete(found[0]);
                return found[1]().then(query);
              };
            },
          }),
        ),
      options,
    );
  rig = await startTraccRig({
    deps: { scope, importLimits: limits },
    change: ({ importToDatabase }) => ({
      importToDatabase: async (input) => {
        const slice = await importToDatabase(input);
        const happen = onSlice.get(input.importId);
        onSlice.delete(input.importId);
        await happen?.();
        return slice;
      },
    }),
  });
  await addUser(rig.database, USER);
  await addUser(rig.database, 'u2');
});
afterEach(async () => {
  const left = [...onStatement.keys(), ...onSlice.keys()];
  if (left.length > 0) throw new Error(`what a test waited for never happened: ${left.join(', ')}`);
  await rig.verify();
});
afterAll(async () => rig.stop());

const run = async (importId: string, accountId: string, file: string, input: Partial<DataImportInput> = {}) =>
  importing.run(file, { importId, accountId, filename: `${importId}.txt`, ...input });

/** The flagged rows of an import, each with the row that it may be a duplicate of, by their descriptions. */
const flagsOf = async (importId: string) =>
  rig.database.query<{ description: string; existing: string }>(
    `select n.description, o.description as existing
     from transactions n join transactions o on o.transaction_id = n.possible_duplicate_of and o.transaction_id < n.transaction_id
     where n.import_id = $1 order by n.transaction_id`,
    [importId],
  );
/** Rows as they are stored, byte for byte, and where: a row that is written again, even unchanged, has another xmin. */
const stored = async (importId: string) =>
  rig.database.query(
    `select t.*::text as row, t.xmin::text, t.ctid::text from transactions t where import_id = $1 order by 1`,
    [importId],
  );

const csv = (rows: readonly string[]) => ['Date,Amount,Description,Transaction ID', ...rows, ''].join('\n');
const ofx = (rows: readonly { date: string; amount: string; id: string; name: string; memo: string }[]) =>
  `OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKTRANLIST>${rows
    .map(
      ({ date, amount, id, name, memo }) =>
        `<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>${date}<TRNAMT>${amount}<FITID>${id}<NAME>${name}<MEMO>${memo}</STMTTRN>`,
    )
    .join('\n')}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n`;

test('data-import 12: the OFX of payments that came by CSV is imported and flagged; no row that was there changes', async () => {
  const account = await newAccount();
  await run(
    'by-csv',
    account,
    csv([
      '2026-03-02,-12.99,CHECKCARD NETFLIX.COM LOS GATOS CA,',
      '2026-03-05,-4.50,STARBUCKS STORE #1234 SEATTLE WASHINGTON,',
      '2026-03-06,-80.00,ATM WITHDRAWAL 5TH AVE,',
      '2026-03-09,-61.20,"WHOLEFDS MKT 10234 CAMBRIDGE MA",',
    ]),
  );
  const before = await stored('by-csv');
  const result = await run(
    'by-ofx',
    account,
    ofx([
      { date: '20260303', amount: '-12.99', id: 'f1', name: 'NETFLIX.COM', memo: 'LOS GATOS CA' },
      { date: '20260305', amount: '-4.50', id: 'f2', name: 'STARBUCKS STORE #1234 SEATTLE WA', memo: '' },
      { date: '20260306', amount: '-80.00', id: 'f3', name: 'ATM WITHDRAWAL MAIN ST', memo: '' },
      { date: '20260320', amount: '-61.20', id: 'f4', name: 'WHOLEFDS MKT 10234', memo: 'CAMBRIDGE MA' },
    ]),
  );
  expect(result).toMatchObject({ status: 'completed', rows: 4, imported: 4, duplicates: 0, possibleDuplicates: 2 });
  expect(await flagsOf('by-ofx')).toEqual([
    { description: 'LOS GATOS CA', existing: 'CHECKCARD NETFLIX.COM LOS GATOS CA' },
    { description: 'STARBUCKS STORE #1234 SEATTLE WA', existing: 'STARBUCKS STORE #1234 SEATTLE WASHINGTON' },
  ]);
  expect(await stored('by-csv')).toEqual(before);
});

interface Case {
  /** What was there: on 10 March, in the account and its currency, by hand, unless it says otherwise. */
  readonly there: Readonly<Record<string, unknown>>;
  readonly date?: string;
  readonly text?: string;
  readonly id?: string;
  readonly isFlagged: boolean;
}
const earlier = (externalId: string | null) => ({ source: 'import', import_id: 'earlier', external_id: externalId });
const LONGER = 'alfa brav char delt zulu yank xray';
const CASES: Readonly<Record<string, Case>> = {
  'four days before': { there: {}, date: '2026-03-06', isFlagged: false },
  'three days before': { there: {}, date: '2026-03-07', isFlagged: true },
  'the same day': { there: {}, isFlagged: true },
  'three days after': { there: {}, date: '2026-03-13', isFlagged: true },
  'four days after': { there: {}, date: '2026-03-14', isFlagged: false },
  'three days over the end of a year': { there: { booking_date: '2025-12-31' }, date: '2026-01-03', isFlagged: true },
  'three days from a leap day': { there: { booking_date: '1996-02-29' }, date: '1996-03-03', isFlagged: true },
  'a similarity of 0.85': { there: { description: `${LONGER} k` }, text: 'alfa brav char delt k wwv', isFlagged: true },
  'a similarity of 0.842': { there: { description: LONGER }, text: 'alfa brav char delt wwv', isFlagged: false },
  'the payee in a column of its own': {
    there: { payee: 'Rewe', description: 'sagt danke' },
    text: 'REWE SAGT DANKE',
    isFlagged: true,
  },
  'the same external id': { there: earlier('x1'), id: 'x1', date: '2026-03-11', isFlagged: true },
  'different external ids': { there: earlier('x2'), id: 'x3', isFlagged: false },
  'an external id on the new row only': { there: earlier(null), id: 'x4', isFlagged: true },
  'an external id on the old row only': { there: earlier('x5'), isFlagged: true },
  'a row of a recurring template': { there: { source: 'recurring', template_id: 'rent' }, isFlagged: true },
  'a pending row': { there: { status: 'pending' }, isFlagged: true },
  'a transfer': { there: { kind: 'transfer' }, isFlagged: true },
  'a void row': { there: { status: 'void' }, isFlagged: false },
  'another currency': { there: { currency: 'USD' }, isFlagged: false },
  'another account': { there: { account_id: 'checking' }, isFlagged: false },
  'another user': { there: { user_id: 'u2', account_id: 'checking' }, isFlagged: false },
  'an amount that differs by a cent': { there: { amount_minor: -1 }, isFlagged: false },
  'an amount of the other sign': { there: { amount_minor: 1_000_000 }, isFlagged: false },
  // 23:30 UTC on 6 March is 7 March in Berlin.
  'an instant three days before in the zone of the user': {
    there: { booking_date: null, occurred_at: '2026-03-06T23:30:00Z' },
    isFlagged: true,
  },
  'an instant four days before in the zone of the user': {
    there: { booking_date: null, occurred_at: '2026-03-06T22:30:00Z' },
    isFlagged: false,
  },
};

test('data-import 12: what is and what is not a possible duplicate, up to the boundary of each condition', async () => {
  const account = await newAccount();
  const rows: string[] = [];
  for (const [at, { there, date = '2026-03-10', text = 'Rewe sagt danke', id = '' }] of Object.values(
    CASES,
  ).entries()) {
    // An amount of its own keeps a case apart from the others.
    const amount = -10_000 - 10 * at;
    const row = {
      user_id: USER,
      account_id: account,
      booking_date: '2026-03-10',
      currency: 'EUR',
      description: 'Rewe sagt danke',
      ...there,
      amount_minor: there['amount_minor'] === -1 ? amount - 1 : there['amount_minor'] === 1_000_000 ? -amount : amount,
    };
    const columns = Object.keys(row);
    await rig.database.query(
      `insert into transactions (${columns.join(', ')}) values (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(row),
    );
    rows.push(`${date},${(amount / 100).toFixed(2)},${text},${id}`);
  }
  const result = await run('cases', account, csv(rows), { profile: { dateFormat: 'YYYY-MM-DD' } });
  const flagged = await rig.database.query<{ at: number }>(
    `select (-10000 - amount_minor)::int / 10 as at from transactions where import_id = 'cases' and possible_duplicate_of is not null
     order by at`,
  );
  const names = Object.keys(CASES);
  expect(flagged.map(({ at }) => names[at])).toEqual(names.filter((name) => CASES[name]!.isFlagged));
  expect(result).toMatchObject({ imported: names.length, possibleDuplicates: flagged.length });
});

test('data-import 12: rows of one import are no duplicates of each other, and an account without others is not searched', async () => {
  const account = await newAccount();
  const rows = ['2026-03-02,-5.00,Rewe,', '2026-03-02,-5.00,Rewe,', '2026-03-03,-5.00,Rewe,'];
  onStatement.set('declare candidates', async () => {
    throw new Error('the account was searched');
  });
  expect(await run('alone', account, csv(rows))).toMatchObject({ imported: 3, possibleDuplicates: 0 });
  expect(onStatement.delete('declare candidates')).toBe(true);
  // The lines of a split are by hand, and no payments.
  const [parent] = await rig.database.query<{ id: string }>(
    `update transactions set is_split = true where import_id = 'alone' and import_line = 4 returning transaction_id as id`,
  );
  await rig.database.query(
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, description, parent_id)
     values ($1, $2, '2026-03-20', -700, 'EUR', 'Netflix', $3)`,
    [USER, account, parent!.id],
  );
  expect(await run('split', account, csv(['2026-03-20,-7.00,Netflix,']))).toMatchObject({ possibleDuplicates: 0 });
});

test('data-import 12: of three equal payments two are flagged when two were there, each as another one', async () => {
  const account = await newAccount();
  await run('two', account, csv(['2026-03-02,-5.00,Rewe,', '2026-03-02,-5.00,Rewe,']));
  const three = csv([
    '2026-03-03,-5.00,REWE SAGT DANKE,',
    '2026-03-03,-5.00,REWE SAGT DANKE,',
    '2026-03-03,-5.00,REWE SAGT DANKE,',
  ]);
  expect(await run('three', account, three)).toMatchObject({ imported: 3, possibleDuplicates: 2 });
  const flags = await rig.database.query<{ line: number; of: string }>(
    `select import_line as line, possible_duplicate_of as of from transactions
     where import_id = 'three' and possible_duplicate_of is not null order by 1`,
  );
  expect(flags.map(({ line }) => line)).toEqual([2, 3]);
  expect(new Set(flags.map(({ of }) => of)).size).toBe(2);
});

/** Forty payments as two sources have them, of ten amounts: their search has several parts. */
const forty = (write: (n: number, day: string, amount: string) => string) =>
  Array.from({ length: 40 }, (_, n) => write(n, String((n % 25) + 1).padStart(2, '0'), `-${(n % 10) + 1}.00`));
const fortyByCsv = csv(forty((n, day, amount) => `2026-03-${day},${amount},Shop ${n % 7} kartenzahlung,`));
const fortyByHand = csv(forty((n, day, amount) => `2026-03-${day},${amount},shop ${n % 7},`));

/** Lets the search of an import have so many parts, as large ones have. */
const decideParts = (importId: string, parts: number) =>
  onStatement.set('set flag_parts', async () => {
    await rig.database.query('update imports set flag_parts = $2 where import_id = $1', [importId, parts]);
  });

test('data-import 12: a crash in a part or between two makes no difference, nor does how many parts there are', async () => {
  const flagsIn = async (importId: string, parts: number) => {
    const account = await newAccount();
    await run(`${importId}-before`, account, fortyByCsv);
    decideParts(importId, parts);
    const result = await run(importId, account, fortyByHand);
    const flags = await rig.database.query<{ line: number; of: number }>(
      `select n.import_line as line, o.import_line as of from transactions n
       join transactions o on o.transaction_id = n.possible_duplicate_of where n.import_id = $1 order by 1`,
      [importId],
    );
    expect(result).toMatchObject({ imported: 40, possibleDuplicates: flags.length });
    return flags;
  };
  const undisturbed = await flagsIn('undisturbed', 8);
  expect(undisturbed.length).toBeGreaterThan(20);

  const crash = async () => {
    throw new Error('the worker is gone');
  };
  // After the flags of a part and before its checkpoint; and before the second part has done anything.
  onStatement.set('set flagged_parts', async () => {
    onStatement.set('set flagged_parts', async () => void onStatement.set('declare candidates', crash));
    await crash();
  });
  expect(await flagsIn('crashed', 8)).toEqual(undisturbed);
  expect(await flagsIn('at-once', 1)).toEqual(undisturbed);
  expect(await flagsIn('one-by-one', 40)).toEqual(undisturbed);
});

test('data-import 12: what all parts have in common is read once, and a load that took its slice leaves them to the next one', async () => {
  const account = await newAccount();
  await run('slices-before', account, fortyByCsv);
  let reads = 0;
  const read = async () => {
    reads += 1;
    onStatement.set('with recursive known', read);
  };
  const partsDone = async () =>
    rig.database.query(
      `select loaded_batches as loaded, flagged_parts as flagged from imports where import_id = 'slices'`,
    );
  let afterLoad: unknown;
  onStatement.set('with recursive known', read);
  onSlice.set('slices', async () => {
    afterLoad = await partsDone();
    // The parts in one slice.
    limits.sliceMs = DEFAULT_IMPORT_LIMITS.sliceMs;
  });
  decideParts('slices', 8);
  // Over before it begins.
  limits.sliceMs = -1;
  const { possibleDuplicates } = await run('slices', account, fortyByHand);
  expect(afterLoad).toEqual([{ loaded: 1, flagged: 0 }]);
  expect(await partsDone()).toEqual([{ loaded: 1, flagged: 8 }]);
  expect(possibleDuplicates).toBeGreaterThan(20);
  // To plan the parts, and to search them.
  expect(reads).toBe(2);
  onStatement.delete('with recursive known');
});

test('data-import 12: rows are compared once: a flag that was taken off stays off, whatever is run again', async () => {
  const account = await newAccount();
  await run('decided-before', account, fortyByCsv);
  await run('decided', account, fortyByHand);
  await rig.database.query(`update transactions set possible_duplicate_of = null where import_id = 'decided'`);
  const before = await stored('decided');
  expect(await run('decided-again', account, fortyByHand, { force: true })).toMatchObject({
    imported: 0,
    duplicates: 40,
    possibleDuplicates: 0,
  });
  expect(await stored('decided')).toEqual(before);
});

test('data-import 12: two imports at once: rows that are not committed yet when the search begins are compared all the same', async () => {
  const account = await newAccount();
  const first = csv(['2026-03-02,-5.00,Rewe,', '2026-03-03,-6.00,Netflix,']);
  const second = csv(['2026-03-02,-5.00,REWE SAGT DANKE,', '2026-03-04,-6.00,NETFLIX LOS GATOS,']);
  let other: Promise<DataImportResult> | undefined;
  // The rows of the first import have their ids and are not committed; the second one loads and begins its search meanwhile.
  onStatement.set('update imports set loaded_batches', async () => {
    let isOver = false;
    other = run('second', account, second).finally(() => (isOver = true));
    await waitFor(
      async () => isOver || (await blockedSessions(rig.database)) > 0,
      'the search of the second import to wait for the first, or to be over',
    );
  });
  expect(await run('first', account, first)).toMatchObject({ imported: 2, possibleDuplicates: 0 });
  expect(await other).toMatchObject({ imported: 2, possibleDuplicates: 2 });
});

test('data-import 12, 14: the rows of an import that was cancelled are compared too', async () => {
  const account = await newAccount();
  const many = (text: string) =>
    csv(
      Array.from(
        { length: 300 },
        (_, n) => `2026-03-02,-${n + 1}.00,${text} ${String.fromCodePoint(97 + (n % 26))}${n},`,
      ),
    );
  await run('cancelled-before', account, many('shop'));
  limits.sliceMs = 0;
  const handle = await importing.start(many('SHOP AG'), { importId: 'cancelled', accountId: account });
  onSlice.set('cancelled', async () => void (await handle.executeUpdate(IMPORT_HANDLERS.cancel)));
  const result = (await handle.result()) as DataImportResult;
  limits.sliceMs = DEFAULT_IMPORT_LIMITS.sliceMs;
  expect(result.status).toBe('cancelled');
  expect(result.imported).toBeLessThan(300);
  expect(result.possibleDuplicates).toBe(result.imported);
});

test('data-import 12: a flagged row counts in its budget like every other row', async () => {
  const account = await newAccount();
  await rig.database.query(
    `insert into budgets (budget_id, user_id, name, currency, zone, rollover_since, limit_minor)
     values ('b1', $1, 'Food', 'EUR', 'Europe/Berlin', '2026-01', 10000)`,
    [USER],
  );
  await rig.database.query(
    `insert into budget_categories (user_id, budget_id, category_id) values ($1, 'b1', 'food')`,
    [USER],
  );
  const food = (text: string) => `Date,Amount,Description,Category\n2026-03-02,-5.00,${text},Food\n`;
  await run('food-1', account, food('Rewe'));
  expect(await run('food-2', account, food('Rewe sagt danke'))).toMatchObject({ possibleDuplicates: 1 });
  const budget = await rig.execute<MonthlyBudgetResult>(WORKFLOW_TYPES.monthlyBudget, {
    workflowId: budgetWorkflowId({ userId: USER, month: '2026-03' }),
    args: [{ userId: USER, month: '2026-03', mode: 'check', dryRun: true }],
  });
  expect(budget.budgets).toMatchObject([{ budgetId: 'b1', spentMinor: '1000' }]);
});
