import { addAccounts, writeBankFiles } from '../lib/import.mjs';
import { TWIN_GOAL, measureTwins, namesOf } from '../lib/twins.mjs';

// A bank's CSV of 50 new rows, from the file to the result.
export const name = 'workflow-import';
export const goal = TWIN_GOAL;

const ROWS = 50;

export async function run(context) {
  const { IMPORT_SEARCH_ATTRIBUTES } = await import('@backend/importer/contract');
  let files = 0;
  return measureTwins(context, {
    tenant: 'tracc',
    type: 'DataImportWorkflow',
    twin: 'Import',
    typedSearchAttributes: [{ key: IMPORT_SEARCH_ATTRIBUTES.status, value: 'running' }],
    size: { quick: 20, full: 200 },
    make: async (stack, of) => {
      await addAccounts(stack, ['main']);
      const executions = [];
      for (const importId of namesOf(of)) {
        const { source } = await writeBankFiles({
          directory: stack.environment.IMPORT_DIR,
          name: importId,
          rows: ROWS,
          first: files * ROWS,
          account: 'main',
          table: false,
        });
        files += 1;
        executions.push({
          workflowId: `tracc/import/${importId}`,
          args: [{ importId, userId: 'bench', accountId: 'main', source }],
        });
      }
      return executions;
    },
    clear: (stack) => stack.query('truncate transactions'),
    check: ({ imported }) => {
      if (imported !== ROWS) throw new Error(`imported ${imported} of ${ROWS} rows`);
    },
  });
}
