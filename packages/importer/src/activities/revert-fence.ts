import { transientFailure, userFailure } from '@backend/shared/failures';
import type { Queryable } from '@backend/shared/pg';
import { IMPORT_FAILURES } from '../contract';
import { type ImportJob, findRevertInWay, lockTarget } from '../repositories';

/** Refuses an import whose rows were taken back, or are about to be: its id is used up. */
export function refuseReverted(job: Pick<ImportJob, 'importId' | 'status'> | undefined): void {
  if (job?.status === 'reverting' || job?.status === 'reverted') throw reverted(job.importId);
}

/** Refuses to work on for an import that was reverted, or that a revert of its target has ended because it took it for abandoned. */
export function refuseEnded(job: Pick<ImportJob, 'importId' | 'status'> | undefined): void {
  refuseReverted(job);
  if (job?.status !== 'failed') return;
  throw userFailure(
    IMPORT_FAILURES.ImportReverted,
    `Import ${job.importId} was ended, so that another one of its target could be reverted; start it again.`,
  );
}

/**
 * To be called in the transaction of a chunk before its rows are looked at. Rows that a revert of the same target is about to
 * delete would be taken for duplicates and be missing afterwards, so the load waits, by a failure that is retried. The lock lasts
 * until the chunk is committed: a revert that begins meanwhile waits for it, and then sees that the import has loaded rows.
 */
export async function keepRevertsOut(
  tx: Queryable,
  { importId, target }: Pick<ImportJob, 'importId' | 'target'>,
): Promise<void> {
  await lockTarget(tx, { target, access: 'load' });
  const revert = await findRevertInWay(tx, { importId, target });
  if (!revert) return;
  if (revert.importId === importId) throw reverted(importId);
  throw transientFailure(
    'RevertUnderWay',
    `Import ${revert.importId} into ${target} is being reverted; rows are loaded when that has ended. ` +
      `A revert that was cut off goes on with import revert ${revert.importId}.`,
  );
}

function reverted(importId: string) {
  return userFailure(
    IMPORT_FAILURES.ImportReverted,
    `Import ${importId} was reverted; import the file under another id.`,
  );
}
