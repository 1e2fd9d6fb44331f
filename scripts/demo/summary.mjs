import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/** What a person sees at the end: the runs, the checks, the files to open, the links. On standard error. */
export async function printSummary({ stack, workflows, files, checks, alerts, seconds, keep }) {
  const { workflowLink } = require('@backend/shared/cli');
  const write = (line = '') => process.stderr.write(`${line}\n`);
  const width = Math.max(...workflows.map(({ type }) => type.length));
  write();
  for (const { type, workflowId, status, durationMs, result } of workflows) {
    write(
      `${status === 'COMPLETED' ? '✓' : '✗'} ${type.padEnd(width)}  ${`${(durationMs / 1000).toFixed(1)} s`.padStart(6)}  ${headline(type, result)}`,
    );
    const tenant = stack.tenants.find(({ name }) => workflowId.startsWith(name));
    if (stack.temporal.uiUrl)
      write(`  ${workflowLink({ uiUrl: stack.temporal.uiUrl, namespace: tenant.namespace, workflowId })}`);
  }
  write();
  for (const { name, ok, actual, wanted } of checks)
    write(`${ok ? '✓' : '✗'} ${name}${ok ? '' : `: ${actual}, not ${wanted}`}`);
  if (alerts.length > 0) write(`✓ webhook alerts received: ${alerts.map(({ key }) => key).join(', ')}`);
  if (stack.temporal.uiUrl && !keep)
    write('\nthe links are those of a server that now stops; to look around in it: npm run demo -- --keep');
  write('\nto look at:');
  for (const file of files) write(`  ${path.relative(process.cwd(), file)}`);
  write(
    `\nTemporal ${stack.temporal.version} and PostgreSQL ${stack.postgres.version}, ${seconds.toFixed(0)} s in all`,
  );
}

function headline(type, result) {
  switch (type) {
    case 'MonthlyBudgetWorkflow':
      return `${result.status}; ${result.budgets.map(({ name, status }) => `${name} ${status}`).join(', ')}`;
    case 'RecurringTransactionWorkflow':
      return `${result.posted} posted, ${result.skipped} skipped, last ${result.lastNominal}`;
    case 'DataImportWorkflow':
      return `${result.rows} rows, ${result.imported} imported, ${result.duplicates} duplicates, ${result.errors} refused`;
    case 'AITimelineGenerationWorkflow':
      return `${result.chunks.done} of ${result.chunks.total} chunks, ${result.published} events published, ${result.needsReview} to review`;
    default:
      return '';
  }
}
