import { inTurns } from '@backend/shared/activity';
import type { Queryable } from '@backend/shared/pg';
import { newProgram, runCommand } from '@backend/shared/cli';
import type { TestDatabase } from '@backend/shared/testing';
import { openTestDatabase } from '../../../test/support/servers';
import { addImportCommands } from '../src/cli/import';
import { type FlagSearch, flagPart, openFlagSearch, planParts } from '../src/repositories';
import { addUser } from './support';

const USER = 'u1';
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase('tracc');
  await addUser(database, USER);
  await addUser(database, 'u2');
});
afterAll(async () => database.drop());

let accounts = 0;
async function newAccount(): Promise<string> {
  const accountId = `a${(accounts += 1)}`;
  await database.query(
    `insert into accounts (user_id, account_id, name, kind, currency) values ($1, $2, $2, 'checking', 'EUR')`,
    [USER, accountId],
  );
  return accountId;
}

/** Rows of an import, one a day from 2024-01-01 (or so many days later) on, each of an amount of its own; row n is the same payment in every import. */
async function addImport(
  importId: string,
  accountId: string,
  rows: number,
  text = 'purchase',
  later = 0,
): Promise<void> {
  await database.query(
    `insert into imports (import_id, scope_id, target, source, source_sha256, mode, on_row_error, status)
     values ($1, $2, $3, jsonb_build_object('filename', $1::text || '.csv'), $1, 'commit', 'skip', 'completed')`,
    [importId, USER, accountId],
  );
  await database.query(
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, description, source, import_id, import_line)
     select $1, $2, date '2024-01-01' + n % 730 + $6::int, -100 - n, 'EUR', $4 || ' ' || n, 'import', $3, n + 2
     from generate_series(0, $5::int - 1) n`,
    [USER, accountId, importId, text, rows, later],
  );
}
const target = (importId: string, targetId: string) => ({ importId, scopeId: USER, targetId });
const flagAll = async (tx: Queryable, searched: ReturnType<typeof target>) =>
  flagPart(tx, { search: await openFlagSearch(tx, searched), part: 0, parts: 1, inTurns }, () => undefined);
const search = async (importId: string, accountId: string) =>
  database.scope(USER, async (tx) => flagAll(tx, target(importId, accountId)));

interface Row {
  readonly id: string;
  readonly line: number;
  readonly flag: string | null;
}
const rowsOf = async (importId: string) =>
  database.query<Row>(
    `select transaction_id as id, import_line as line, possible_duplicate_of as flag from transactions where import_id = $1 order by import_line`,
    [importId],
  );
const flagsOf = async (importId: string) => (await rowsOf(importId)).map(({ flag }) => flag);
const idsOf = async (importId: string) => (await rowsOf(importId)).map(({ id }) => id);
const worker = async (text: string, values: unknown[]) => database.scope(USER, async (tx) => tx.query(text, values));

/** An account with the rows of two sources, the later ones flagged. */
async function flaggedPair(name: string, rows = 3): Promise<string> {
  const accountId = await newAccount();
  await addImport(`${name}-old`, accountId, rows);
  await addImport(`${name}-new`, accountId, rows, 'PURCHASE NO');
  await search(`${name}-new`, accountId);
  return accountId;
}

describe('flags', () => {
  test('data-import 12: a flag is no edit of the new row, and an edit is still one', async () => {
    await flaggedPair('edit');
    expect(await flagsOf('edit-new')).toEqual(await idsOf('edit-old'));
    expect(
      await database.query(
        `select 1 from transactions where import_id = 'edit-new' and (edited_at is not null or updated_at <> created_at)`,
      ),
    ).toEqual([]);
    await worker(`update transactions set notes = 'mine' where import_id = $1`, ['edit-new']);
    const [edited] = await database.query<{ rows: number }>(
      `select count(*)::int as rows from transactions where import_id = 'edit-new' and edited_at is not null and updated_at > created_at`,
    );
    expect(edited).toEqual({ rows: 3 });
  });

  test('data-import 12: no flag names a row that is gone, whoever deletes it', async () => {
    await flaggedPair('gone');
    const [first, second, third] = await idsOf('gone-old');
    await worker(`delete from transactions where transaction_id = $1`, [second]);
    expect(await flagsOf('gone-new')).toEqual([first, null, third]);
    await database.query(`delete from transactions where import_id = 'gone-old'`);
    expect(await flagsOf('gone-new')).toEqual([null, null, null]);
  });

  test('data-import 12: what was flagged as a double of a double stands for the row behind it', async () => {
    const accountId = await newAccount();
    for (const [at, importId] of ['chain-old', 'chain-new', 'chain-third'].entries()) {
      // Three days after the one before, and too late to be a double of the first.
      await addImport(importId, accountId, 2, 'purchase', 3 * at);
      await search(importId, accountId);
    }
    const [old, middle, third] = await Promise.all(['chain-old', 'chain-new', 'chain-third'].map(idsOf));
    expect(await flagsOf('chain-third')).toEqual(middle);
    await worker(`delete from transactions where transaction_id = $1`, [middle![0]]);
    expect(await flagsOf('chain-third')).toEqual([old![0], middle![1]]);
    await worker(`delete from transactions where transaction_id = any ($1)`, [[old![1], middle![1]]]);
    expect(await flagsOf('chain-third')).toEqual([old![0], null]);
    expect(await idsOf('chain-third')).toEqual(third);
  });

  test('data-import 12: a row that is deleted while the flags are written is in none', async () => {
    const accountId = await newAccount();
    await addImport('race-old', accountId, 2);
    await addImport('race-new', accountId, 2, 'PURCHASE NO');
    const [first, second] = await idsOf('race-old');
    let deletion: Promise<unknown> | undefined;
    await database.scope(USER, async (tx) => {
      const spy = {
        query: async (statement: unknown, values: unknown[]) => {
          // Before the pair is written, but after the row was seen.
          if (String(statement).includes('standing'))
            await worker(`delete from transactions where transaction_id = $1`, [first]);
          return tx.query(statement as string, values);
        },
      };
      await flagAll(spy as unknown as Queryable, target('race-new', accountId));
      // Flagged and not committed: who deletes the row waits, and then takes the flag off.
      deletion = worker(`delete from transactions where transaction_id = $1`, [second]);
      for (let waiting = 0; waiting === 0;) {
        const [row] = await database.query<{ waiting: number }>(
          `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        waiting = row!.waiting;
      }
      expect((await tx.query(`select 1 from transactions where possible_duplicate_of = $1`, [second])).rowCount).toBe(
        1,
      );
    });
    await deletion;
    expect(await flagsOf('race-new')).toEqual([null, null]);
  });

  test('data-import 12: a statement that deletes is refused nothing and asked nothing when no row is flagged', async () => {
    const accountId = await newAccount();
    await addImport('plain', accountId, 5);
    expect(await worker(`delete from transactions where import_id = $1`, ['plain'])).toMatchObject({ rowCount: 5 });
  });
});

