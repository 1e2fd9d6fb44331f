import type { ByteSource } from '../reading';

export { FileProblemError } from '../reading';

/** One record of a file, as cells under the columns of its {@link ConvertedFile}. */
export interface ConvertedRecord {
  /** 1-based line in the file on which the record starts; of a spreadsheet the row, of JSON the position of the item. */
  readonly line: number;
  /** One cell for each column; '' where the record has nothing. */
  readonly cells: readonly string[];
  /** The record takes another one back (MT940 RC and RD, CAMT reversals): its sign is what banks disagree about. */
  readonly isReversal?: true;
}

/** What a statement says of itself, for the proof that nothing is missing. Minor units of `currency`, as text. */
export interface StatementBalance {
  readonly currency: string;
  readonly openingMinor: string;
  readonly closingMinor: string;
}

export interface ConvertedFile {
  /** Titles of the columns. Bank formats use the names of the roles (date, amount, description, payee, currency, externalId, balance, notes …). */
  readonly columns: readonly string[];
  /** The records in file order; read once. A file that turns out wrong in the middle throws a {@link FileProblemError}. */
  readonly records: AsyncIterable<ConvertedRecord> | Iterable<ConvertedRecord>;
  /** What the format itself fixes, such as ISO dates and decimal points. */
  readonly profile: { readonly dateFormat?: string; readonly decimal?: '.' | ',' };
  /** Complete after the last record was read. One for each statement that has both balances. */
  readonly balances: () => readonly StatementBalance[];
  /** Records that were left out because they are only announced (CAMT PDNG). Complete after the last record was read. */
  readonly pendingSkipped: () => number;
  readonly warnings: () => readonly { readonly code: string; readonly message: string }[];
}

/** Limits of formats that are not streamed (data-import 18). */
export interface ConvertLimits {
  readonly maxBytes: number; // 50 MiB
  readonly maxRows: number; // 500,000
  readonly maxColumns: number; // 256
  readonly maxRecordBytes: number; // 64 KiB
  readonly maxUnzippedBytes: number; // 200 MiB
  readonly maxZipRatio: number; // 100
}

export interface ConvertInput {
  readonly source: ByteSource;
  readonly filename: string;
  /** profile.encoding of the user, when given. */
  readonly encoding?: string;
  readonly limits: ConvertLimits;
}

/** Reads one format. Rejects with {@link FileProblemError} (`FileTooLarge`, `DecodeError`, `UnsafeXml`, `EmptyFile`, `MalformedFile`). */
export type Converter = (input: ConvertInput) => Promise<ConvertedFile>;
