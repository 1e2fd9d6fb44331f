const QUERY = 'a query is answered from the state, and is no event of a history';
const VALIDATION = 'an update is validated before it becomes an event of the history';

/**
 * Ways of workflow code that no recorded history goes, by how they begin, each with the reason. The list only shrinks: what is new
 * has a test that goes there.
 */
export const NOT_REPLAYED: Readonly<Record<string, string>> = {
  'importer/dist/workflow/data-import.js DataImportWorkflow > progressQuery': QUERY,
  'importer/dist/workflow/data-import.js DataImportWorkflow > validator': VALIDATION,
  'timeline-worker/dist/workflows/ai-timeline-generation.js AITimelineGenerationWorkflow > validator': VALIDATION,
  'tracc-worker/dist/workflows/recurring-transaction.js RecurringTransactionWorkflow > stateQuery': QUERY,
  'tracc-worker/dist/workflows/recurring-transaction.js RecurringTransactionWorkflow > validator': VALIDATION,
  'tracc-worker/dist/workflows/recurring-transaction.js RecurringTransactionWorkflow > validateChange': VALIDATION,
  'tracc-worker/dist/workflows/recurring-transaction.js RecurringTransactionWorkflow > validatePostNow': VALIDATION,
  'tracc-worker/dist/workflows/recurring-transaction.js RecurringTransactionWorkflow > validateRetry': VALIDATION,
  'tracc-worker/dist/workflows/recurring-transaction.js RecurringTransactionWorkflow > validateConfirmCatchUp':
    VALIDATION,
};
