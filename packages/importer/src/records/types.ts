import type { DataImportResult } from '../contract';
import { type RecordProblem, cutText } from '../reading';

/** The words of the contract that rows hold; repositories know the domain only. */
export type { DataImportInput, DataImportResult, ImportRowError, ImportUnderstood, ImportWarning } from '../contract';

/** What the imported rows are in sum. */
export type ImportSummary = Pick<DataImportResult, 'byCurrency' | 'dateFrom' | 'dateTo' | 'possibleDuplicates'>;

/** Why a row of any tenant is refused before its values are looked at. */
export type RecordErrorCode = RecordProblem | 'ColumnCount' | 'InvalidCharacter';

/** Why a bank row is refused (data-import 5 to 8 and 18). One row has at most one error: the first that is found. */
export type RowErrorCode =
  | RecordErrorCode
  | 'MissingDate'
  | 'InvalidDate'
  | 'MissingAmount'
  | 'InvalidAmount'
  | 'BothSides'
  | 'TooManyDecimals'
  | 'AmountOutOfRange'
  | 'CurrencyMismatch'
  | 'UnknownCurrency';

/** One refused row (data-import 15). `Code` is {@link RowErrorCode} for bank files; a tenant may add its own. */
export interface RowError<Code extends string = RowErrorCode> {
  /** 1-based line on which the record starts. */
  readonly line: number;
  /** The header of the column at fault, `column 3` without a header; empty when the whole record is. */
  readonly column: string;
  readonly code: Code;
  /** The text at fault, at most 200 characters. */
  readonly value: string;
  /** A sentence a person can act on. */
  readonly message: string;
}

/** Order of the parts of a date, once per file. Four-digit years in front are always year, month, day. */
export type DateOrder = 'YMD' | 'DMY' | 'MDY';

/** The decimal sign of a column; `none` = whole numbers only. */
export type DecimalSign = '.' | ',' | 'none';

/** The columns of a bank file that hold amounts. */
export type AmountRole = 'amount' | 'debit' | 'credit' | 'balance';

/** Everything that is decided once per file before rows are validated. Plain JSON. */
export interface BankDecisions {
  readonly dateOrder: DateOrder;
  readonly decimals: Readonly<Partial<Record<AmountRole, DecimalSign>>>;
  /** `negative`: all money in the debit column is written with a minus, which then only repeats what the column says. */
  readonly debitSign: 'positive' | 'negative';
  /** For rows without a currency of their own. */
  readonly currency: string;
  readonly invertSign: boolean;
  /** Rows that take another one back are written with the sign of that other one. */
  readonly flipReversals?: boolean;
  /** The year two-digit years are judged by, taken when the import began. */
  readonly currentYear: number;
  /** IANA zone in which an instant (a date with time and offset) gets its date; absent = the date as written. */
  readonly zone?: string;
}

/** One bank transaction as a file has it. */
export interface BankRecord {
  /** 1-based line on which the record starts. */
  readonly line: number;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** Negative = money out. */
  readonly amountMinor: bigint;
  /** ISO 4217. */
  readonly currency: string;
  /** Empty when the file has none. */
  readonly description: string;
  /** Empty when the file has none. */
  readonly payee: string;
  readonly externalId?: string;
  readonly balanceMinor?: bigint;
  readonly category?: string;
  readonly notes?: string;
}

/** A validated row: the record, or why it is refused. */
export type Validated<Row, Code extends string = RowErrorCode> =
  | { readonly ok: Row }
  | { readonly error: RowError<Code> };

/** Longest `value` of a row error. */
export const MAX_ERROR_VALUE = 200;

/** Longest `column` of a row error: a header cell may have any length. */
export const MAX_ERROR_COLUMN = 60;

/** A row error with its value and column cut to their longest, never in the middle of a character. */
export function rowError<Code extends string>(error: RowError<Code>): RowError<Code> {
  const { value, column } = error;
  if (value.length <= MAX_ERROR_VALUE && column.length <= MAX_ERROR_COLUMN) return error;
  return { ...error, value: cutText(value, MAX_ERROR_VALUE), column: cutText(column, MAX_ERROR_COLUMN) };
}

/** Rows that were added; the others had their key in the target already. */
export interface LoadedRows {
  readonly imported: number;
  readonly by: 'copy' | 'insert';
}

/** What a load is about: the same for each of its chunks. */
export interface LoadTarget {
  readonly importId: string;
  readonly scopeId: string;
  readonly targetId: string;
}

/** Rows with their keys (32 hexadecimal digits), as a batch has them. */
export type KeyedRows<Row> = readonly { readonly row: Row; readonly key: string }[];

/** A chunk of rows, packed batch by batch, on their way into the tenant's tables in one transaction of their scope. */
export interface PackedChunk<Pack> {
  readonly packs: readonly Pack[];
  /** How many rows there are in all packs. */
  readonly rows: number;
  /** Rows of the chunk before were there already. */
  readonly duplicatesExpected: boolean;
}
