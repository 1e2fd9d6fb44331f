// Exactly what the bundle exposes: the workflow types of tracc.
export { MonthlyBudgetWorkflow } from './monthly-budget';
export { ScheduledBudgetWorkflow } from './scheduled-budget';
export { RecurringTransactionWorkflow } from './recurring-transaction';
export { DataImportWorkflow, RevertImportWorkflow } from './data-import';
