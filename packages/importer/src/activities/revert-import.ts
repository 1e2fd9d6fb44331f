import { getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import { userFailure } from '@backend/shared/failures';
import type { Queryable } from '@backend/shared/pg';
import { IMPORT_FAILURES, type RevertImportInput, type RevertImportResult, importWorkflowId } from '../contract';
import {
  type ImportJob,
  beginRevert,
  claimRevert,
  findJob,
  findRunningLoads,
  lockTarget,
  saveDeleted,
  saveResult,
  saveReverted,
} from '../repositories';
import type { ImportDeps } from './deps';
import type { DeletedChunk } from './tenant';

const NOTHING: RevertImportResult = { deleted: 0, keptEdited: 0 };

/**
 * Deletes the rows of an import that nobody has edited since, in chunks, and frees the content of its file to be imported again.
 * A chunk's rows and their count are one transaction under the lock of the job's row, so the figures are right after any crash
 * and with any number of attempts at once; run again after the end it returns the first result. Fails with `ImportNotFound` or
 * `ImportRunning`.
 */
export async function revertImport<Row>(
  deps: ImportDeps<Row>,
  { importId, userId }: RevertImportInput,
): Promise<RevertImportResult> {
  const { job, others } = await deps.scope(userId, async (tx) => {
    const found = await findJob(tx, importId);
    return {
      job: found,
      others: found ? await findRunningLoads(tx, { target: found.target, exceptImportId: importId }) : [],
    };
  });
  if (!job) throw userFailure(IMPORT_FAILURES.ImportNotFound, `There is no import ${importId}.`);
  if (job.mode === 'preview') return NOTHING;
  const abandoned = new Set<string>();
  for (const id of job.status === 'running' ? [importId, ...others] : others)
    if (!(await isOpen(importWorkflowId({ tenant: deps.tenant.name, importId: id })))) abandoned.add(id);
  await deps.scope(userId, async (tx) => begin(tx, job, abandoned));
  for (let chunk: DeletedChunk = { deleted: 0, next: undefined }; ;) {
    const { deleted, next: after } = chunk;
    deps.pulse.step({ phase: 'reverting', deleted });
    const began = performance.now();
    const outcome = await deps.scope(userId, async (tx) => deleteChunk(deps, tx, { importId, after }));
    if ('keptEdited' in outcome) return outcome;
    deps.metrics.importChunkSeconds.record((performance.now() - began) / 1000, { step: 'revert' });
    deps.metrics.importRevertedRows.add(outcome.deletedNow);
    chunk = outcome;
  }
}

/**
 * Fences the import off. From here on it cannot go on or be tried again under its id: a load and an end ask for a job that
 * runs, an inspection opens one that failed, and whoever comes first gets the job's row. No load into the same target may be
 * between its chunks either: it would take rows for its own that are about to be deleted. One that comes later waits. One that
 * nothing works for any more (`abandoned`) has failed, and cannot go on either where it has found duplicates.
 */
async function begin(tx: Queryable, { importId, target }: ImportJob, abandoned: ReadonlySet<string>): Promise<void> {
  await lockTarget(tx, { target, access: 'revert' });
  if (!(await beginRevert(tx, { importId, isAbandoned: abandoned.has(importId) }))) {
    const { status } = await claimRevert(tx, importId);
    if (status !== 'running') return;
    throw userFailure(
      IMPORT_FAILURES.ImportRunning,
      `Import ${importId} has not ended; it can be reverted when it has.`,
    );
  }
  for (const other of await findRunningLoads(tx, { target, exceptImportId: importId })) {
    if (!abandoned.has(other)) {
      throw userFailure(
        IMPORT_FAILURES.ImportRunning,
        `Import ${other} into ${target} has not ended; ${importId} can be reverted when it has.`,
      );
    }
    await saveResult(tx, { importId: other, status: 'failed', result: null });
  }
}

/** One transaction: up to a chunk of rows, counted with those before, or the end when there are none left. */
async function deleteChunk<Row>(
  { tenant, limits }: Pick<ImportDeps<Row>, 'tenant' | 'limits'>,
  tx: Queryable,
  { importId, after }: { importId: string; after: string | undefined },
): Promise<RevertImportResult | (DeletedChunk & { deletedNow: number })> {
  const state = await claimRevert(tx, importId);
  if (state.keptRows !== null) return { deleted: state.deletedRows, keptEdited: state.keptRows };
  const { deleted, next } = await tenant.deleteUnedited(tx, { importId, limit: limits.revertRows, after });
  if (deleted > 0) {
    await saveDeleted(tx, { importId, deleted });
    return { deleted: state.deletedRows + deleted, deletedNow: deleted, next };
  }
  const keptEdited = await tenant.countRows(tx, importId);
  await saveReverted(tx, { importId, kept: keptEdited });
  return { deleted: state.deletedRows, keptEdited };
}

/** Whether the workflow still runs: one that was terminated or cancelled from outside has left its job as it was. */
async function isOpen(workflowId: string): Promise<boolean> {
  try {
    const { status } = await getClient().workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
