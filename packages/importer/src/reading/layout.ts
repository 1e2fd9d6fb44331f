import { cutText } from './cut-text';
import { type Encoding, bytesDecoder, needsTranscoding } from './encoding';
import { HEADER_LINES, type Transcription, fileLine, findHeader, titleText } from './header';
import type { FileProblem } from './problem';
import { type RecordScanner, createRecordScanner } from './record-scanner';
import { type CompiledCatalogue, type RoleCatalogue, type RoleColumns, compileCatalogue } from './roles';
import {
  DEFAULT_RECORD_LIMITS,
  DELIMITERS,
  type Delimiter,
  type ImportProfile,
  type Position,
  type RecordLimits,
  type SourceRecord,
} from './types';

/** How a delimited file is laid out. Plain JSON, so that it can be kept in a checkpoint. */
export interface FileLayout {
  readonly delimiter: Delimiter;
  /** Header cells, trimmed; empty when the file has no header. */
  readonly header: readonly string[];
  /** 1-based line of the header (of a sheet the row); 0 when the file has none. */
  readonly headerLine: number;
  /** Cells every record must have (else row error `ColumnCount`). */
  readonly columnCount: number;
  /** Role to 0-based column. */
  readonly roles: RoleColumns;
  /** Where the first record behind the header begins. */
  readonly dataStart: Position;
}

/** What {@link detectLayout} answers: a layout, what the user has to say first, or why the file is refused. */
export type LayoutOutcome =
  | { readonly layout: FileLayout; readonly delimiterFrom: DelimiterSource }
  | { readonly needsInput: MissingColumn }
  | { readonly problem: FileProblem };

/** What the delimiter was told by: the profile, a line `sep=;`, the format, or the lines that agree on it. */
export type DelimiterSource = 'stated' | 'file' | 'format' | 'content';

/** No column of the file has a role that is needed. */
export interface MissingColumn {
  readonly code: 'MissingColumn';
  /** Names of the requirements, such as `date`, `amount`. */
  readonly missing: readonly string[];
  /** The best header candidate, to choose columns from. */
  readonly header: readonly string[];
  readonly headerLine: number;
  readonly delimiter: Delimiter;
  readonly delimiterFrom: DelimiterSource;
  readonly roles: RoleColumns;
  /** The first records, at most 50, the header among them. */
  readonly records: readonly SourceRecord[];
  readonly message: string;
}

/** Bytes of the head that {@link detectLayout} should get. */
export const LAYOUT_HEAD_BYTES = 1024 * 1024;

/** The delimiter is judged by this many records. */
const SAMPLE_RECORDS = 50;
/** The head is scanned in pieces, until there are enough records. */
const PIECE_BYTES = 16 * 1024;

/**
 * Delimiter, header and columns of a CSV or TSV file (data-import 5) from its first bytes.
 *
 * `profile` wins over what is found: delimiter, headerLine (0 = none), skipTop, columns. A `sep=;` line is honoured and
 * is never the header. The delimiter is the one with which most of the first 50 records agree on a column count; one
 * with which a header is found goes before one without. Lines above the header are ignored. Where no line is a header and
 * one of the first is over the limits of a record (data-import 18), the file is refused as `FileTooLarge`: nobody can name
 * the columns of such a line.
 */
export function detectLayout(options: {
  readonly head: Buffer;
  readonly headIsWholeFile: boolean;
  readonly encoding: Encoding;
  readonly bomBytes: number;
  readonly catalogue: RoleCatalogue;
  readonly profile?: ImportProfile | undefined;
  /** Fixes the delimiter as the format `tsv` does; a profile still wins. */
  readonly delimiter?: Delimiter | undefined;
  /** Of a transcription: its lines are none of the file, and its titles are where the columns are. */
  readonly transcription?: Transcription | undefined;
  readonly limits?: RecordLimits | undefined;
}): LayoutOutcome {
  const { catalogue, profile = {}, transcription, limits = DEFAULT_RECORD_LIMITS } = options;
  const compiled = compileCatalogue(transcription?.titles === 'roles' ? withoutAliases(catalogue) : catalogue);
  const bytes = headText(options);
  const fixed = profile.delimiter ?? separatorLine(bytes) ?? options.delimiter;
  const delimiterFrom = delimiterSource(options, bytes);
  const candidates = (fixed ? [fixed] : DELIMITERS).map((delimiter) =>
    judge({
      delimiter,
      bytes,
      whole: options.headIsWholeFile,
      encoding: options.encoding,
      bomBytes: options.bomBytes,
      compiled,
      profile,
      transcription,
      limits,
    }),
  );
  const best = candidates.reduce((a, b) => (isBetter(b, a) ? b : a));
  if (best.missing.length > 0) {
    const problem = overLimits(candidates, limits);
    return problem ? { problem } : { needsInput: missingColumn(best, delimiterFrom) };
  }
  const columnCount = expectedColumns(best);
  const ownColumns = transcription?.lineColumn ?? columnCount;
  const outside = Object.keys(best.roles).filter((role) => (best.roles[role] ?? 0) >= ownColumns);
  if (outside.length > 0) return { needsInput: missingColumn({ ...best, missing: outside }, delimiterFrom) };
  return {
    delimiterFrom,
    layout: {
      delimiter: best.delimiter,
      header: best.header,
      headerLine: best.headerLine,
      columnCount,
      roles: best.roles,
      dataStart: best.dataStart,
    },
  };
}

