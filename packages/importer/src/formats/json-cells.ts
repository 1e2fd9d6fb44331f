/** Longest number that is written out: doubles reach 309 digits before the point and 324 behind it. */
const MAX_PLAIN_DIGITS = 400;

/** Kept of a text over the limit behind it, so that it is still over it when a few cells of the transcription are added. */
export const OVER_LIMIT_BYTES = 256;

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/;

/**
 * A number text without its exponent, digit by digit: `1e2` is `100`, `1.50E-2` is `0.0150`, `1.10` stays as it is.
 * A text that is no number, or would be longer than 400 digits, is returned unchanged: no amount and no date can be read
 * from it, so it becomes a row error.
 */
export function plainNumber(text: string): string {
  if (!/[eE]/.test(text)) return text;
  const [, sign = '', whole = '', decimals = '', exponentText] = NUMBER.exec(text) ?? [];
  const digits = whole + decimals;
  const point = whole.length + Number(exponentText ?? Number.NaN);
  if (digits === '' || Number.isNaN(point) || Math.abs(point) > MAX_PLAIN_DIGITS) return text;
  const padded = point > 0 ? digits.padEnd(point, '0') : '0'.repeat(1 - point) + digits;
  const at = Math.max(point, 1);
  const before = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  const behind = padded.slice(at);
  return `${sign === '-' ? '-' : ''}${before}${behind === '' ? '' : `.${behind}`}`;
}

/** The text with U+FFFD for what cannot be stored, NUL and halves of surrogate pairs: the validators refuse that row. */
export function cleanText(text: string): string {
  const stored = text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
  return /[\ud800-\udfff]/.test(stored) ? stored.replace(/\p{Cs}/gu, '\ufffd') : stored;
}

/** Bytes of UTF-8 that the cells take at most as delimited text, quotation marks doubled. */
export function recordBytes(cells: readonly string[]): number {
  let bytes = 0;
  for (const cell of cells) bytes += cell === '' ? 1 : Buffer.byteLength(cell) + quotes(cell) + 3;
  return bytes;
}

function quotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count += 1;
  return count;
}

/**
 * The cells of what is no record: its text in the first one, the others empty, so that the row is refused for what it
 * lacks. Line ends and quotation marks become spaces. Text over the limit stays over it by a little, which is how the
 * delimited text it becomes is seen to be too long, and no more of it is kept.
 */
export function rawCells(options: {
  readonly text: string;
  readonly columns: number;
  readonly maxRecordBytes: number;
}): string[] {
  const { text, columns, maxRecordBytes } = options;
  const shown = cleanText(text.slice(0, maxRecordBytes + OVER_LIMIT_BYTES).replace(/[\r\n]+|"/g, ' ')).trim();
  const cells = Array.from<string>({ length: Math.max(columns, 1) }).fill('');
  cells[0] = shown;
  return cells;
}
