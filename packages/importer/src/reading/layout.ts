import { type Encoding, bytesDecoder, needsTranscoding } from './encoding';
import { createRecordScanner } from './record-scanner';
import {
  type CompiledCatalogue,
  type RoleCatalogue,
  type RoleColumns,
  compileCatalogue,
  matchRoles,
  missingRequirements,
} from './roles';
import {
  DEFAULT_RECORD_LIMITS,
  DELIMITERS,
  type Delimiter,
  type ImportProfile,
  type Position,
  type SourceRecord,
} from './types';

/** How a delimited file is laid out. Plain JSON, so that it can be kept in a checkpoint. */
export interface FileLayout {
  readonly delimiter: Delimiter;
  /** Header cells, trimmed; empty when the file has no header. */
  readonly header: readonly string[];
  /** 1-based line of the header; 0 when the file has none. */
  readonly headerLine: number;
  /** Cells every record must have (else row error `ColumnCount`). */
  readonly columnCount: number;
  /** Role to 0-based column. */
  readonly roles: RoleColumns;
  /** Where the first record behind the header begins. */
  readonly dataStart: Position;
}

/** What {@link detectLayout} answers: a layout, or what the user has to say first. */
export type LayoutOutcome = { readonly layout: FileLayout } | { readonly needsInput: MissingColumn };

/** No column of the file has a role that is needed. */
export interface MissingColumn {
  readonly code: 'MissingColumn';
  /** Names of the requirements, such as `date`, `amount`. */
  readonly missing: readonly string[];
  /** The best header candidate, to choose columns from. */
  readonly header: readonly string[];
  readonly headerLine: number;
  readonly delimiter: Delimiter;
  readonly message: string;
}

/** Bytes of the head that {@link detectLayout} should get. */
export const LAYOUT_HEAD_BYTES = 1024 * 1024;

/** The header is looked for in this many lines. */
const HEADER_LINES = 30;
/** The delimiter is judged by this many records. */
const SAMPLE_RECORDS = 50;

/**
 * Delimiter, header and columns of a CSV or TSV file (data-import 5) from its first bytes.
 *
 * `profile` wins over what is found: delimiter, headerLine (0 = none), skipTop, columns. A `sep=;` line is honoured and
 * is never the header. The delimiter is the one with which most of the first 50 records agree on a column count; one
 * with which a header is found goes before one without. Lines above the header are ignored.
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
}): LayoutOutcome {
  const { catalogue, profile = {} } = options;
  const compiled = compileCatalogue(catalogue);
  const bytes = headText(options);
  const fixed = profile.delimiter ?? separatorLine(bytes) ?? options.delimiter;
  const candidates = (fixed ? [fixed] : DELIMITERS).map((delimiter) =>
    judge({
      delimiter,
      bytes,
      whole: options.headIsWholeFile,
      encoding: options.encoding,
      bomBytes: options.bomBytes,
      compiled,
      profile,
    }),
  );
  const best = candidates.reduce((a, b) => (isBetter(b, a) ? b : a));
  if (best.missing.length > 0) return { needsInput: missingColumn(best) };
  const columnCount = expectedColumns(best);
  const outside = Object.keys(best.roles).filter((role) => (best.roles[role] ?? 0) >= columnCount);
  if (outside.length > 0) return { needsInput: missingColumn({ ...best, missing: outside }) };
  return {
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
  /** Records behind the header (all, when there is none). */
  readonly data: readonly SourceRecord[];
  /** Column count most of the records have, and how many have it. */
  readonly columns: number;
  readonly agreeing: number;
}

function judge(options: {
  readonly delimiter: Delimiter;
  readonly bytes: Buffer;
  readonly whole: boolean;
  readonly encoding: Encoding;
  readonly bomBytes: number;
  readonly compiled: CompiledCatalogue;
  readonly profile: ImportProfile;
}): Candidate {
  const { delimiter, bytes, compiled, profile } = options;
  const top: Position = { byteOffset: needsTranscoding(options.encoding) ? 0 : options.bomBytes, line: 1 };
  const scanner = createRecordScanner({
    delimiter,
    decode: bytesDecoder(options.encoding),
    start: top,
    limits: DEFAULT_RECORD_LIMITS,
  });
  const scanned = scanner.push(bytes);
  if (options.whole) scanned.push(...scanner.end());
  const firstLine = Math.max(profile.skipTop ?? 0, separatorLine(bytes) ? 1 : 0);
  const records = scanned.filter((record) => record.line > firstLine);

  const found = findHeader(records, compiled, profile);
  const dataStart = found.record
    ? { byteOffset: found.record.byteEnd, line: found.record.nextLine }
    : records[0]
      ? { byteOffset: records[0].byteStart, line: records[0].line }
      : top;
  const data = records.filter((record) => record.line >= dataStart.line).slice(0, SAMPLE_RECORDS);
  const counted = found.record ? [found.record, ...data].slice(0, SAMPLE_RECORDS) : data;
  const { columns, agreeing } = commonColumnCount(counted);
  return {
    delimiter,
    header: (found.record?.fields ?? []).map((cell) => cell.trim()),
    headerLine: found.record?.line ?? 0,
    roles: found.roles,
    missing: found.missing,
    dataStart,
    data,
    columns,
    agreeing,
  };
}

