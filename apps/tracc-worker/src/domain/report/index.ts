export { type BudgetInputs, type RecurringInput, type ReportInputs, buildReport } from './build';
export { canonicalJson, contentHash } from './content-hash';
export { renderReportCsv } from './csv';
export { renderReportHtml } from './html/page';
export type {
  BudgetReport,
  CategorySpent,
  CurrencyTotals,
  MonthlyReport,
  PreviousMonth,
  RecurringEntry,
  RecurringReport,
  ReportAlert,
  ReportHeader,
  TopRow,
  Totals,
  UnconvertedRow,
} from './types';