describe('plans', () => {
  /** The plans of what runs with a text in it, with the rows that each of their nodes saw. */
  async function plansOf(text: string, work: (tx: Queryable) => Promise<unknown>): Promise<string> {
    const plans: string[] = [];
    await database.scope(USER, async (tx) => {
      const explain = async (statement: string, values: unknown[]) => {
        if (!statement.includes(text)) return;
        const query = statement.replace(/^declare .* for\s/, '');
        const { rows } = await tx.query<Record<string, string>>(
          `explain (analyze, timing off, costs off) ${query}`,
          values,
        );
        plans.push(...rows.map((row) => row['QUERY PLAN']!));
      };
      const spy = {
        query: async (statement: string | { text: string; values?: unknown[] }, values?: unknown[]) => {
          if (typeof statement === 'string') await explain(statement, values ?? []);
          else if (statement.values) await explain(statement.text, statement.values);
          return tx.query(statement as string, values);
        },
      };
      await work(spy as unknown as Queryable);
    });
    return plans.join('\n');
  }

  let accountId: string;
  beforeAll(async () => {
    accountId = await newAccount();
    await addImport('large', accountId, 50_000);
    for (let other = 0; other < 20; other += 1) await addImport(`other-${other}`, await newAccount(), 50);
  });

  test.each(['right after a load', 'with statistics'])(
    'data-import 12: whether an account has rows of another source is told from the indexes, %s',
    async (when) => {
      if (when === 'with statistics') await database.query('analyze transactions');
      let parts: number | undefined;
      const plan = await plansOf(
        'from transactions',
        async (tx) => (parts = await planParts(tx, { ...target('large', accountId), rows: 50_000, partRows: 10_000 })),
      );
      expect(parts).toBe(0);
      expect(plan).toContain('transactions_by_import');
      expect(plan).toContain('transactions_not_imported');
      expect(plan).not.toContain('Seq Scan on transactions');
      // One step for each import of the user's, and never its rows.
      const seen = [...plan.matchAll(/transactions\S* .*rows=(\d+)/g)].map(([, rows]) => Number(rows));
      expect(Math.max(...seen)).toBeLessThanOrEqual(1);
    },
  );

  test('data-import 12: many new rows beside a few old ones: those old ones say what is looked at', async () => {
    const mixed = await newAccount();
    const byHand = `insert into transactions (user_id, account_id, booking_date, occurred_at, amount_minor, currency, description)
      values ($1, $2, $3, $4, $5, 'EUR', 'Purchase')`;
    // 10 March 2024 is row 69. 23:30 UTC on 6 March is 7 March in Berlin, three days before.
    await database.query(byHand, [USER, mixed, null, '2024-03-06T23:30:00Z', -169]);
    await database.query(byHand, [USER, mixed, '2024-03-06', null, -169]);
    await addImport('few', mixed, 70);
    await database.query(`delete from transactions where import_id = 'few' and import_line not in (2, 52)`);
    await database.query(
      `update transactions set booking_date = booking_date - 3 where import_id = 'few' and import_line = 52`,
    );
    await addImport('many', mixed, 25_000, 'PURCHASE NO');
    await search('many', mixed);
    const flagged = (await rowsOf('many')).filter(({ flag }) => flag !== null);
    expect(flagged.map(({ line }) => line)).toEqual([2, 52, 71]);
  });

  test('data-import 12: many rows beside many: every part of the search takes its share, and together they take each row once', async () => {
    const both = await newAccount();
    const rows = 20_500;
    await addImport('much', both, rows);
    await addImport('more', both, rows, 'PURCHASE NO');
    const whole = { ...target('more', both), rows, partRows: 7000 };
    const parts = await database.scope(USER, async (tx) => planParts(tx, whole));
    expect(parts).toBe(3);
    const flagged = [0];
    let search: FlagSearch | undefined;
    for (let part = 0; part < parts; part += 1) {
      await database.scope(USER, async (tx) => {
        search ??= await openFlagSearch(tx, whole);
        await flagPart(tx, { search, part, parts, inTurns }, () => undefined);
      });
      flagged.push((await flagsOf('more')).filter((flag) => flag !== null).length);
      expect(flagged.at(-1)! - flagged.at(-2)!).toBeGreaterThan(rows / 6);
    }
    expect(await flagsOf('more')).toEqual(await idsOf('much'));
  });

  test('data-import 12: whatever reads an account has the time that a large one takes, from the first statement on', async () => {
    const patient = await newAccount();
    await addImport('patient-old', patient, 2);
    await addImport('patient-new', patient, 2, 'PURCHASE NO');
    const waits: string[] = [];
    await database.scope(USER, async (tx) => {
      const spy = {
        query: async (statement: string | { text: string; query_timeout?: number }, values?: unknown[]) => {
          const text = typeof statement === 'string' ? statement : statement.text;
          if (/amount_minor as amount,|min\(booking_date\)|^fetch/.test(text)) {
            const { rows } = await tx.query<{ timeout: string }>(
              `select current_setting('statement_timeout') as timeout`,
            );
            waits.push(`${rows[0]!.timeout} ${typeof statement === 'string' ? '' : statement.query_timeout}`);
          }
          return tx.query(statement as string, values);
        },
      };
      await flagAll(spy as unknown as Queryable, target('patient-new', patient));
    });
    expect(waits).toEqual(['10min 600000', '10min 600000']);
  });

  test('data-import 12: only rows of the dates of the import are read, by an index', async () => {
    await addImport('small', accountId, 30, 'PURCHASE NO');
    await database.query('analyze transactions');
    const plan = await plansOf('nearOld', async (tx) => flagAll(tx, target('small', accountId)));
    expect(plan).not.toContain('Seq Scan on transactions');
    expect(plan).toContain('transactions_by_date');
    expect(await flagsOf('small')).toHaveLength(30);
    expect(await flagsOf('small')).not.toContain(null);
  });
});

