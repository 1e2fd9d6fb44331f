import { DEFAULT_IMPORT_LIMITS, type ImportActivities, createImportActivities } from '@backend/importer/activities';
import { type Pulse, withPulse } from '@backend/shared/activity';
import { alertPostingFailed } from './alert-posting-failed';
import { bankTransactions } from './bank-transactions';
import { checkBudgetStatus } from './check-budget-status';
import type { Deps } from './deps';
import { failBudgetAlert } from './fail-budget-alert';
import { generateMonthlyReport } from './generate-monthly-report';
import { planBudgetRuns } from './plan-budget-runs';
import { bookNow, locateOccurrence, planMoved, planOccurrences } from './plan-occurrences';
import { processTransaction } from './process-transaction';
import { recordOccurrences } from './record-occurrences';
import { saveRule } from './save-rule';
import { sendBudgetAlert } from './send-budget-alert';

export type { Deps } from './deps';
export type { MonthlyReportRef } from './generate-monthly-report';

type Input<F> = F extends (deps: Deps, input: infer I, pulse: Pulse) => unknown ? I : never;

/** The activities that a tracc worker runs, bound to what they need. */
export function createActivities(deps: Deps) {
  return {
    ...createImportActivities({
      ...deps,
      tenant: bankTransactions,
      limits: deps.importLimits ?? DEFAULT_IMPORT_LIMITS,
    }),
    checkBudgetStatus: async (input: Input<typeof checkBudgetStatus>) => checkBudgetStatus(deps, input),
    // A receiver may be slow; the heartbeat goes on meanwhile.
    sendBudgetAlert: async (input: Input<typeof sendBudgetAlert>) =>
      withPulse(async (pulse) => sendBudgetAlert(deps, input, pulse)),
    failBudgetAlert: async (input: Input<typeof failBudgetAlert>) => failBudgetAlert(deps, input),
    generateMonthlyReport: async (input: Input<typeof generateMonthlyReport>) => generateMonthlyReport(deps, input),
    planBudgetRuns: async (input: Input<typeof planBudgetRuns>) => planBudgetRuns(deps, input),
    planOccurrences: async (input: Input<typeof planOccurrences>) => planOccurrences(deps, input),
    locateOccurrence: async (input: Input<typeof locateOccurrence>) => locateOccurrence(deps, input),
    planMoved: async (input: Input<typeof planMoved>) => planMoved(deps, input),
    bookNow: async (input: Input<typeof bookNow>) => bookNow(deps, input),
    saveRule: async (input: Input<typeof saveRule>) => saveRule(deps, input),
    processTransaction: async (input: Input<typeof processTransaction>) => processTransaction(deps, input),
    recordOccurrences: async (input: Input<typeof recordOccurrences>) => recordOccurrences(deps, input),
    alertPostingFailed: async (input: Input<typeof alertPostingFailed>) => alertPostingFailed(deps, input),
  };
}

export type Activities = ReturnType<typeof createActivities>;
/** Those that are not the importer's. */
export type OwnActivities = Omit<Activities, keyof ImportActivities>;
