export {
  type AmountRole,
  type BankDecisions,
  type BankRecord,
  type DataImportInput,
  type DataImportResult,
  type DateOrder,
  type DecimalSign,
  type ImportRowError,
  type ImportSummary,
  type ImportUnderstood,
  type ImportWarning,
  type KeyedRows,
  type LoadTarget,
  type LoadedRows,
  MAX_ERROR_VALUE,
  type PackedChunk,
  type RecordErrorCode,
  type RowError,
  type RowErrorCode,
  type Validated,
  rowError,
} from './types';
export { BANK_ROLES } from './bank-roles';
export { type AmountErrorCode, type ParsedAmount, parseAmountText } from './amount-text';
export { type ParsedDate, parseDateText } from './date-text';
export { type BankFile, createBankValidator } from './bank-record';
export { checkRecord, columnTitle } from './record-check';
export { BATCH_ROWS, type ValidatedBatch, validateBatch } from './batch';
export {
  KEY_DIGITS,
  bankExternalKey,
  bankFingerprint,
  createBankKeyer,
  externalKey,
  normaliseDescription,
} from './duplicate-key';
export { type OccurrenceCounter, createOccurrenceCounter } from './occurrence-counter';
export { type RepeatSketch, createRepeatSketch } from './repeat-sketch';
export { DAYS_APART, type DuplicatePair, type PairableRow, pairDuplicates } from './pair-duplicates';
export { type ComparableText, SIMILAR, comparableText, textSimilarity } from './text-similarity';
export { formulaSafe, rejectsCsvHeader, rejectsCsvRow } from './rejects-csv';
