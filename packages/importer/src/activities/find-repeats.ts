import type { ByteSource } from '../reading';
import { BATCH_ROWS, createRepeatSketch } from '../records';
import type { ImportJob, ImportPlan } from '../repositories';
import type { ImportDeps } from './deps';
import { notedRepeats } from './kept-work';
import { readBatches } from './read-batches';
import type { RowValidator } from './tenant';

/**
 * Which good rows of a file may have an equal in it: only those have to be remembered while keys are made, so that memory does
 * not grow with the file. The validation has noted it; after a restart the file is read once more for it.
 */
export async function findRepeats<Row>(
  { tenant, pulse }: Pick<ImportDeps<Row>, 'tenant' | 'pulse'>,
  {
    job,
    plan,
    source,
    validate,
  }: { job: ImportJob; plan: ImportPlan; source: ByteSource; validate: RowValidator<Row> },
): Promise<(row: Row) => boolean> {
  const { fingerprint } = tenant;
  if (!fingerprint) return () => false;
  const batches = Math.ceil(job.rows / BATCH_ROWS);
  let sketch = notedRepeats.take(job.importId, batches)?.sketch;
  if (!sketch) {
    sketch = createRepeatSketch(job.rows);
    const start = plan.layout.dataStart;
    for await (const { index, records } of readBatches({ source, plan, rows: job.rows, firstBatch: 0, start })) {
      for (const record of records) {
        const validated = validate(record);
        const print = 'ok' in validated ? fingerprint(validated.ok) : undefined;
        if (print !== undefined) sketch.note(print);
      }
      pulse.step({ phase: 'counting', row: index * BATCH_ROWS + records.length });
    }
  }
  const mayRepeat = sketch.seal();
  return (row) => {
    const print = fingerprint(row);
    return print !== undefined && mayRepeat(print);
  };
}