interface Candidate {
  readonly delimiter: Delimiter;
  readonly header: readonly string[];
  readonly headerLine: number;
  readonly roles: RoleColumns;
  readonly missing: readonly string[];
  readonly dataStart: Position;
  /** The first records, and those behind the header (all, when there is none). */
  readonly records: readonly SourceRecord[];
  readonly data: readonly SourceRecord[];
  /** Column count most of the records have, and how many have it. */
  readonly columns: number;
  readonly agreeing: number;
  /** The first line that could be the header by its place and is over the limits of a record; 0 = none is. */
  readonly overLimitLine: number;
}

function judge(options: {
  readonly delimiter: Delimiter;
  readonly bytes: Buffer;
  readonly whole: boolean;
  readonly encoding: Encoding;
  readonly bomBytes: number;
  readonly compiled: CompiledCatalogue;
  readonly profile: ImportProfile;
  readonly transcription: Transcription | undefined;
  readonly limits: RecordLimits;
}): Candidate {
  const { delimiter, bytes, compiled, profile, transcription, limits } = options;
  const top: Position = { byteOffset: needsTranscoding(options.encoding) ? 0 : options.bomBytes, line: 1 };
  const scanner = createRecordScanner({
    delimiter,
    decode: bytesDecoder(options.encoding),
    start: top,
    limits,
  });
  const scanned = firstRecords(scanner, options);
  const firstLine = Math.max(profile.skipTop ?? 0, separatorLine(bytes) ? 1 : 0);
  const records = scanned.filter((record) => {
    const line = fileLine(record, transcription);
    return line === 0 || line > firstLine;
  });

  const found = findHeader(records, compiled, profile, transcription);
  // Blank lines below a header are counted with the records; a transcription has none, but rows that were left out.
  const first = found.record && transcription ? records[records.indexOf(found.record) + 1] : records[0];
  const dataStart =
    found.record && !(transcription && first)
      ? { byteOffset: found.record.byteEnd, line: found.record.nextLine }
      : first
        ? { byteOffset: first.byteStart, line: first.line }
        : top;
  const data = records.filter((record) => record.line >= dataStart.line).slice(0, SAMPLE_RECORDS);
  const counted = found.record ? [found.record, ...data].slice(0, SAMPLE_RECORDS) : data;
  const { columns, agreeing } = commonColumnCount(counted);
  return {
    delimiter,
    header: (found.record?.fields ?? []).map(titleText),
    headerLine: found.record ? fileLine(found.record, transcription) : 0,
    roles: found.roles,
    missing: found.missing,
    dataStart,
    records: records.slice(0, SAMPLE_RECORDS),
    data,
    columns,
    agreeing,
    overLimitLine: found.record && !found.record.problem ? 0 : firstOverLimit(records, profile),
  };
}

/**
 * The records up to the sample behind the last line that could be the header. Not more of them are made at once: an engine that
 * has seen many records live on takes all later ones for such, and makes them where collecting them is dear.
 */
function firstRecords(
  scanner: RecordScanner,
  { bytes, whole, profile, transcription }: Parameters<typeof judge>[0],
): readonly SourceRecord[] {
  const lastLine = Math.max(HEADER_LINES, profile.headerLine ?? 0) + (profile.skipTop ?? 0);
  const records: SourceRecord[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    records.push(...scanner.push(bytes.subarray(at, at + PIECE_BYTES)));
    const last = records.at(-1 - SAMPLE_RECORDS);
    if (last && fileLine(last, transcription) > lastLine) return records;
  }
  // Behind a head that is cut off only one thing is known of the last record: that it is too long already.
  records.push(...scanner.end().filter(({ problem }) => whole || problem === 'RecordTooLong'));
  return records;
}

/** The line of the first record among those that could be the header which is over the limits; 0 = none is. */
function firstOverLimit(records: readonly SourceRecord[], { headerLine, skipTop = 0 }: ImportProfile): number {
  const lines = headerLine === undefined ? HEADER_LINES + skipTop : headerLine;
  const over = records.find(({ problem }) => problem === 'RecordTooLong' || problem === 'TooManyColumns');
  return over && over.line <= lines ? over.line : 0;
}

