import { proxyActivities, setWorkflowOptions } from '@temporalio/workflow';
import { userFailure } from '@backend/shared/failures';
import { summarized, versioned } from '@backend/shared/workflow';
import type { ImportActivities } from '../activities';
import { IMPORT_FAILURES, type RevertImportInput, type RevertImportResult } from '../contract';
import { revertOptions } from './activity-options';
import { idsProblem } from './ids-problem';
import { SUMMARIES } from './summaries';

const { revertImport } = summarized(proxyActivities<ImportActivities>(revertOptions), SUMMARIES);

/**
 * Takes an import back: deletes its rows that nobody has edited since, and frees the content of its file to be imported again.
 * Run again it returns the first figures. Fails with `InvalidInput`, `ImportNotFound` or `ImportRunning`.
 */
export async function RevertImportWorkflow(input: RevertImportInput): Promise<RevertImportResult> {
  const { importId, userId } = validate(input);
  return revertImport({ importId, userId });
}

// It ends with the code that it began with.
setWorkflowOptions(versioned('PINNED'), RevertImportWorkflow);

function validate(input: RevertImportInput): RevertImportInput {
  const problem = idsProblem(input, ['importId', 'userId']);
  if (problem !== undefined) throw userFailure(IMPORT_FAILURES.InvalidInput, problem);
  return input;
}
