import { transientFailure } from '@backend/shared/failures';
import { BATCH_ROWS } from '../contract';
import { validateBatch as validateRecords } from '../records';
import { claimLoad, findJob, saveLoaded } from '../repositories';
import type { ImportDeps } from './deps';
import { readBatches } from './read-batches';
import { openSource, requireJob, requirePlan } from './source-file';

export interface LoadedSlice {
  readonly imported: number;
  readonly duplicates: number;
  readonly batchesDone: number;
  readonly done: boolean;
}

/**
 * Loads chunks of whole batches from the checkpoint on, for one slice of time. A chunk's rows, its counts and the checkpoint
 * are one transaction, fenced by the old checkpoint: an attempt that was overtaken writes nothing. Rows before the checkpoint
 * are read again without being written, because the key of a row counts the equal rows before it.
 */
export async function importToDatabase<Row>(
  deps: ImportDeps<Row>,
  { importId, userId }: { importId: string; userId: string },
): Promise<LoadedSlice> {
  const job = await requireJob(deps, { importId, userId });
  const plan = requirePlan(job);
  const batches = Math.ceil(job.rows / BATCH_ROWS);
  const validate = deps.tenant.createValidator({ layout: plan.layout, decisions: plan.decisions });
  const keyOf = deps.tenant.createKeyer(job.target);
  let fromBatch = job.loadedBatches;
  let rows: { row: Row; key: Buffer }[] = [];
  let bytes = 0;
  let until: number | undefined;
  const save = async (toBatch: number): Promise<void> => {
    await deps.scope(userId, async (tx) => {
      // Locks the job: two attempts cannot load a chunk side by side, and the one that was overtaken writes nothing.
      if (!(await claimLoad(tx, { importId, fromBatch })))
        throw transientFailure('Superseded', 'Another attempt has loaded these batches.');
      const { imported } =
        rows.length > 0 ? await deps.tenant.load(tx, { importId, targetId: job.target, rows }) : { imported: 0 };
      await saveLoaded(tx, { importId, toBatch, imported, duplicates: rows.length - imported });
    });
    fromBatch = toBatch;
    rows = [];
    bytes = 0;
  };

  if (fromBatch < batches) {
    const source = await openSource(deps, job.source.ref);
    for await (const batch of readBatches({
      source,
      plan,
      rows: job.rows,
      firstBatch: 0,
      start: plan.layout.dataStart,
    })) {
      const { good } = validateRecords({ records: batch.records, firstOrdinal: batch.index * BATCH_ROWS, validate });
      const keyed = good.map(({ row }) => ({ row, key: keyOf(row) }));
      const done = batch.index + 1;
      deps.pulse.step({ phase: 'importing', row: batch.index * BATCH_ROWS + batch.records.length });
      if (done <= job.loadedBatches) continue;
      // Reading again what is loaded is not part of the slice: a slice of a long file would end before its first load.
      until ??= Date.now() + deps.limits.sliceMs;
      rows.push(...keyed);
      bytes += batch.bytes;
      const { chunkBatches, chunkBytes } = deps.limits;
      if (done - fromBatch < chunkBatches && bytes < chunkBytes && done < batches) continue;
      await save(done);
      if (Date.now() > until) break;
    }
  }
  const after = (await deps.scope(userId, async (tx) => findJob(tx, importId)))!;
  return {
    imported: after.importedRows,
    duplicates: after.duplicateRows,
    batchesDone: after.loadedBatches,
    done: after.loadedBatches >= batches,
  };
}
