import { addTemplates, daysFromNow } from '../lib/recurring.mjs';
import { built } from '../lib/stack.mjs';
import { TWIN_GOAL, measureTwins } from '../lib/twins.mjs';

// A template of which three occurrences are due and which then ends: planned, posted, done.
export const name = 'workflow-recurring';
export const goal = TWIN_GOAL;

const OCCURRENCES = 3;

export async function run(context) {
  const { SEARCH_ATTRIBUTES } = built('tracc', 'contract.js');
  return measureTwins(context, {
    tenant: 'tracc',
    type: 'RecurringTransactionWorkflow',
    twin: 'Recurring',
    typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.templateStatus, value: 'active' }],
    size: { quick: 20, full: 300 },
    make: async (stack, { side, round, count }) => {
      const templates = await addTemplates(stack, {
        prefix: `${side}-${round}`,
        count,
        startDate: daysFromNow(-89),
        end: { count: OCCURRENCES },
      });
      return templates.map(({ workflowId, args: [input] }) => ({
        workflowId,
        args: [{ ...input, catchUp: 'all' }],
      }));
    },
    clear: (stack) => stack.query('truncate transactions'),
    check: ({ posted }) => {
      if (posted !== OCCURRENCES) throw new Error(`${posted} occurrences were posted, not ${OCCURRENCES}`);
    },
  });
}
