import type { Queryable } from '@backend/shared/pg';
import type { ImportRowError } from '../records';

export interface StoredRowError extends ImportRowError {
  /** The record's cells as they were. */
  readonly fields: readonly string[];
  /** Its line in what is read: the file, or the transcription of it. */
  readonly recordLine: number;
}

const COLUMNS = `line, column_name as "column", code, value, message`;

/** Adds refused rows in one statement; a line that is recorded already stays as it is. */
export async function insertRowErrors(
  tx: Queryable,
  { importId, errors }: { importId: string; errors: readonly StoredRowError[] },
): Promise<void> {
  if (errors.length === 0) return;
  // PostgreSQL's text and jsonb cannot hold U+0000; the line says where to look in the file.
  const clean = (text: string) => text.replaceAll('\u0000', '\ufffd');
  await tx.query(
    `insert into import_row_errors (scope_id, import_id, line, column_name, code, value, message, fields, record_line)
     select app.scope_id(), $1, e.* from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::int[]) e
     on conflict do nothing`,
    [
      importId,
      errors.map(({ line }) => line),
      errors.map(({ column }) => clean(column)),
      errors.map(({ code }) => code),
      errors.map(({ value }) => clean(value)),
      errors.map(({ message }) => clean(message)),
      errors.map(({ fields }) => JSON.stringify(fields.map(clean))),
      errors.map(({ recordLine }) => recordLine),
    ],
  );
}

/** The first refused rows by line. */
export async function firstRowErrors(
  tx: Queryable,
  { importId, limit }: { importId: string; limit: number },
): Promise<ImportRowError[]> {
  const { rows } = await tx.query<ImportRowError>(
    `select ${COLUMNS} from import_row_errors where import_id = $1 order by record_line limit $2`,
    [importId, limit],
  );
  return rows;
}

/** Refused rows after a record, with their cells: a page of the error report. */
export async function readRowErrors(
  tx: Queryable,
  { importId, afterRecord, limit }: { importId: string; afterRecord: number; limit: number },
): Promise<StoredRowError[]> {
  const { rows } = await tx.query<StoredRowError>(
    `select ${COLUMNS}, fields, record_line as "recordLine" from import_row_errors
     where import_id = $1 and record_line > $2 order by record_line limit $3`,
    [importId, afterRecord, limit],
  );
  return rows;
}
