/** A cell that a spreadsheet would run as a formula: its signs, the full-width forms included, also after white space. */
const FORMULA_START = /^[\s\p{Cc}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;
/** `-12.50`, `+3`, `-1.234,56`: a sign and digits, which no spreadsheet runs. */
const PLAIN_NUMBER = /^ *[+-]?\d+(?:[.,]\d+)*$/;

/** A cell made harmless: text that begins like a formula gets a leading apostrophe, plain numbers stay (data-import 15). */
export function formulaSafe(value: string): string {
  return FORMULA_START.test(value) && !PLAIN_NUMBER.test(value) ? `'${value}` : value;
}

/**
 * First line of the error report: the columns of the source, then `line` and `code`. Ends with CRLF. Without a header
 * the columns are called `column 1`, `column 2`, …
 */
export function rejectsCsvHeader(options: {
  readonly header: readonly string[];
  readonly columnCount: number;
}): string {
  const { header, columnCount } = options;
  const names = Array.from({ length: columnCount }, (_, column) => header[column] ?? `column ${column + 1}`);
  return csvLine([...names, 'line', 'code']);
}

/**
 * One line of the error report: the record's cells as they were (formula-safe), its line and error code. A short record
 * is filled up with empty cells, the cells a long one has too many follow behind the code, so that every column stays
 * under its name. Ends with CRLF.
 */
export function rejectsCsvRow(options: {
  readonly fields: readonly string[];
  readonly columnCount: number;
  readonly line: number;
  readonly code: string;
}): string {
  const { fields, columnCount, line, code } = options;
  const cells = Array.from({ length: columnCount }, (_, column) => fields[column] ?? '');
  return csvLine([...cells, String(line), code, ...fields.slice(columnCount)]);
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => quote(formulaSafe(cell))).join(',')}\r\n`;
}

function quote(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
