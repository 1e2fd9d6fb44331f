export { type BudgetPeriod, budgetPeriod, isPartial, lastDayReached } from './period';
export { type BudgetDay, type RunningMonth, lastEndedMonth, reportMonth, runningMonths } from './scheduled-months';
export { type MonthBudget, monthBudget, rolloverChain } from './rollover';
export {
  type BudgetStanding,
  type PlannedAlert,
  type SpentAgainstLimit,
  alertKey,
  budgetStanding,
  crossedThresholds,
  pctTenths,
  planAlerts,
  worstStatus,
} from './status';
