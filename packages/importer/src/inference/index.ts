export {
  type DateCollector,
  type DateEvidence,
  type DateOrderOutcome,
  NO_DATE_EVIDENCE,
  type Proof,
  createDateCollector,
  dateOrderOfFormat,
  decideDateOrder,
  mergeDateEvidence,
} from './date-order';
export {
  type DecimalCollector,
  type DecimalEvidence,
  type DecimalOutcome,
  NO_DECIMAL_EVIDENCE,
  createDecimalCollector,
  decideDecimalSign,
  mergeDecimalEvidence,
} from './decimal-sign';
export {
  type BankCollector,
  type BankDecisionOutcome,
  type BankEvidence,
  createBankCollector,
  decideBankFile,
} from './bank-inference';
export { understandBankFile, understandDates } from './understand-bank';
export { type ShownRecord, isPlainName, suggestBankColumns } from './suggest-columns';
