export { type BudgetInputs, type RecurringInput, type ReportInputs, buildReport } from './build';
export { canonicalJson, contentHash } from './content-hash';
export { renderReportCsv } from './csv';
export { renderReportHtml } from './html/page';
export type {
  BudgetPreviousMonth,
  BudgetReport,
  CategorySpent,
  CurrencyTotals,
  DaySpent,
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
