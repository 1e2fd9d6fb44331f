import type { SourceRecord } from '../reading';
import type { RowError, RowErrorCode, Validated } from './types';

/** Records of one batch (data-import 2): the unit of validation, progress and restart. */
export const BATCH_ROWS = 100;

/** A validated batch. Ordinals count all records of the file from 0, good and bad. */
export interface ValidatedBatch<Row, Code extends string = RowErrorCode> {
  readonly good: readonly { readonly ordinal: number; readonly row: Row }[];
  readonly bad: readonly {
    readonly ordinal: number;
    readonly error: RowError<Code>;
    /** The record as it was, for the error report; without U+0000, which PostgreSQL cannot store. */
    readonly fields: readonly string[];
  }[];
}

/**
 * Validates one batch of up to 100 records. Pure: the same records give the same answer, so a retried batch changes
 * nothing. Throws RangeError for more records, or when `firstOrdinal` does not begin a batch.
 */
export function validateBatch<Row, Code extends string = RowErrorCode>(options: {
  readonly records: readonly SourceRecord[];
  readonly firstOrdinal: number;
  readonly validate: (record: SourceRecord) => Validated<Row, Code>;
}): ValidatedBatch<Row, Code> {
  const { records, firstOrdinal, validate } = options;
  if (records.length > BATCH_ROWS) throw new RangeError(`a batch has at most ${BATCH_ROWS} records`);
  if (firstOrdinal % BATCH_ROWS !== 0) throw new RangeError(`batches begin at multiples of ${BATCH_ROWS}`);
  const good: { ordinal: number; row: Row }[] = [];
  const bad: { ordinal: number; error: RowError<Code>; fields: readonly string[] }[] = [];
  for (const [index, record] of records.entries()) {
    const result = validate(record);
    const ordinal = firstOrdinal + index;
    if ('ok' in result) good.push({ ordinal, row: result.ok });
    else bad.push({ ordinal, error: result.error, fields: record.fields.map(withoutNul) });
  }
  return { good, bad };
}

function withoutNul(text: string): string {
  return text.replaceAll('\u0000', '');
}
