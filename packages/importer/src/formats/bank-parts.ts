import { bufferSource, detectEncoding, type FileProblem, scanFile, settleEncoding } from '../reading';
import { bytesDecoder, type Encoding, needsTranscoding } from '../reading/encoding';
import { parseAmountText } from '../records/amount-text';
import {
  type ConvertedFile,
  type ConvertedRecord,
  type ConvertInput,
  type ConvertLimits,
  FileProblemError,
  type StatementBalance,
} from './types';

/** The columns every bank format can fill, named after the roles. A format shows those it has. */
export const BANK_COLUMNS = [
  'date',
  'amount',
  'description',
  'payee',
  'currency',
  'externalId',
  'category',
  'notes',
] as const;

/** One column of a bank format. */
export type BankColumn = (typeof BANK_COLUMNS)[number];

/** The cells of one record by their columns; what is missing is ''. */
export type BankCells = Partial<Record<BankColumn, string>>;

/** A warning of the import result. */
export interface BankWarning {
  readonly code: string;
  readonly message: string;
}

/** The refusal of a whole file as an exception. */
export function fileProblem(code: FileProblem['code'], message: string): FileProblemError {
  return new FileProblemError({ code, message });
}

/** `FileTooLarge` for a file with more records than allowed. */
export function tooManyRows({ maxRows }: ConvertLimits): FileProblemError {
  return fileProblem(
    'FileTooLarge',
    `The file has more than ${maxRows} records, the largest number allowed for its format; split it into smaller files.`,
  );
}

/** The beginning of a text of the file, fit for a message: short, without characters that cannot be stored. */
export function shown(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[\0\ufffd\p{Surrogate}]/gu, '?');
}

/** `MalformedFile`: the file is not what its format says; the sentence names the line. */
export function malformed(format: string, line: number, what: string): FileProblemError {
  return fileProblem('MalformedFile', `The file is not ${format}: line ${line} ${shown(what, 200)}.`);
}

/**
 * All bytes of a source, at most `maxBytes` of them: reading stops with the first byte above (`FileTooLarge`).
 * A file without any byte but white space is `EmptyFile`.
 */
export async function readWhole({ source, limits, filename }: ConvertInput): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of source.open(0)) {
    bytes += piece.length;
    if (bytes > limits.maxBytes) {
      throw fileProblem(
        'FileTooLarge',
        `The file has more than ${limits.maxBytes} bytes, the largest size allowed for its format; split it into smaller files.`,
      );
    }
    pieces.push(piece);
  }
  const all = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, bytes);
  if (!all.some((byte) => byte > 0x20)) throw fileProblem('EmptyFile', `The file ${filename} is empty.`);
  return all;
}

/**
 * The text of a file (data-import 4): BOM > profile > declared > strict UTF-8 > windows-1252 with `EncodingFallback`.
 * Bytes that are not of the encoding the file or the user names are `DecodeError`. The NUL bytes and the end-of-file
 * mark of DOS (0x1A) with which some programs fill up the last block are left out.
 */
export async function decodeText(
  bytes: Buffer,
  labels: { readonly profile?: string | undefined; readonly declared?: string | undefined },
): Promise<{ readonly text: string; readonly warnings: BankWarning[] }> {
  const detected = orThrow(detectEncoding(bytes, labels));
  const scan = orThrow(
    await scanFile({ source: bufferSource(bytes), encoding: detected.encoding, maxBytes: bytes.length }),
  );
  const { encoding, bomBytes, source, warnings } = orThrow(settleEncoding(detected, scan));
  const text = decode(bytes, encoding, bomBytes);
  const doubt: BankWarning[] =
    source === 'declared' && encoding === 'windows-1252' && looksLikeUtf8(bytes)
      ? [
          {
            code: 'EncodingDoubtful',
            message:
              'The file says it is windows-1252 but reads as UTF-8; if letters look wrong, set profile.encoding to utf-8.',
          },
        ]
      : [];
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === 0 || text.charCodeAt(end - 1) === 0x1a)) end -= 1;
  return { text: end === text.length ? text : text.slice(0, end), warnings: [...warnings, ...doubt] };
}

