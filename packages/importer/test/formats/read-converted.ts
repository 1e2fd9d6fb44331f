import { createDateCollector, decideDateOrder } from '../../src/inference/date-order';
import { createDecimalCollector, decideDecimalSign } from '../../src/inference/decimal-sign';
import { dateOrderOfFormat } from '../../src/inference/date-order';
import { BANK_CONVERTERS, type BankFormat } from '../../src/formats/bank';
import type { ConvertedFile, ConvertLimits } from '../../src/formats/types';
import { FileProblemError, bufferSource } from '../../src/reading';
import { parseAmountText } from '../../src/records/amount-text';
import { parseDateText } from '../../src/records/date-text';

export const LIMITS: ConvertLimits = {
  maxBytes: 50 * 1024 * 1024,
  maxRows: 500_000,
  maxColumns: 256,
  maxRecordBytes: 64 * 1024,
  maxUnzippedBytes: 200 * 1024 * 1024,
  maxZipRatio: 100,
};

/** A record by its columns, empty cells left out. */
export type Row = Record<string, string | number | true>;

export interface Converted {
  readonly file: ConvertedFile;
  readonly rows: Row[];
  /** `code` of each warning. */
  readonly warnings: string[];
}

/** Reads a whole file. `pieceBytes` cuts the bytes as a stream would. */
export async function convert(
  format: BankFormat,
  content: Buffer | string,
  options: { encoding?: string; limits?: Partial<ConvertLimits>; pieceBytes?: number } = {},
): Promise<Converted> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const file = await BANK_CONVERTERS[format]({
    source: bufferSource(bytes, options.pieceBytes),
    filename: `statement.${format}`,
    limits: { ...LIMITS, ...options.limits },
    ...(options.encoding === undefined ? {} : { encoding: options.encoding }),
  });
  const rows: Row[] = [];
  for await (const record of file.records) {
    const row: Row = { line: record.line };
    if (record.cells.length !== file.columns.length) throw new Error('a record has not one cell for each column');
    for (const [at, cell] of record.cells.entries()) if (cell !== '') row[file.columns[at] ?? ''] = cell;
    if (record.isReversal) row['isReversal'] = true;
    rows.push(row);
  }
  return { file, rows, warnings: file.warnings().map(({ code }) => code) };
}

/** Code and sentence of the refusal of a file; fails when it is not refused, or with anything but a FileProblemError. */
export async function refusal(
  format: BankFormat,
  content: Buffer | string,
  options: Parameters<typeof convert>[2] = {},
): Promise<string> {
  try {
    await convert(format, content, options);
  } catch (error) {
    if (error instanceof FileProblemError) return `${error.problem.code}: ${error.problem.message}`;
    throw error;
  }
  throw new Error('the file was not refused');
}

/** Date and minor units of each row as the pipeline reads them: what the format leaves open the column decides. */
export function valued(
  { file, rows }: Converted,
  accountCurrency: string,
): { date: string; minor: bigint; currency: string }[] {
  const dates = createDateCollector();
  const amounts = createDecimalCollector();
  for (const row of rows) {
    dates.feed(String(row['date'] ?? ''), Number(row['line']));
    amounts.feed(String(row['amount'] ?? ''), Number(row['line']));
  }
  const dateOutcome = file.profile.dateFormat
    ? { decided: dateOrderOfFormat(file.profile.dateFormat) }
    : decideDateOrder(dates.evidence());
  const decimalOutcome = file.profile.decimal
    ? { decided: file.profile.decimal }
    : decideDecimalSign(amounts.evidence(), 'amount');
  if (!('decided' in dateOutcome) || !dateOutcome.decided) throw new Error(`dates: ${JSON.stringify(dateOutcome)}`);
  if (!('decided' in decimalOutcome)) throw new Error(`amounts: ${JSON.stringify(decimalOutcome)}`);
  const order = dateOutcome.decided;
  const decimal = decimalOutcome.decided;
  return rows.map((row) => {
    const currency = String(row['currency'] ?? accountCurrency);
    const date = parseDateText({ text: String(row['date'] ?? ''), order, currentYear: 2026 });
    const amount = parseAmountText({ text: String(row['amount'] ?? ''), decimal, currency });
    if ('error' in date) throw new Error(`line ${row['line']}: ${date.error.message}`);
    if ('error' in amount) throw new Error(`line ${row['line']}: ${amount.error.message}`);
    return { date: date.ok, minor: amount.ok, currency };
  });
}
