import { transientFailure } from '@backend/shared/failures';
import type { Position } from '../reading';
import { BATCH_ROWS, type RepeatSketch, createRepeatSketch, validateBatch as validateRecords } from '../records';
import { type ImportJob, type StoredRowError, findJob, insertRowErrors, saveValidated } from '../repositories';
import { type ImportDeps, sliceMsOf } from './deps';
import { notedRepeats } from './kept-work';
import { formatOf } from '../metrics';
import { readBatches } from './read-batches';
import { openSource, readRef, requireJob, requirePlan } from './source-file';

/** Refused rows wait in memory, many times as large as in the file, until so much of it is waiting. */
const WAITING_BYTES = 1024 ** 2;
/** What a refused row costs besides its own bytes. */
const REFUSED_ROW_BYTES = 512;

export interface ValidatedSlice {
  readonly validated: number;
  readonly errors: number;
  readonly batchesDone: number;
  readonly done: boolean;
}

/**
 * Validates batches of 100 from the checkpoint on, for one slice of time. Every batch is validated by itself; the refused
 * rows of a chunk of batches, their count and the checkpoint are one transaction, so a retry goes on at the first batch
 * that is not done and counts nothing twice.
 */
export async function validateBatch<Row>(
  deps: ImportDeps<Row>,
  { importId, userId, slice = 0 }: { importId: string; userId: string; slice?: number },
): Promise<ValidatedSlice> {
  const job = await requireJob(deps, { importId, userId });
  const plan = requirePlan(job);
  const batches = Math.ceil(job.rows / BATCH_ROWS);
  const validate = deps.tenant.createValidator({ layout: plan.layout, decisions: plan.decisions });
  const until = Date.now() + sliceMsOf(deps.limits, slice);
  let held = false;
  const { fingerprint } = deps.tenant;
  // For the load, which needs to know where equal rows may be.
  const sketch = fingerprint && job.mode === 'commit' ? noteRepeats(job) : undefined;

  let fromBatch = job.validatedBatches;
  let rows = 0;
  let bytes = 0;
  let errors: StoredRowError[] = [];
  let waitingBytes = 0;
  const format = formatOf(job);
  const save = async (toBatch: number, position: Position): Promise<void> => {
    const began = performance.now();
    const saved = await deps.scope(userId, async (tx) => {
      await insertRowErrors(tx, { importId, errors });
      const step = await saveValidated(tx, { importId, fromBatch, toBatch, rows, errors: errors.length, position });
      // Inside, so that the refused rows are not kept either.
      if (!step) throw transientFailure('Superseded', 'Another attempt has validated these batches.');
      return step;
    });
    deps.metrics.importChunkSeconds.record((performance.now() - began) / 1000, { step: 'validate' });
    deps.metrics.importRows.add(errors.length, { format, outcome: 'rejected' });
    held = saved.hold;
    fromBatch = toBatch;
    rows = 0;
    bytes = 0;
    errors = [];
    waitingBytes = 0;
  };

  if (fromBatch < batches) {
    const source = await openSource(deps, readRef(job));
    const start = job.validatePosition ?? plan.layout.dataStart;
    for await (const batch of readBatches({ source, plan, rows: job.rows, firstBatch: fromBatch, start })) {
      const { good, bad } = validateRecords({
        records: batch.records,
        firstOrdinal: batch.index * BATCH_ROWS,
        validate,
      });
      for (const { ordinal, error, fields } of bad) {
        const at = ordinal - batch.index * BATCH_ROWS;
        const { byteStart, byteEnd } = batch.records[at]!;
        errors.push({ ...error, fields, recordLine: batch.recordLines[at]! });
        waitingBytes += byteEnd - byteStart + REFUSED_ROW_BYTES;
      }
      if (sketch) {
        for (const { row } of good) {
          const print = fingerprint?.(row);
          if (print !== undefined) sketch.note(print);
        }
      }
      rows += batch.records.length;
      bytes += batch.bytes;
      const done = batch.index + 1;
      const { chunkBatches, chunkBytes } = deps.limits;
      const isChunk = done - fromBatch >= chunkBatches || bytes >= chunkBytes || waitingBytes >= WAITING_BYTES;
      if (isChunk || done === batches) await save(done, batch.end);
      deps.pulse.step({ phase: 'validating', row: batch.index * BATCH_ROWS + batch.records.length });
      if (rows === 0 && (held || deps.pulse.isStopping() || Date.now() > until)) break;
    }
  }
  if (sketch) notedRepeats.keep(importId, { batch: fromBatch, sketch });
  const after = (await deps.scope(userId, async (tx) => findJob(tx, importId)))!;
  return {
    validated: after.validatedRows,
    errors: after.errorRows,
    batchesDone: after.validatedBatches,
    done: after.validatedBatches >= batches,
  };
}

/** What was noted of the batches before, unless another process has validated them. */
function noteRepeats({ importId, rows, validatedBatches }: ImportJob): RepeatSketch | undefined {
  const noted = notedRepeats.take(importId, validatedBatches);
  return noted?.sketch ?? (validatedBatches === 0 ? createRepeatSketch(rows) : undefined);
}