function orThrow<T extends object>(outcome: T | { readonly problem: FileProblem }): T {
  if ('problem' in outcome) throw new FileProblemError(outcome.problem);
  return outcome;
}

function decode(bytes: Buffer, encoding: Encoding, bomBytes: number): string {
  // bytesDecoder takes UTF-16 for transcoded already; here it is not.
  if (needsTranscoding(encoding)) return new TextDecoder(encoding).decode(bytes);
  return bytesDecoder(encoding)(bytes, bomBytes, bytes.length);
}

/** True for bytes above ASCII that are all well-formed UTF-8: by chance that hardly happens. */
function looksLikeUtf8(bytes: Buffer): boolean {
  const found = detectEncoding(bytes);
  return 'encoding' in found && found.source === 'strict-utf-8' && bytes.some((byte) => byte >= 0x80);
}

/** One line of a text, and where it stands. */
export interface TextLine {
  readonly text: string;
  /** 1-based. */
  readonly line: number;
  /** False only for a last line without a line end: the file may have been cut there. */
  readonly ended: boolean;
}

/** The lines of a text; line ends are CR LF, LF, or CR alone. */
export function* linesOf(text: string): Generator<TextLine> {
  const lineEnd = /\r\n|\r|\n/g;
  let start = 0;
  let line = 1;
  for (let match = lineEnd.exec(text); match; match = lineEnd.exec(text)) {
    yield { text: text.slice(start, match.index), line, ended: true };
    start = lineEnd.lastIndex;
    line += 1;
  }
  if (start < text.length) yield { text: text.slice(start), line, ended: false };
}

/** Tells the 1-based line of ever later offsets of a text, each character being looked at once. */
export function lineCounter(text: string): (at: number) => number {
  const lineEnd = /\r\n|\r|\n/g;
  let line = 1;
  let next = lineEnd.exec(text);
  return (at) => {
    while (next && lineEnd.lastIndex <= at) {
      line += 1;
      next = lineEnd.exec(text);
    }
    return line;
  };
}

/** White space, of which line breaks are part, as single spaces. */
export function tidy(text: string): string {
  if (text === '') return text;
  return /\s\s|[^\S ]|^ | $/.test(text) ? text.replace(/\s+/g, ' ').trim() : text;
}

/** Texts that are there, joined. */
export function joined(texts: readonly (string | undefined)[], separator: string): string {
  return texts.filter((text) => text !== undefined && text !== '').join(separator);
}

/** Makes the records of one file and keeps its limits. */
export interface RecordMaker {
  /**
   * A record. One that cannot be trusted gets a date no reader accepts, so that it becomes a row error:
   * a record above `maxRecordBytes` (`size` in characters), one with U+0000 or U+FFFD, one the end of the file cuts off.
   * Throws `FileTooLarge` above `maxRows`.
   */
  readonly record: (options: {
    readonly line: number;
    readonly cells: BankCells;
    readonly size: number;
    readonly isReversal?: boolean;
    readonly cutOff?: boolean;
  }) => ConvertedRecord;
}

/** See {@link RecordMaker}. */
export function recordMaker(columns: readonly BankColumn[], limits: ConvertLimits): RecordMaker {
  let rows = 0;
  return {
    record: ({ line, cells, size, isReversal, cutOff }) => {
      rows += 1;
      if (rows > limits.maxRows) {
        throw tooManyRows(limits);
      }
      const reversal = isReversal ? ({ isReversal: true } as const) : {};
      if (size > limits.maxRecordBytes || isLonger(cells, limits.maxRecordBytes)) {
        const why = `record longer than ${limits.maxRecordBytes} bytes`;
        return { line, cells: columns.map((column) => (column === 'date' ? why : '')), ...reversal };
      }
      const texts = columns.map((column) => tidy(cells[column] ?? ''));
      // PostgreSQL cannot store U+0000, and U+FFFD is a letter that somebody lost.
      const bad = columns.find((_column, at) => texts[at] && UNREADABLE.test(texts[at]));
      if (bad === undefined && !cutOff) return { line, cells: texts, ...reversal };
      const why = bad === undefined ? 'record cut off by the end of the file' : `unreadable character in ${bad}`;
      return {
        line,
        cells: texts.map((text, at) => (columns[at] === 'date' ? why : text.replace(/[\0\ufffd]/g, '?'))),
        ...reversal,
      };
    },
  };
}