describe('tracc import duplicates', () => {
  let out = '';
  let err = '';
  const environment = { ...process.env };
  beforeAll(() => Object.assign(process.env, { DATABASE_URL: database.workerUrl, TRACC_USER: USER }));
  afterAll(() => {
    process.env = environment;
  });
  beforeEach(() => {
    out = err = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  });
  afterEach(() => jest.restoreAllMocks());

  async function command(...argv: string[]): Promise<number> {
    out = err = '';
    const program = newProgram('tracc', 'tracc');
    addImportCommands(program);
    return runCommand(program, ['import', 'duplicates', ...argv], () => undefined);
  }

  test('data-import 12: the pairs are shown side by side, with how alike they are and where the old row is from', async () => {
    await flaggedPair('shown', 2);
    await database.query(
      `update transactions set import_id = null, source = 'manual' where import_id = 'shown-old' and import_line = 3`,
    );
    const [first, second] = await idsOf('shown-new');
    expect(await command('shown-new')).toBe(0);
    const lines = out.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(lines.slice(0, 5)).toEqual([
      ['row', 'amount', 'date', 'text', 'from', 'alike'],
      [first, '-1.00 EUR', '2024-01-01', 'PURCHASE NO 0', 'this import', '100 %'],
      ['2024-01-01', 'purchase 0', 'shown-old.csv'],
      [second, '-1.01 EUR', '2024-01-02', 'PURCHASE NO 1', 'this import', '100 %'],
      ['2024-01-02', 'purchase 1', 'by hand'],
    ]);
    expect(out).toContain('tracc import duplicates shown-new --keep ROW');
    expect(await command('shown-new', '--json')).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      importId: 'shown-new',
      total: 2,
      pairs: [{ similarity: 1 }, { similarity: 1 }],
    });
    expect(await command('shown-new', '--limit', '1')).toBe(0);
    expect(out).toContain('… and 1 more: --limit 2');
  });

  /** Ids of the rows that count. */
  const countedOf = async (importId: string) =>
    (
      await database.query<{ id: string }>(
        `select transaction_id as id from transactions where import_id = $1 and status <> 'void' order by import_line`,
        [importId],
      )
    ).map(({ id }) => id);

  test('data-import 12: --keep takes the flag off and --drop makes the imported row void, both at once', async () => {
    await flaggedPair('decided', 4);
    const [first, second, third, fourth] = await idsOf('decided-new');
    const old = await idsOf('decided-old');
    expect(await command('decided-new', '--keep', first!, second!, '--drop', third!)).toBe(0);
    expect(out).toBe('2 rows kept\n1 row dropped\n');
    expect(await countedOf('decided-new')).toEqual([first, second, fourth]);
    expect(await flagsOf('decided-new')).toEqual([null, null, old[2], old[3]]);
    expect(await idsOf('decided-old')).toEqual(old);
    expect(await command('decided-new', '--drop', 'all', '--json')).toBe(0);
    expect(JSON.parse(out)).toEqual({ importId: 'decided-new', kept: [], dropped: [fourth] });
    expect(await countedOf('decided-new')).toEqual([first, second]);
    expect(await command('decided-new')).toBe(0);
    expect(out).toBe('no row of decided-new is flagged as a possible duplicate\n');
  });

  test('data-import 12: named rows are taken before all the others', async () => {
    await flaggedPair('rest', 3);
    const [, second] = await idsOf('rest-new');
    expect(await command('rest-new', '--drop', 'all', '--keep', second!)).toBe(0);
    expect(out).toBe('1 row kept\n2 rows dropped\n');
    expect(await countedOf('rest-new')).toEqual([second]);
  });

  test('data-import 12: a dropped row takes the lines of its split along, and what doubles it doubles the row behind it', async () => {
    const accountId = await flaggedPair('lines', 2);
    await addImport('lines-third', accountId, 2, 'third');
    const [old, [first, second], [third]] = [
      await idsOf('lines-old'),
      await idsOf('lines-new'),
      await idsOf('lines-third'),
    ] as const;
    await worker(`update transactions set possible_duplicate_of = $1 where transaction_id = $2`, [first, third]);
    await worker(
      `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, parent_id)
       values ($1, $2, '2024-01-01', -100, 'EUR', $3)`,
      [USER, accountId, first],
    );
    expect(await command('lines-new', '--drop', first!)).toBe(0);
    expect(await database.query(`select status from transactions where parent_id = $1`, [first])).toEqual([
      { status: 'void' },
    ]);
    expect((await flagsOf('lines-third'))[0]).toBe(old[0]);
    expect(await command('lines-new', '--drop', first!)).toBe(1);
    // Nothing is left of a dropped row when the row that it doubles is gone.
    await worker(`delete from transactions where import_id = $1`, ['lines-old']);
    expect(await rowsOf('lines-new')).toEqual([{ id: second, line: 3, flag: null }]);
  });

  test('data-import 12: a row that is not flagged, of another import or another user is refused, and nothing is changed', async () => {
    const accountId = await flaggedPair('refused', 2);
    await addImport('refused-other', accountId, 2, 'something else');
    const [first] = await idsOf('refused-new');
    const before = await flagsOf('refused-new');
    for (const wrong of [(await idsOf('refused-old'))[0]!, (await idsOf('refused-other'))[0]!, '999999999']) {
      expect(await command('refused-new', '--keep', first!, '--drop', wrong)).toBe(1);
      expect(err).toContain(`row ${wrong} is no possible duplicate of import refused-new; nothing was changed`);
    }
    expect(await command('refused-new', '--user', 'u2', '--drop', first!)).toBe(1);
    expect(err).toContain('there is no import refused-new');
    for (const argv of [
      ['--keep', 'x'],
      ['--keep', first!, '--drop', first!],
      ['--keep', 'all', '--drop', 'all'],
      ['--limit', '0'],
    ])
      expect(await command('refused-new', ...argv)).toBe(2);
    expect(await flagsOf('refused-new')).toEqual(before);
    expect(await idsOf('refused-other')).toHaveLength(2);
  });
});
