import type { TestDatabase } from '@backend/shared/testing';
import { openTestDatabase } from '../../../test/support/servers';
import { deleteUneditedRows } from '../src/repositories';
import { addUser } from './support';

const USER = 'u1';
/** Rows of a chunk, of an import, and how many of them are edited: one of so many. */
const LIMIT = 50;
const ROWS = 4000;
const ONE_OF = 4;
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase('tracc');
  await addUser(database, USER);
});
afterAll(async () => database.drop());

/** Two imports whose rows lie among each other, and an edit of every fourth row. */
async function addImports(importId: string, besides: string): Promise<void> {
  await database.query(
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, external_key, source, import_id, import_line)
     select $1, 'checking', date '2026-01-01' + n % 28, -n, 'EUR', decode(md5(id || n), 'hex'), 'import', id, n
     from generate_series(1, ${ROWS}) n, unnest(array[$2, $3]) id order by n`,
    [USER, importId, besides],
  );
  await database.query(
    `update transactions set notes = 'checked' where import_id = $1 and import_line % ${ONE_OF} = 0`,
    [importId],
  );
}

/** Takes an import back chunk by chunk, each a transaction. */
async function takeBack(importId: string): Promise<number[]> {
  const chunks: number[] = [];
  for (let after: string | undefined; ;) {
    const chunk = await database.scope(USER, async (tx) => {
      // As in a table of many million rows, which nobody reads whole.
      await tx.query(`select set_config('enable_seqscan', 'off', true)`);
      return deleteUneditedRows(tx, { importId, limit: LIMIT, after });
    });
    if (chunk.deleted === 0) return chunks;
    chunks.push(chunk.deleted);
    after = chunk.next;
  }
}

/** Entries that were read in the indexes of the table so far, those of deleted rows too. */
async function entriesRead(): Promise<number> {
  // A session tells its figures when it has been idle for a while, or is told to.
  await database.pool.query('select pg_stat_force_next_flush()');
  const [row] = await database.query<{ entries: string }>(
    `select sum(idx_tup_read) as entries, pg_stat_clear_snapshot() from pg_stat_user_indexes where relname = 'transactions'`,
  );
  return Number(row!.entries);
}

test('data-import 16: no chunk of a revert passes over what the ones before have deleted or kept, also while an old snapshot is open', async () => {
  const [importId, besides] = ['of', 'beside'];
  await addImports(importId, besides);
  // As autovacuum does it soon after a load.
  await database.query('analyze transactions');
  // Somebody reads for long: what is deleted cannot be forgotten meanwhile.
  await database.query('begin isolation level repeatable read');
  await database.query('select count(*) from transactions');
  const before = await entriesRead();
  const chunks = await takeBack(importId);
  const read = (await entriesRead()) - before;
  await database.query('commit');
  const deleted = ROWS - ROWS / ONE_OF;
  expect(chunks).toEqual(Array.from({ length: deleted / LIMIT }, () => LIMIT));
  // Each once at the begin, at the end and when it is deleted, and once between with those of the other import.
  expect(read).toBeGreaterThan(ROWS);
  expect(read).toBeLessThan(7 * ROWS);
  expect(
    await database.query(
      `select import_id as "importId", count(*)::int as rows, count(edited_at)::int as edited from transactions
         where import_id in ($1, $2) group by 1 order by 1`,
      [importId, besides],
    ),
  ).toEqual([
    { importId: besides, rows: ROWS, edited: 0 },
    { importId, rows: ROWS / ONE_OF, edited: ROWS / ONE_OF },
  ]);
});
