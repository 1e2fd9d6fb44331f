import type { Queryable } from '@backend/shared/pg';

/**
 * Deletes up to `limit` rows of an import that nobody has edited since, and returns how many. An edit under way is waited for, and
 * its row stays. The table itself sees to flags of other rows that name one of them as a possible duplicate.
 */
export async function deleteUneditedRows(
  tx: Queryable,
  { importId, limit }: { importId: string; limit: number },
): Promise<number> {
  // Locked first: PostgreSQL then looks again at whether a row that it had to wait for was edited.
  const { rowCount } = await tx.query(
    `delete from transactions where user_id = app.scope_id() and transaction_id = any (array(
       select transaction_id from transactions
       where user_id = app.scope_id() and import_id = $1 and edited_at is null limit $2 for update))`,
    [importId, limit],
  );
  return rowCount ?? 0;
}

/** How many rows of an import there are. */
export async function countImportedRows(tx: Queryable, importId: string): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    `select count(*)::int as count from transactions where user_id = app.scope_id() and import_id = $1`,
    [importId],
  );
  return rows[0]!.count;
}
