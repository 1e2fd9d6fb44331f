import type { Queryable } from '@backend/shared/pg';

/**
 * Keeps loads into a target and the begin of a revert of it apart until this transaction ends: any number of chunks may be loaded
 * at once, but none while a revert begins. A row lock would not do, because an import that begins has no row that the revert
 * could see and lock.
 */
export async function lockTarget(
  tx: Queryable,
  { target, access }: { target: string; access: 'load' | 'revert' },
): Promise<void> {
  const lock = access === 'load' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await tx.query(
    `select ${lock}(hashtextextended(jsonb_build_array('import target', app.scope_id(), $1::text)::text, 0))`,
    [target],
  );
}

/** The import itself when it is reverted, or another one of its target that is being reverted: neither lets rows be loaded. */
export async function findRevertInWay(
  tx: Queryable,
  { importId, target }: { importId: string; target: string },
): Promise<{ readonly importId: string } | undefined> {
  const { rows } = await tx.query<{ importId: string }>(
    `select import_id as "importId" from imports
     where scope_id = app.scope_id() and target = $2
       and (status = 'reverting' or (status = 'reverted' and import_id = $1))
     order by import_id <> $1 limit 1`,
    [importId, target],
  );
  return rows[0];
}

/**
 * Makes a job one that is being reverted; what it was before is over for good. False when it runs (unless the caller knows that
 * nothing works for it any more), or when a revert has begun already. Waits for whoever holds the job's row.
 */
export async function beginRevert(
  tx: Queryable,
  { importId, isAbandoned }: { importId: string; isAbandoned: boolean },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update imports set status = 'reverting', updated_at = now()
     where import_id = $1 and status not in ('reverting', 'reverted') and (status <> 'running' or $2)`,
    [importId, isAbandoned],
  );
  return rowCount === 1;
}

/** Other imports that are at work on the target and have loaded rows, or found rows there that they took for their own. */
export async function findRunningLoads(
  tx: Queryable,
  { target, exceptImportId }: { target: string; exceptImportId: string },
): Promise<string[]> {
  const { rows } = await tx.query<{ importId: string }>(
    `select import_id as "importId" from imports
     where scope_id = app.scope_id() and target = $1 and import_id <> $2
       and mode = 'commit' and status = 'running' and loaded_batches > 0
     order by import_id`,
    [target, exceptImportId],
  );
  return rows.map(({ importId }) => importId);
}

/** Where a revert stands. */
export interface RevertState {
  readonly status: string;
  readonly deletedRows: number;
  /** Null before its end. */
  readonly keptRows: number | null;
}

/** Locks the job's row, so that one chunk is deleted at a time, and says where the revert stands. */
export async function claimRevert(tx: Queryable, importId: string): Promise<RevertState> {
  const { rows } = await tx.query<RevertState>(
    `select status, deleted_rows as "deletedRows", kept_rows as "keptRows" from imports where import_id = $1 for update`,
    [importId],
  );
  return rows[0]!;
}

/** Counts a chunk, in the transaction that deletes it. The caller holds the claim. */
export async function saveDeleted(
  tx: Queryable,
  { importId, deleted }: { importId: string; deleted: number },
): Promise<void> {
  await tx.query(`update imports set deleted_rows = deleted_rows + $2, updated_at = now() where import_id = $1`, [
    importId,
    deleted,
  ]);
}

/** Ends a revert; from now on the content of the file is free to be imported again. The caller holds the claim. */
export async function saveReverted(
  tx: Queryable,
  { importId, kept }: { importId: string; kept: number },
): Promise<void> {
  await tx.query(`update imports set status = 'reverted', kept_rows = $2, updated_at = now() where import_id = $1`, [
    importId,
    kept,
  ]);
}
