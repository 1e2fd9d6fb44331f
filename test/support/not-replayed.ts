const QUERY = 'a query is answered from the state, and is no event of a history';
const REFUSED =
  'refused input ends a run before its first command: the histories of all refusals have one shape, of which one is kept';
const VALUE = 'chooses a value and not what is done: the commands are the same either way';
const MOMENT =
  'a change that comes in the moment between two steps: a history of it is kept when a test happens to meet that moment';
const OUTSIDE = 'a cancel from outside, or an error that is no failure of an activity: passed on as it is';

const IMPORT = 'importer/dist/workflow/data-import.js';
const GENERATION = 'timeline-worker/dist/workflows/ai-timeline-generation.js';
const BUDGET = 'tracc-worker/dist/workflows/monthly-budget.js';
const AGENDA = 'tracc-worker/dist/workflows/recurring-agenda.js createAgenda';
const RECURRING = 'tracc-worker/dist/workflows/recurring-transaction.js';
const TEMPLATE = `${RECURRING} RecurringTransactionWorkflow`;
const MESSAGES = 'tracc-worker/dist/workflows/recurring-messages.js takeMessages';
const POSTING = 'tracc-worker/dist/workflows/recurring-posting.js createPosting';
const SCHEDULED = 'tracc-worker/dist/workflows/scheduled-budget.js';

/**
 * Ways of workflow code that no recorded history goes, by how they begin, each with the reason. The list only shrinks: what is new
 * has a test that goes there.
 */
export const NOT_REPLAYED: Readonly<Record<string, string>> = {
  [`${IMPORT} DataImportWorkflow > progressQuery`]: QUERY,
  [`${MESSAGES} > stateQuery`]: QUERY,

  [`${IMPORT} validate: if `]: REFUSED,
  [`${BUDGET} validate: if `]: REFUSED,
  [`${BUDGET} isInstant: `]: REFUSED,
  [`${RECURRING} validate: if `]: REFUSED,

  [`${IMPORT} DataImportWorkflow: profile `]: VALUE,
  [`${IMPORT} DataImportWorkflow > handOver: profile ?`]: VALUE,
  [`${IMPORT} DataImportWorkflow: isCancellation(error) ?`]: VALUE,
  [`${BUDGET} MonthlyBudgetWorkflow > ...result.alerts.filter > alerts.some: runs`]: VALUE,
  [`${MESSAGES} > carryOutNext: error instanceof Error :`]: VALUE,
  [`${POSTING} > post > occurrence: `]: VALUE,
  [`${MESSAGES} > postFailed > failed: outcome === 'already' ?`]: VALUE,
  [`${MESSAGES} > postNext > booked: reason === undefined :`]: VALUE,

  [`${IMPORT} DataImportWorkflow > stopHere: if isLong() && !cancelled`]: MOMENT,
  [`${GENERATION} AITimelineGenerationWorkflow > extractAll: not !isLastTry`]: MOMENT,
  [`${AGENDA} > planMoves: not rule === recurrence.rule`]: MOMENT,
  [`${AGENDA} > planAhead: if rule !== recurrence.rule`]: MOMENT,
  [`${TEMPLATE} > catchUp: if rule !== recurrence.rule`]: MOMENT,
  [`${MESSAGES} > postFailed: if !failed`]: MOMENT,
  [`${MESSAGES} > postNext: if !next`]: MOMENT,
  [`${TEMPLATE} > resume: if recurrence.paused !== pause`]: MOMENT,
  [`${TEMPLATE}: not await handlersAreDone()`]: MOMENT,
  [`${SCHEDULED} runMonth: if !child`]: MOMENT,
  [`${SCHEDULED} startWhenFree: if waitedMs >= GIVE_UP_MS`]: MOMENT,

  [`${GENERATION} AITimelineGenerationWorkflow > recordFailure: `]: OUTSIDE,
  [`${GENERATION} isOutage: if !(error instanceof workflow_1.ActivityFailure)`]: OUTSIDE,
  [`${BUDGET} MonthlyBudgetWorkflow > send: if isCancellation(error)`]: OUTSIDE,
  [`${MESSAGES} > carryOutNext: if isCancellation(error)`]: OUTSIDE,
  [`${POSTING} > posted: if !(error instanceof workflow_1.ActivityFailure)`]: OUTSIDE,
  [`${SCHEDULED} startWhenFree: if !isUnderWay(error)`]: OUTSIDE,
};
