import { BATCH_ROWS } from '../contract';
import type { ImportPlan } from '../repositories';
import { type ByteSource, type Position, type SourceRecord, readRecordChunks } from '../reading';

/** Up to 100 records in file order. `index` counts batches from 0; `end` is where the next one begins. */
export interface RecordBatch {
  readonly index: number;
  readonly records: readonly SourceRecord[];
  readonly end: Position;
}

/** The batches of a file from a checkpoint on. */
export async function* readBatches({
  source,
  plan,
  firstBatch,
  start,
}: {
  source: ByteSource;
  plan: ImportPlan;
  firstBatch: number;
  start: Position;
}): AsyncGenerator<RecordBatch, void, undefined> {
  let pending: SourceRecord[] = [];
  let index = firstBatch;
  const take = (records: SourceRecord[]): RecordBatch => {
    const last = records.at(-1)!;
    return { index: index++, records, end: { byteOffset: last.byteEnd, line: last.nextLine } };
  };
  const { encoding, bomBytes, layout, skipBottom } = plan;
  const chunks = readRecordChunks({
    source,
    encoding,
    bomBytes,
    delimiter: layout.delimiter,
    expectedColumns: layout.columnCount,
    start,
    skipBottom,
  });
  for await (const { records } of chunks) {
    pending = pending.length > 0 ? pending.concat(records) : [...records];
    let from = 0;
    for (; pending.length - from >= BATCH_ROWS; from += BATCH_ROWS) yield take(pending.slice(from, from + BATCH_ROWS));
    pending = pending.slice(from);
  }
  if (pending.length > 0) yield take(pending);
}
