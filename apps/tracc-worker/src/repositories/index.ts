export { type BudgetRow, archiveBudget, findBudgets, listCategoryIds, upsertBudget } from './budgets';
export { type SpentOnDay, type SpentRow, readSpentByDay, readSpentByMonth } from './spending';
export {
  type AlertRow,
  claimAlerts,
  listAlerts,
  readAlert,
  readDeliveries,
  recordDelivery,
  settleAlert,
} from './alerts';
export * as reportRows from './report-rows';
export { findLatestReport, insertReport, listReports, type StoredReport } from './reports';
export {
  findAccount,
  findUser,
  insertAccounts,
  insertCategories,
  insertFxRates,
  insertUser,
  type UserRow,
} from './ledger';
export {
  type TemplateRow,
  type OccurrenceRow,
  findOccurrence,
  findTemplate,
  listOccurrences,
  listTemplates,
  recordOccurrence,
  updateTemplateRule,
  upsertTemplate,
} from './recurring';
export { type NewTransaction, externalKey, insertTransactions } from './transactions';
export { findOpenAccount, loadBankRows, openBankLoad, summariseImport } from './imported-rows';
export { type PossibleDuplicate, dropFlaggedRows, keepFlaggedRows, listFlagged } from './flagged-rows';
export { type FlagSearch, flagPart, openFlagSearch, planParts } from './possible-duplicates';
export { countImportedRows, deleteUneditedRows } from './reverted-rows';