interface FoundHeader {
  readonly record?: SourceRecord;
  readonly roles: RoleColumns;
  readonly missing: readonly string[];
}

function findHeader(
  records: readonly SourceRecord[],
  compiled: CompiledCatalogue,
  profile: ImportProfile,
): FoundHeader {
  const rolesOf = (cells: readonly string[]): FoundHeader => {
    const roles = withProfileColumns(cells, compiled, profile);
    return { roles, missing: missingIn(roles, compiled, profile) };
  };
  if (profile.headerLine === 0) return rolesOf([]);
  if (profile.headerLine !== undefined) {
    const record = records.find(({ line }) => line === profile.headerLine);
    return record ? { record, ...rolesOf(record.fields) } : rolesOf([]);
  }
  // A line is a header by its names: columns given by index alone would make any line one.
  const byNames: ImportProfile = { columns: namedOnly(profile.columns) };
  let nearest: FoundHeader | undefined;
  for (const record of records) {
    if (record.line > HEADER_LINES + (profile.skipTop ?? 0)) break;
    if (record.problem) continue;
    const roles = withProfileColumns(record.fields, compiled, byNames);
    const missing = missingIn(roles, compiled, byNames);
    if (missing.length === 0) return { record, ...rolesOf(record.fields) };
    if (Object.keys(roles).length > 0 && (!nearest || missing.length < nearest.missing.length)) {
      nearest = { record, ...rolesOf(record.fields) };
    }
  }
  if (nearest) return nearest;
  return rolesOf([]);
}

/** Requirements without a column, and roles for which the profile names a column that the line does not have. */
function missingIn(roles: RoleColumns, compiled: CompiledCatalogue, profile: ImportProfile): string[] {
  const named = Object.keys(profile.columns ?? {}).filter((role) => roles[role] === undefined);
  return [...new Set([...missingRequirements(roles, compiled.catalogue), ...named])];
}

function namedOnly(columns: ImportProfile['columns'] = {}): Record<string, string | number> {
  return Object.fromEntries(Object.entries(columns).filter(([, column]) => typeof column === 'string'));
}

/** Roles by the profile's columns first, then by alias for the roles and columns that are left. */
function withProfileColumns(
  cells: readonly string[],
  compiled: CompiledCatalogue,
  profile: ImportProfile,
): RoleColumns {
  const wanted = Object.entries(profile.columns ?? {});
  const chosen: Record<string, number> = {};
  for (const [role, column] of wanted) {
    const index = typeof column === 'number' ? column : cells.findIndex((cell) => cell.trim() === column.trim());
    if (Number.isInteger(index) && index >= 0) chosen[role] = index;
  }
  const taken = new Set(Object.values(chosen));
  const names = new Set(wanted.map(([role]) => role));
  for (const [role, index] of Object.entries(matchRoles(cells, compiled))) {
    if (!names.has(role) && !taken.has(index)) chosen[role] = index;
  }
  return chosen;
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
function expectedColumns({ header, headerLine, data, columns }: Candidate): number {
  if (headerLine === 0) return columns;
  const width = header.length;
  const whole = data.filter((record) => !record.problem);
  if (whole.length === 0) return width;
  if (whole.every(({ fields }) => fields.length === width + 1 && fields[width] === '')) return width + 1;
  if (header[width - 1] === '' && whole.every(({ fields }) => fields.length === width - 1)) return width - 1;
  return width;
}

function missingColumn({ missing, header, headerLine, delimiter }: Candidate): MissingColumn {
  const seen =
    header.length > 0
      ? ` The columns of line ${headerLine} are: ${header
          .slice(0, 50)
          .map((cell) => cell.slice(0, 60))
          .join(', ')}.`
      : '';
  return {
    code: 'MissingColumn',
    missing,
    header,
    headerLine,
    delimiter,
    // The advice goes last but is never what is cut.
    message:
      `No column for ${missing.join(' and ')} was found in the first ${HEADER_LINES} lines.${seen}`.slice(0, 1900) +
      ' Name the columns with profile.columns.',
  };
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
