import { BANK_CONVERTERS, type BankFormat, sniffBank } from './bank';
import { TABLE_CONVERTERS, type TableFormat, sniffTable } from './table';
import type { Converter } from './types';

export { type ConvertLimits, type ConvertedFile, type Converter, type StatementBalance } from './types';

/** A format that is transcribed into delimited text before anything else is done with it. */
export type ConvertedFormat = BankFormat | TableFormat;

/** The reader of each such format. */
export const CONVERTERS: Readonly<Record<ConvertedFormat, Converter>> = { ...BANK_CONVERTERS, ...TABLE_CONVERTERS };

/** The format of a file by its first bytes, else by its name; undefined for what may be delimited text, and for what nobody reads. */
export function sniffFormat(head: Buffer, filename: string): ConvertedFormat | undefined {
  return sniffBank(head, filename) ?? sniffTable(head, filename);
}
