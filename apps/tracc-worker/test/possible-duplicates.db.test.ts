import { inTurns } from '@backend/shared/activity';
import type { Queryable } from '@backend/shared/pg';
import type { TestDatabase } from '@backend/shared/testing';
import { openTestDatabase } from '../../../test/support/servers';
import { untilBlocked } from '../../../test/support/wait';
import { type FlagSearch, flagPart, openFlagSearch, planParts } from '../src/repositories';
import { createPairs, flagAll, target } from './possible-duplicates-fixtures';
import { addUser } from './support';

const USER = 'u1';
let database: TestDatabase;
const { newAccount, addImport, flaggedPair, search, rowsOf, flagsOf, idsOf, asWorker } = createPairs(() => database);
beforeAll(async () => {
  database = await openTestDatabase('tracc');
  await addUser(database, USER);
});
afterAll(async () => database.drop());

describe('flags', () => {
  test('data-import 12: a flag is no edit of the new row, and an edit is still one', async () => {
    await flaggedPair('edit');
    expect(await flagsOf('edit-new')).toEqual(await idsOf('edit-old'));
    expect(
      await database.query(
        `select 1 from transactions where import_id = 'edit-new' and (edited_at is not null or updated_at <> created_at)`,
      ),
    ).toEqual([]);
    await asWorker(`update transactions set notes = 'mine' where import_id = $1`, ['edit-new']);
    const [edited] = await database.query<{ rows: number }>(
      `select count(*)::int as rows from transactions where import_id = 'edit-new' and edited_at is not null and updated_at > created_at`,
    );
    expect(edited).toEqual({ rows: 3 });
  });

  test('data-import 12: no flag names a row that is gone, whoever deletes it', async () => {
    await flaggedPair('gone');
    const [first, second, third] = await idsOf('gone-old');
    await asWorker(`delete from transactions where transaction_id = $1`, [second]);
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
    await asWorker(`delete from transactions where transaction_id = $1`, [middle![0]]);
    expect(await flagsOf('chain-third')).toEqual([old![0], middle![1]]);
    await asWorker(`delete from transactions where transaction_id = any ($1)`, [[old![1], middle![1]]]);
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
            await asWorker(`delete from transactions where transaction_id = $1`, [first]);
          return tx.query(statement as string, values);
        },
      };
      await flagAll(spy as unknown as Queryable, target('race-new', accountId));
      // Flagged and not committed: who deletes the row waits, and then takes the flag off.
      deletion = asWorker(`delete from transactions where transaction_id = $1`, [second]);
      await untilBlocked(database);
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
    expect(await asWorker(`delete from transactions where import_id = $1`, ['plain'])).toMatchObject({ rowCount: 5 });
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
