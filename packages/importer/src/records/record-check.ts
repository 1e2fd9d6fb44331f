import type { FileLayout, RecordProblem, SourceRecord } from '../reading';
import { type RecordErrorCode, type RowError, rowError } from './types';

const PROBLEM_MESSAGES: Readonly<Record<RecordProblem, string>> = {
  RecordTooLong: 'The record is longer than the limit (64 KiB unless configured otherwise); shorten it.',
  TooManyColumns: 'The record has more columns than the limit (256 unless configured otherwise).',
  UnclosedQuote:
    'A quotation mark opens a cell on this line and is not closed; write it twice if it is part of the text.',
  MalformedQuotes: 'Text follows a closing quotation mark; write quotation marks inside a quoted cell twice.',
};

/**
 * The checks every tenant makes before it looks at values: the record is whole, has the file's number of columns, and
 * holds no character that was lost or cannot be stored. Undefined when all is well.
 */
export function checkRecord(options: {
  readonly record: SourceRecord;
  readonly layout: FileLayout;
}): RowError<RecordErrorCode> | undefined {
  const { record, layout } = options;
  const { fields, line, problem } = record;
  // Errors are stored too, and PostgreSQL cannot store U+0000.
  const shown = (text: string) => text.replaceAll('\u0000', '').replaceAll('\ufffd', '');
  if (problem) {
    return rowError({
      line,
      column: '',
      code: problem,
      value: shown(fields[0] ?? ''),
      message: PROBLEM_MESSAGES[problem],
    });
  }
  if (!record.columnCountOk) {
    const columns = `${fields.length} ${fields.length === 1 ? 'column' : 'columns'}`;
    return rowError({
      line,
      column: '',
      code: 'ColumnCount',
      value: shown(fields.join(layout.delimiter)),
      message: `The record has ${columns}; the file has ${layout.columnCount}.`,
    });
  }
  if (!record.badCharacter) return undefined;
  const column = fields.findIndex((value) => value.includes('\ufffd') || value.includes('\u0000'));
  return rowError({
    line,
    column: columnTitle(layout, column),
    code: 'InvalidCharacter',
    value: shown(fields[column] ?? ''),
    message: 'The text holds a character that could not be decoded; export the file again as UTF-8.',
  });
}

/** What a person calls a column: its header, or `column 3` without one. */
export function columnTitle(layout: FileLayout, column: number): string {
  return layout.header[column] || `column ${column + 1}`;
}
