// Shapes the reading half hands on. All of them are plain JSON values, so that they can travel in a checkpoint.

/** The delimiters a file may use. */
export type Delimiter = ',' | ';' | '\t' | '|';

/** Every delimiter, in the order in which a tie is decided. */
export const DELIMITERS: readonly Delimiter[] = [';', '\t', ',', '|'];

/**
 * A place where reading can begin again: always the first byte after a record's line end.
 * `byteOffset` counts the bytes of the file; for encodings that are transcoded first (UTF-16) the bytes of its UTF-8 form.
 */
export interface Position {
  readonly byteOffset: number;
  /** 1-based number of the physical line that begins there. */
  readonly line: number;
}

/** What can be wrong with a record before its values are looked at. */
export type RecordProblem = 'RecordTooLong' | 'TooManyColumns' | 'UnclosedQuote' | 'MalformedQuotes';

/** One record of a delimited file. */
export interface SourceRecord {
  /** The cells, unquoted and untrimmed. With a `problem`: one cell, the beginning of the raw text. */
  readonly fields: readonly string[];
  /** 1-based physical line on which the record starts. */
  readonly line: number;
  readonly byteStart: number;
  /** First byte after the record and its line end: reading can resume there, on line `nextLine`. */
  readonly byteEnd: number;
  readonly nextLine: number;
  /** False when the number of cells differs from the expected one; true when none is expected. */
  readonly columnCountOk: boolean;
  readonly problem?: RecordProblem;
  /** A cell holds U+FFFD (a character that was lost) or U+0000 (which PostgreSQL cannot store). */
  readonly badCharacter?: true;
}

/** Limits of one record (data-import 18). */
export interface RecordLimits {
  readonly maxColumns: number;
  /** Bytes from the first byte of the record to its line end, which is not counted. */
  readonly maxRecordBytes: number;
}

/** 256 columns and 64 KiB per record. */
export const DEFAULT_RECORD_LIMITS: RecordLimits = { maxColumns: 256, maxRecordBytes: 64 * 1024 };

/** What the user may state about a file (data-import 1). Whatever is left out is found from the file, or asked for. */
export interface ImportProfile {
  readonly encoding?: string;
  readonly delimiter?: Delimiter;
  /** 1-based line of the header; 0 = the file has no header and `columns` gives indexes. */
  readonly headerLine?: number;
  /** Lines to ignore at the top. */
  readonly skipTop?: number;
  /** Records (blank lines not counted) to ignore at the end. */
  readonly skipBottom?: number;
  /** Role to column name, or to 0-based index. */
  readonly columns?: Readonly<Record<string, string | number>>;
  /** Any text with D, M and Y in their order, such as `DD.MM.YYYY`. */
  readonly dateFormat?: string;
  readonly decimal?: '.' | ',';
  /** ISO 4217 code of rows that name none. */
  readonly currency?: string;
  readonly invertSign?: boolean;
}
