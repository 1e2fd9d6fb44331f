import type { ImportProfile } from './index';

// What an import understood of a file, and why: for people, who can judge it before anything is written. All of it is
// bounded (some kB), because it travels in the history and in every answer of the query.

/** A value of the file that a decision rests on: at most 60 characters of it, and its line. */
export interface ImportProof {
  readonly line: number;
  readonly value: string;
}

/** A column and what it is read as. */
export interface UnderstoodColumn {
  readonly role: string;
  /** As the header has it, cut to 60 characters; empty without a header. */
  readonly name: string;
  /** 0-based. */
  readonly index: number;
  /** `name`: the header's name says so. `stated`: the profile does. `format`: the format has no other. */
  readonly from: 'name' | 'stated' | 'format';
}

/** How the dates of a file are read. */
export interface UnderstoodDates {
  readonly column: string;
  readonly order: 'YMD' | 'DMY' | 'MDY' | 'open';
  /**
   * `proof`: a value that can only be read so. `values`: every date has its year in front or its month as a word.
   * `stated`: the profile says so. `format`: the format has one form. `none`: nothing in the column is a date, or nothing tells.
   */
  readonly from: 'proof' | 'values' | 'stated' | 'format' | 'none';
  /** The value that proves the order; for `values` the first date, for an open order the first that could be read both ways. */
  readonly proof?: ImportProof;
}

/** How the amounts of a column are read. */
export interface UnderstoodAmount {
  readonly role: string;
  readonly column: string;
  /** `none`: whole numbers. */
  readonly decimal: '.' | ',' | 'none' | 'open';
  /** As in {@link UnderstoodDates}; `values`: no amount has a sign in it. */
  readonly from: 'proof' | 'values' | 'stated' | 'format' | 'none';
  readonly proof?: ImportProof;
}

/** Something about which the file leaves room for doubt, and what to say when it was read wrongly. */
export interface ImportDoubt {
  readonly code: string;
  /** A sentence or two, at most 400 characters. */
  readonly message: string;
  /** What a profile would say instead; an example, where only the user knows the values. */
  readonly profile?: ImportProfile;
}

/** What was decided about the values of a file. */
export interface UnderstoodValues {
  readonly dates?: UnderstoodDates;
  /** Of each column of amounts; absent where records are no money. */
  readonly amounts?: readonly UnderstoodAmount[];
  /** The currency of rows that name none of their own, and whether a column names one. */
  readonly currency?: { readonly code: string; readonly from: 'stated' | 'target'; readonly hasColumn: boolean };
  readonly unsure: readonly ImportDoubt[];
}

/** How a file was read. */
export interface ImportUnderstood extends UnderstoodValues {
  /** Such as `csv` or `camt053`. */
  readonly format: string;
  readonly encoding: {
    readonly name: string;
    /** `content`: it is valid UTF-8. `fallback`: it is not, and names nothing. `format`: the format has one. */
    readonly from: 'bom' | 'stated' | 'declared' | 'content' | 'fallback' | 'format';
    /** The first text with a letter that encodings disagree about. */
    readonly sample?: ImportProof;
  };
  /** Of delimited text only. */
  readonly delimiter?: {
    readonly sign: string;
    /** `file`: a line `sep=` names it. `content`: the lines agree on it. `format`: TSV has one. */
    readonly from: 'stated' | 'file' | 'content' | 'format';
  };
  /** 1-based line of the header (of a spreadsheet the row); 0 when there is none. */
  readonly headerLine: number;
  readonly columns: readonly UnderstoodColumn[];
  /** The names of columns that are not read: the first 30, each cut to 60 characters. */
  readonly unused: readonly string[];
  /** Columns that are not read, all of them. */
  readonly unusedCount: number;
  readonly rows: number;
  /** Lines above the first record that are neither records nor the header. */
  readonly skippedTop: number;
  /** Records that the profile leaves out at the end. */
  readonly skippedBottom: number;
  readonly blankLines: number;
  /** The rows that would be stored in sum, minor units as text; only where records are money, and only when all were read. */
  readonly totals?: {
    readonly byCurrency: Readonly<Record<string, { readonly inMinor: string; readonly outMinor: string }>>;
    readonly dateFrom: string | null;
    readonly dateTo: string | null;
  };
  /** The first records as they are in the file, when a question is open: at most 5 of 12 cells of 40 characters. */
  readonly head?: readonly { readonly line: number; readonly cells: readonly string[] }[];
}
