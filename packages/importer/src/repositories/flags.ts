import type { Queryable } from '@backend/shared/pg';

/** How far the search for possible duplicates of an import has come. */
export interface FlaggingState {
  readonly importedRows: number;
  /** In how many parts its rows are looked at; null before that is decided, 0 when there is nothing to find. */
  readonly parts: number | null;
  /** Parts that are done. */
  readonly done: number;
}

export async function findFlagging(tx: Queryable, importId: string): Promise<FlaggingState> {
  const { rows } = await tx.query<FlaggingState>(
    `select imported_rows as "importedRows", flag_parts as parts, flagged_parts as done from imports where import_id = $1`,
    [importId],
  );
  return rows[0]!;
}

/** Decides how many parts there are; what was decided before stays. */
export async function saveFlagParts(
  tx: Queryable,
  { importId, parts }: { importId: string; parts: number },
): Promise<void> {
  await tx.query(
    `update imports set flag_parts = $2, updated_at = now()
     where import_id = $1 and flag_parts is null and status = 'running'`,
    [importId, parts],
  );
}

/**
 * Counts a part as done, in the transaction that flags its rows. Undefined when another attempt has done it or the job has
 * ended: the caller's work is void. `hold`: somebody wants the work to stop here.
 */
export async function saveFlagged(
  tx: Queryable,
  { importId, part }: { importId: string; part: number },
): Promise<{ readonly hold: boolean } | undefined> {
  const { rows } = await tx.query<{ hold: boolean }>(
    `update imports set flagged_parts = $2::int + 1, updated_at = now()
     where import_id = $1 and flagged_parts = $2 and flag_parts > $2 and status = 'running' returning hold`,
    [importId, part],
  );
  return rows[0];
}
