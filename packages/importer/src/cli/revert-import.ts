import { createInterface } from 'node:readline';
import { CliFailure, followWorkflow, printJson } from '@backend/shared/cli';
import { REVERT_IMPORT_WORKFLOW_TYPE, type RevertImportResult, revertWorkflowId } from '../contract';
import { findJob } from '../repositories';
import { count, printLines } from './layout-text';
import type { ImportSession } from './session';

/** Takes an import back and says how many rows went and how many stay. On a terminal it asks first, unless `yes`. */
export async function revertImport({
  session,
  importId,
  tenant,
  yes,
  json,
}: {
  session: ImportSession;
  importId: string;
  tenant: string;
  yes: boolean;
  json: boolean;
}): Promise<void> {
  const job = await session.scope(session.ownerId, async (tx) => findJob(tx, importId));
  if (!job) throw new CliFailure(`there is no import ${importId}`);
  const isOver = job.status === 'reverting' || job.status === 'reverted';
  if (!yes && !isOver && process.stdin.isTTY && process.stderr.isTTY) {
    const question = `Delete the ${count(job.importedRows, 'row')} of ${job.source.filename} from ${job.target}, except those that you edited? [y/N] `;
    if (!(await isAgreed(question))) throw new CliFailure('nothing was deleted');
  }
  const handle = await session.start(REVERT_IMPORT_WORKFLOW_TYPE, {
    workflowId: revertWorkflowId({ tenant, importId }),
    // One that was cut off goes on; one that is done gives its figures again.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `Take back the import ${importId}`,
    args: [{ importId, userId: session.ownerId }],
  });
  const result = await followWorkflow<RevertImportResult, never>({
    handle,
    onOutage: () => process.stderr.write('the server cannot be reached; waiting for it\n'),
  });
  if (json) return printJson({ importId, ...result });
  printLines([revertText(result)]);
}

/** What a revert came to. */
export function revertText({ deleted, keptEdited }: RevertImportResult): string {
  const kept =
    keptEdited === 0
      ? ''
      : `, ${keptEdited.toLocaleString('en-US')} kept because you edited ${keptEdited === 1 ? 'it' : 'them'}`;
  return `${count(deleted, 'row')} deleted${kept}`;
}

async function isAgreed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await new Promise<string>((resolve) => {
    terminal.question(question, resolve);
    // Ctrl-D gives no answer at all.
    terminal.once('close', () => resolve(''));
  });
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
