import type { Queryable } from '@backend/shared/pg';

/** Ids of rows, which are given in the order in which rows are loaded. */
interface Ids {
  readonly after: string;
  readonly upTo: string;
}

/**
 * Deletes up to `limit` rows of an import that nobody has edited since, in the order of their ids, and returns how many; `next` is
 * the `after` of the next chunk. An edit under way is waited for, and its row stays. The table itself sees to flags of other rows
 * that name one of them as a possible duplicate.
 *
 * Entries of deleted rows stay in an index as long as somebody holds an old snapshot, and those of kept rows for ever: chunks that
 * each began at the first one would pass over the same ones again and again.
 */
export async function deleteUneditedRows(
  tx: Queryable,
  { importId, limit, after }: { importId: string; limit: number; after: string | undefined },
): Promise<{ readonly deleted: number; readonly next: string | undefined }> {
  let ids: Ids | undefined;
  let page: string[] = [];
  if (after !== undefined) {
    ids = JSON.parse(after) as Ids;
    page = await lockPage(tx, { importId, limit, ids });
  }
  if (page.length === 0) {
    ids = await findIds(tx, importId);
    if (ids) page = await lockPage(tx, { importId, limit, ids });
  }
  const last = page.at(-1);
  if (!ids || last === undefined) return { deleted: 0, next: undefined };
  await tx.query('delete from transactions where user_id = app.scope_id() and transaction_id = any ($1::bigint[])', [
    page,
  ]);
  const next: Ids = { after: last, upTo: ids.upTo };
  return { deleted: page.length, next: page.length < limit ? undefined : JSON.stringify(next) };
}

/** Between which ids the rows lie that are left to delete. */
async function findIds(tx: Queryable, importId: string): Promise<Ids | undefined> {
  // With the count the rows are found by their import; for the bounds alone the planner may walk all ids of all users.
  const { rows } = await tx.query<Ids & { count: string }>(
    `select (min(transaction_id) - 1)::text as after, max(transaction_id)::text as "upTo", count(*)
     from transactions where user_id = app.scope_id() and import_id = $1 and edited_at is null`,
    [importId],
  );
  const { count, after, upTo } = rows[0]!;
  return count === '0' ? undefined : { after, upTo };
}

/** Rows that nobody has edited, locked: PostgreSQL looks again at whether one that it had to wait for was edited. */
async function lockPage(
  tx: Queryable,
  { importId, limit, ids }: { importId: string; limit: number; ids: Ids },
): Promise<string[]> {
  // Without sorts the planner, which may know nothing yet of these rows, has to walk the index of ids.
  await tx.query(`select set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)`);
  const { rows } = await tx.query<{ id: string }>(
    `select transaction_id::text as id from transactions
     where user_id = app.scope_id() and import_id = $1 and edited_at is null and transaction_id > $3 and transaction_id <= $4
     order by transaction_id limit $2 for update`,
    [importId, limit, ids.after, ids.upTo],
  );
  await tx.query(`select set_config('enable_sort', 'on', true), set_config('enable_bitmapscan', 'on', true)`);
  return rows.map(({ id }) => id);
}

/** How many rows of an import there are. */
export async function countImportedRows(tx: Queryable, importId: string): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    `select count(*)::int as count from transactions where user_id = app.scope_id() and import_id = $1`,
    [importId],
  );
  return rows[0]!.count;
}
