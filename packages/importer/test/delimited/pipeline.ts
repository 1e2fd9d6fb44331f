import { readBatches } from '../../src/activities/read-batches';
import { createBankCollector, decideBankFile } from '../../src/inference';
import {
  type ByteSource,
  type ImportProfile,
  LAYOUT_HEAD_BYTES,
  type Position,
  type SourceRecord,
  detectEncoding,
  detectLayout,
  readHead,
  readRecordChunks,
  scanFile,
  settleEncoding,
} from '../../src/reading';
import {
  BANK_ROLES,
  type BankDecisions,
  type BankRecord,
  type RowError,
  createBankValidator,
  validateBatch,
} from '../../src/records';
import type { ImportPlan } from '../../src/repositories';

/** The year of the tests' imports: two-digit years are judged by it. */
export const CURRENT_YEAR = 2026;

export interface DelimitedInput {
  readonly source: ByteSource;
  readonly profile?: ImportProfile | undefined;
  readonly accountCurrency?: string | undefined;
}

/** Why a file is not read, as the user is told. */
export interface Told {
  readonly code: string;
  readonly message: string;
}

/** A file that was read to its end, with its plan. */
export interface PlannedFile {
  readonly plan: ImportPlan & { readonly decisions: BankDecisions };
  readonly rows: number;
  readonly blankLines: number;
  readonly records: readonly SourceRecord[];
}

/** What becomes of a file before its rows are judged. */
export type FilePlan = { readonly refused: Told } | { readonly asked: Told } | PlannedFile;

/** Reads, infers and decides as the step `parseImportFile` does, without a database. */
export async function planDelimited({
  source,
  profile = {},
  accountCurrency = 'EUR',
}: DelimitedInput): Promise<FilePlan> {
  const { head, headIsWholeFile } = await readHead(source, LAYOUT_HEAD_BYTES);
  if (head.length === 0) return { refused: { code: 'EmptyFile', message: 'The file is empty.' } };
  const guessed = detectEncoding(head, { profile: profile.encoding });
  if ('problem' in guessed) return { refused: guessed.problem };
  const scan = await scanFile({ source, encoding: guessed.encoding, maxBytes: 2 ** 31 });
  if ('problem' in scan) return { refused: scan.problem };
  const detected = settleEncoding(guessed, scan);
  if ('problem' in detected) return { refused: detected.problem };
  const { encoding, bomBytes, warnings } = detected;

  const found = detectLayout({ head, headIsWholeFile, encoding, bomBytes, catalogue: BANK_ROLES, profile });
  if ('problem' in found) return { refused: found.problem };
  if ('needsInput' in found) return { asked: found.needsInput };
  const { layout } = found;
  const collector = createBankCollector(layout);
  const records: SourceRecord[] = [];
  let blankLines = 0;
  const skipBottom = profile.skipBottom ?? 0;
  for await (const chunk of readRecordChunks({
    source,
    encoding,
    bomBytes,
    delimiter: layout.delimiter,
    expectedColumns: layout.columnCount,
    start: layout.dataStart,
    skipBottom,
  })) {
    for (const record of chunk.records) collector.feed(record);
    records.push(...chunk.records);
    blankLines += chunk.blankLines;
  }
  const decided = decideBankFile({
    layout,
    evidence: collector.evidence(),
    profile,
    accountCurrency,
    currentYear: CURRENT_YEAR,
  });
  if ('failed' in decided) return { refused: decided.failed };
  if ('needsInput' in decided) return { asked: decided.needsInput };
  const { decisions } = decided;
  return {
    plan: { encoding, bomBytes, layout, skipBottom, decisions, warnings },
    rows: records.length,
    blankLines,
    records,
  };
}

/** The rows of a file from a batch on, judged as the step `validateBatch` does. */
export interface JudgedRows {
  readonly good: readonly BankRecord[];
  readonly bad: readonly RowError[];
  /** What is stored of the refused ones. */
  readonly badFields: readonly (readonly string[])[];
  /** Where each batch ends: reading can go on there. */
  readonly checkpoints: readonly Position[];
}

/** Judges the rows from a batch on; from the first one when no checkpoint is given. */
export async function judgeRows(
  { plan, rows }: PlannedFile,
  {
    source,
    firstBatch = 0,
    start = plan.layout.dataStart,
  }: { source: ByteSource; firstBatch?: number; start?: Position },
): Promise<JudgedRows> {
  const validate = createBankValidator(plan);
  const good: BankRecord[] = [];
  const bad: RowError[] = [];
  const badFields: (readonly string[])[] = [];
  const checkpoints: Position[] = [];
  for await (const { index, records, end } of readBatches({ source, plan, rows, firstBatch, start })) {
    const batch = validateBatch({ records, firstOrdinal: index * 100, validate });
    good.push(...batch.good.map(({ row }) => row));
    bad.push(...batch.bad.map(({ error }) => error));
    badFields.push(...batch.bad.map(({ fields }) => fields));
    checkpoints.push(end);
  }
  return { good, bad, badFields, checkpoints };
}