function commonColumnCount(records: readonly SourceRecord[]): { columns: number; agreeing: number } {
  const counts = new Map<number, number>();
  for (const record of records) {
    if (record.problem) continue;
    counts.set(record.fields.length, (counts.get(record.fields.length) ?? 0) + 1);
  }
  let columns = 1;
  let agreeing = 0;
  for (const [count, times] of counts) {
    // One column means that the delimiter does not occur: agreement on that says nothing.
    if (count > 1 && (times > agreeing || (times === agreeing && count > columns))) {
      columns = count;
      agreeing = times;
    }
  }
  return { columns, agreeing };
}

function isBetter(a: Candidate, b: Candidate): boolean {
  if ((a.missing.length === 0) !== (b.missing.length === 0)) return a.missing.length === 0;
  if (a.agreeing !== b.agreeing) return a.agreeing > b.agreeing;
  if (a.missing.length !== b.missing.length) return a.missing.length < b.missing.length;
  return a.columns > b.columns;
}

/**
 * The cells of the header, with one exception: when every sampled record has one cell more (or less) than the header
 * and the odd cell is empty, the file merely ends its lines with a delimiter (or only the header does).
 */
function expectedColumns({ header, data, columns }: Candidate): number {
  if (header.length === 0) return columns;
  const width = header.length;
  const whole = data.filter((record) => !record.problem);
  if (whole.length === 0) return width;
  if (whole.every(({ fields }) => fields.length === width + 1 && fields[width] === '')) return width + 1;
  if (header[width - 1] === '' && whole.every(({ fields }) => fields.length === width - 1)) return width - 1;
  return width;
}

function missingColumn(
  { missing, header, headerLine, delimiter, roles, records }: Candidate,
  delimiterFrom: DelimiterSource,
): MissingColumn {
  const where = headerLine > 0 ? ` of line ${headerLine}` : '';
  const seen =
    header.length > 0
      ? ` The columns${where} are: ${header
          .slice(0, 50)
          .map((cell) => cutText(cell, 60))
          .join(', ')}.`
      : '';
  return {
    code: 'MissingColumn',
    missing,
    header,
    headerLine,
    delimiter,
    delimiterFrom,
    roles,
    records,
    // The advice goes last but is never what is cut.
    message:
      cutText(`No column for ${missing.join(' and ')} was found in the first ${HEADER_LINES} lines.${seen}`, 1900) +
      ' Name the columns with profile.columns.',
  };
}

function overLimits(
  candidates: readonly Candidate[],
  { maxColumns, maxRecordBytes }: RecordLimits,
): FileProblem | undefined {
  const lines = candidates.map(({ overLimitLine }) => overLimitLine).filter((line) => line > 0);
  if (lines.length === 0 || candidates.some(({ roles }) => Object.keys(roles).length > 0)) return undefined;
  return {
    code: 'FileTooLarge',
    message:
      `Line ${Math.min(...lines)} is over the limits of a record (${maxColumns} columns, ${maxRecordBytes} bytes), and no ` +
      `line with the names of the columns was found; export fewer columns, or tell with profile.headerLine where they are.`,
  };
}

/** A catalogue in which a role goes by its own name alone. */
function withoutAliases({ roles, required }: RoleCatalogue): RoleCatalogue {
  return { required, roles: Object.fromEntries(Object.keys(roles).map((role) => [role, []])) };
}

function delimiterSource(
  { profile, delimiter }: { readonly profile?: ImportProfile | undefined; readonly delimiter?: Delimiter | undefined },
  bytes: Buffer,
): DelimiterSource {
  if (profile?.delimiter !== undefined) return 'stated';
  if (separatorLine(bytes) !== undefined) return 'file';
  return delimiter === undefined ? 'content' : 'format';
}

/** The delimiter of a first line `sep=;`, undefined when there is no such line. */
function separatorLine(bytes: Buffer): Delimiter | undefined {
  const match = /^"?sep=([,;\t|])"?[ \t]*(?:\r|\n|$)/i.exec(bytes.toString('latin1', 0, 16));
  return match?.[1] as Delimiter | undefined;
}

/** The head as the scanner sees it: without the byte order mark, UTF-16 as UTF-8. */
function headText(options: { readonly head: Buffer; readonly encoding: Encoding; readonly bomBytes: number }): Buffer {
  const { head, encoding, bomBytes } = options;
  if (!needsTranscoding(encoding)) return head.subarray(bomBytes);
  // Streaming, because the head may end in the middle of a character.
  return Buffer.from(new TextDecoder(encoding).decode(head, { stream: true }), 'utf8');
}
