import { transientFailure } from '@backend/shared/failures';
import { BATCH_ROWS, validateBatch as validateRecords } from '../records';
import { claimLoad, deferFlush, findJob, flushLoads, saveLoaded } from '../repositories';
import { type ImportDeps, sliceMsOf } from './deps';
import { findRepeats } from './find-repeats';
import { flagPossibleDuplicates } from './flag-possible-duplicates';
import { loadCursors } from './kept-work';
import { formatOf } from '../metrics';
import { readBatches } from './read-batches';
import { keepRevertsOut } from './revert-fence';
import { openSource, readRef, requireJob, requirePlan } from './source-file';

export interface LoadedSlice {
  readonly imported: number;
  readonly duplicates: number;
  readonly batchesDone: number;
  readonly done: boolean;
}

/** Whole batches that become one transaction. */
interface Chunk {
  readonly toBatch: number;
  readonly packs: readonly unknown[];
  readonly rows: number;
}

/**
 * Loads chunks of whole batches from the checkpoint on, for one slice of time. A chunk's rows, its counts and the checkpoint
 * are one transaction, fenced by the old checkpoint: an attempt that was overtaken writes nothing. While the database takes a
 * chunk, the next one is read. Without a cursor of this process, rows before the checkpoint are read again without being
 * written, because the key of a row counts the equal rows before it. After the last chunk possible duplicates are flagged.
 */
export async function importToDatabase<Row>(
  deps: ImportDeps<Row>,
  { importId, userId, slice = 0 }: { importId: string; userId: string; slice?: number },
): Promise<LoadedSlice> {
  const job = await requireJob(deps, { importId, userId });
  const plan = requirePlan(job);
  const batches = Math.ceil(job.rows / BATCH_ROWS);
  const validate = deps.tenant.createValidator({ layout: plan.layout, decisions: plan.decisions });
  const cursors = loadCursors<Row>();
  const cursor = cursors.take(importId, job.loadedBatches);

  let fromBatch = job.loadedBatches;
  /** A chunk had rows that were there already; the next one is likely to have some too. */
  let duplicatesExpected = false;
  let held = false;
  /** Packs whose rows are in the database: their memory is taken again, so that it does not grow with the file. */
  const used: unknown[] = [];
  let until: number | undefined;
  const target = { importId, scopeId: userId, targetId: job.target };
  const format = formatOf(job);
  const save = async ({ toBatch, packs, rows }: Chunk): Promise<void> => {
    const began = performance.now();
    const accepted = await deps.scope(userId, async (tx) => {
      // Rows, counts and checkpoint are kept or lost together, and only the end of the slice tells of them.
      await deferFlush(tx);
      await keepRevertsOut(tx, job);
      // Locks the job: two attempts cannot load a chunk side by side, and the one that was overtaken writes nothing.
      if (!(await claimLoad(tx, { importId, fromBatch })))
        throw transientFailure('Superseded', 'Another attempt has loaded these batches.');
      const { imported, by } =
        rows > 0
          ? await deps.tenant.load(tx, { ...target, packs, rows, duplicatesExpected })
          : { imported: 0, by: null };
      const saved = await saveLoaded(tx, { importId, toBatch, imported, duplicates: rows - imported, by });
      duplicatesExpected = imported < rows;
      held = saved.hold;
      return imported;
    });
    deps.metrics.importChunkSeconds.record((performance.now() - began) / 1000, { step: 'load' });
    deps.metrics.importRows.add(accepted, { format, outcome: 'accepted' });
    deps.metrics.importRows.add(rows - accepted, { format, outcome: 'duplicate' });
    used.push(...packs);
    fromBatch = toBatch;
  };

  if (fromBatch < batches) {
    const source = await openSource(deps, readRef(job));
    const keyOf =
      cursor?.keyOf ?? deps.tenant.createKeyer(job.target, await findRepeats(deps, { job, plan, source, validate }));
    const packer = await deps.scope(userId, async (tx) => deps.tenant.openLoad(tx, target));
    let packs: unknown[] = [];
    let rows = 0;
    let bytes = 0;
    let chunkFrom = fromBatch;
    let saving: Promise<void> = Promise.resolve();
    for await (const batch of readBatches({
      source,
      plan,
      rows: job.rows,
      firstBatch: cursor?.batch ?? 0,
      start: cursor?.position ?? plan.layout.dataStart,
    })) {
      const { good } = validateRecords({ records: batch.records, firstOrdinal: batch.index * BATCH_ROWS, validate });
      const keyed = good.map(({ row }) => ({ row, key: keyOf(row) }));
      const done = batch.index + 1;
      deps.pulse.step({ phase: 'importing', row: batch.index * BATCH_ROWS + batch.records.length });
      if (done <= job.loadedBatches) continue;
      // Reading again what is loaded is not part of the slice: a slice of a long file would end before its first load.
      until ??= Date.now() + sliceMsOf(deps.limits, slice);
      packs.push(packer.pack(keyed, used.pop()));
      rows += keyed.length;
      bytes += batch.bytes;
      const { chunkBatches, chunkBytes } = deps.limits;
      if (done - chunkFrom < chunkBatches && bytes < chunkBytes && done < batches) continue;
      await saving;
      saving = save({ toBatch: done, packs, rows });
      // Its failure is seen at the next wait; until then nobody listens.
      saving.catch(() => undefined);
      chunkFrom = done;
      packs = [];
      rows = 0;
      bytes = 0;
      if ((held || deps.pulse.isStopping() || Date.now() > until) && done < batches) {
        await saving;
        cursors.keep(importId, { batch: done, position: batch.end, keyOf });
        break;
      }
    }
    await saving;
  }
  const after = (await deps.scope(userId, async (tx) => {
    await flushLoads(tx, importId);
    return findJob(tx, importId);
  }))!;
  const isLoaded = after.loadedBatches >= batches;
  return {
    imported: after.importedRows,
    duplicates: after.duplicateRows,
    batchesDone: after.loadedBatches,
    done:
      isLoaded &&
      (await flagPossibleDuplicates(deps, {
        userId,
        job: after,
        // One slice for both: an attempt has no time for two.
        until: until ?? Date.now() + sliceMsOf(deps.limits, slice),
        mayWait: until !== undefined,
      })),
  };
}
