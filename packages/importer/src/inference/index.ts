export {
  type DateCollector,
  type DateEvidence,
  type DateOrderOutcome,
  type Proof,
  createDateCollector,
  dateOrderOfFormat,
  decideDateOrder,
} from './date-order';
export {
  type DecimalCollector,
  type DecimalEvidence,
  type DecimalOutcome,
  createDecimalCollector,
  decideDecimalSign,
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