const UNREADABLE = /[\0\ufffd]/;

function isLonger(cells: BankCells, maxBytes: number): boolean {
  let characters = 0;
  for (const column of BANK_COLUMNS) characters += cells[column]?.length ?? 0;
  // A UTF-16 unit has at most three bytes in UTF-8, so nearly all records need no closer look.
  if (characters * 3 <= maxBytes) return false;
  let bytes = 0;
  for (const column of BANK_COLUMNS) bytes += Buffer.byteLength(cells[column] ?? '');
  return bytes > maxBytes;
}

/**
 * Two values where a record may have one: the value when they agree, else both, which no reader accepts. A record that
 * was not closed before the next one began thus becomes a row error instead of losing one of the two.
 */
export function onlyOne(before: string | undefined, value: string): string {
  if (before === undefined || before === '' || before === value) return value;
  // Bounded, or a thousand repetitions would be copied a thousand times.
  return before.length > 500 ? before : `${before} / ${value}`;
}

/** The balances of the statements of a file. */
export interface BalanceBook {
  readonly add: (balance: StatementBalance) => void;
  /** A statement with records has no two balances: nothing can be proved about its currency. */
  readonly withoutProof: (currency: string) => void;
  /** Balances of the currencies of which every statement with records has both. */
  readonly proved: () => readonly StatementBalance[];
}

const MAX_STATEMENTS = 100_000;

/** An empty {@link BalanceBook}. */
export function balanceBook(): BalanceBook {
  const balances: StatementBalance[] = [];
  const unproved = new Set<string>();
  return {
    add: (balance) => {
      // Nobody has that many statements; what is in memory has a bound.
      if (balances.length < MAX_STATEMENTS) balances.push(balance);
      else unproved.add('');
    },
    withoutProof: (currency) => void unproved.add(currency),
    proved: () => balances.filter(({ currency }) => !unproved.has(currency) && !unproved.has('')),
  };
}

/** A balance as signed minor units in text; undefined when it is no amount of the currency. */
export function balanceMinor(options: {
  readonly amount: string;
  readonly negative: boolean;
  readonly currency: string;
  readonly decimal: '.' | ',';
}): string | undefined {
  const { amount, negative, currency, decimal } = options;
  if (amount === '' || !/^[\d.,]+$/.test(amount)) return undefined;
  const parsed = parseAmountText({ text: amount, decimal, currency });
  if ('error' in parsed) return undefined;
  return (negative ? -parsed.ok : parsed.ok).toString();
}

/** Counts the accounts a file names. All records go to one account, so more than one is worth a warning. */
export function accountCounter(): { readonly see: (account: string) => void; readonly warnings: () => BankWarning[] } {
  const accounts = new Set<string>();
  return {
    see: (account) => {
      if (account !== '' && accounts.size < 1000) accounts.add(account);
    },
    // Account numbers are nobody's business in a log: only how many there are.
    warnings: () =>
      accounts.size < 2
        ? []
        : [
            {
              code: 'SeveralAccounts',
              message: `The file holds statements of ${accounts.size} accounts; all records are imported into one.`,
            },
          ],
  };
}

/** A converted file of which nothing is fixed but what is given. */
export function convertedFile(
  file: Pick<ConvertedFile, 'columns' | 'records' | 'warnings'> & Partial<ConvertedFile>,
): ConvertedFile {
  return { profile: {}, balances: () => [], pendingSkipped: () => 0, ...file };
}
