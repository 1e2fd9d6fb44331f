import type { ImportLimits } from '@backend/importer/activities';
import {
  type DataImportInput,
  type DataImportResult,
  IMPORT_HANDLERS,
  type ImportProgress,
  type RevertImportResult,
  importWorkflowId,
  revertWorkflowId,
} from '@backend/importer/contract';
import type { WorkflowHandle } from '@temporalio/client';
import { readUntil, waitFor } from '../../../test/support/wait';
import { TENANT, WORKFLOW_TYPES } from '../src/contract';
import { type TraccRig, addAccount } from './support';

export const USER = 'u1';

/** Limits that a test changes while its worker has them. */
export type ChangingLimits = { -readonly [name in keyof ImportLimits]: ImportLimits[name] };

/** What a test says of an import; the rest is the user {@link USER} and the account `checking`. */
export interface Wanted extends Partial<DataImportInput> {
  readonly importId: string;
  readonly filename?: string;
}
/** What is in a file, or where it is. */
type File = Buffer | string | DataImportInput['source'];

/** Imports of a rig, and what the database has of them. */
export function createImporting(rig: () => TraccRig) {
  let accounts = 0;
  /** An account of the test's own, in euros. */
  const newAccount = async (accountId = `a${(accounts += 1)}`, userId = USER) =>
    addAccount(rig().database, { userId, accountId });

  async function options(file: File, { importId, filename = 'bank.csv', ...input }: Wanted) {
    const isContent = typeof file === 'string' || Buffer.isBuffer(file);
    const source = isContent ? { ...(await rig().blobs.put(file)), filename } : file;
    return {
      workflowId: importWorkflowId({ tenant: TENANT, importId }),
      args: [{ importId, userId: USER, accountId: 'checking', source, ...input }],
    };
  }
  const start = async (file: File, wanted: Wanted) =>
    rig().start(WORKFLOW_TYPES.dataImport, await options(file, wanted));
  const run = async (file: File, wanted: Wanted) =>
    rig().execute<DataImportResult>(WORKFLOW_TYPES.dataImport, await options(file, wanted));

  const revertOptions = (importId: string, userId = USER) => ({
    workflowId: revertWorkflowId({ tenant: TENANT, importId }),
    args: [{ importId, userId }],
  });
  const revert = async (importId: string, userId = USER) =>
    rig().execute<RevertImportResult>(WORKFLOW_TYPES.revertImport, revertOptions(importId, userId));

  const progressOf = async (handle: WorkflowHandle) => handle.query<ImportProgress>(IMPORT_HANDLERS.progress);
  /** Asks for the progress until it is as wanted. */
  const until = async (handle: WorkflowHandle, isWanted: (progress: ImportProgress) => boolean) =>
    readUntil(async () => progressOf(handle), isWanted, { what: `what is wanted of ${handle.workflowId}` });
  /** The progress of an import that asks something, when it does. */
  const asked = async (handle: WorkflowHandle) => until(handle, ({ phase }) => phase === 'needsInput');
  /** Waits until the import is told to stop behind the chunk in hand. */
  const untilHeld = async (importId: string) =>
    waitFor(
      async () =>
        (await rig().database.query(`select 1 from imports where import_id = $1 and hold`, [importId])).length > 0,
      `${importId} to be held`,
    );

  return { newAccount, options, start, run, revertOptions, revert, progressOf, until, asked, untilHeld };
}
