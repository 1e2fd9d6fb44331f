import { userFailure } from '@backend/shared/failures';
import { IMPORT_FAILURES } from '../contract';
import type { ImportPlan } from '../repositories';
import { type ByteSource, type Position, type SourceRecord, readRecordChunks } from '../reading';
import { BATCH_ROWS } from '../records';
import { TOO_LONG } from './convert-source';

/** Up to 100 records in file order. `index` counts batches from 0; `end` is where the next one begins. */
export interface RecordBatch {
  readonly index: number;
  readonly records: readonly SourceRecord[];
  /** The line of each record in what is read, which no other one has; `line` of the records is that of the file. */
  readonly recordLines: readonly number[];
  /** Bytes of the file that its records take. */
  readonly bytes: number;
  readonly end: Position;
}

/**
 * The batches of a file from a checkpoint on. Throws `ChecksumMismatch` when the file has not `rows` records any more: it
 * is not the one that was parsed.
 */
export async function* readBatches({
  source,
  plan,
  rows,
  firstBatch,
  start,
}: {
  source: ByteSource;
  plan: ImportPlan;
  /** Records of the whole file, as they were counted when it was parsed. */
  rows: number;
  firstBatch: number;
  start: Position;
}): AsyncGenerator<RecordBatch, void, undefined> {
  let pending: SourceRecord[] = [];
  let index = firstBatch;
  let seen = firstBatch * BATCH_ROWS;
  const changed = () =>
    userFailure(
      IMPORT_FAILURES.ChecksumMismatch,
      `The file has changed since it was parsed: it does not have ${rows} rows any more. Import it anew.`,
    );
  const take = (records: SourceRecord[]): RecordBatch => {
    const last = records.at(-1)!;
    const bytes = last.byteEnd - records[0]!.byteStart;
    return {
      index: index++,
      records: records.map((record) => inFile(record, lineColumn)),
      recordLines: records.map(({ line }) => line),
      bytes,
      end: { byteOffset: last.byteEnd, line: last.nextLine },
    };
  };
  const { encoding, bomBytes, layout, skipBottom, recordLimits, lineColumn } = plan;
  const chunks = readRecordChunks({
    source,
    encoding,
    bomBytes,
    delimiter: layout.delimiter,
    expectedColumns: layout.columnCount,
    start,
    skipBottom,
    limits: recordLimits,
  });
  for await (const { records } of chunks) {
    seen += records.length;
    if (seen > rows) throw changed();
    pending = pending.length > 0 ? pending.concat(records) : [...records];
    let from = 0;
    for (; pending.length - from >= BATCH_ROWS; from += BATCH_ROWS) yield take(pending.slice(from, from + BATCH_ROWS));
    pending = pending.slice(from);
  }
  if (seen < rows) throw changed();
  if (pending.length > 0) yield take(pending);
}

/** A record of a transcription with the line that it has in the file, and what was wrong with it there. */
export function inFile(record: SourceRecord, lineColumn: number | undefined): SourceRecord {
  if (lineColumn === undefined) return record;
  const { fields } = record;
  const line = Number(fields[lineColumn] ?? record.line);
  if (fields[lineColumn + 1] !== TOO_LONG) return { ...record, line };
  return { ...record, line, fields: fields.slice(0, 1), columnCountOk: false, problem: 'RecordTooLong' };
}
