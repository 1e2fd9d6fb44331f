import path from 'node:path';
import type { MigrationSet } from '@backend/shared/pg';

export {
  type ConvertedSource,
  type ImportJob,
  type ImportPlan,
  claimLoad,
  deferFlush,
  findCompleted,
  findJob,
  flushLoads,
  lacksRevertedRows,
  listJobs,
  openJob,
  saveLoaded,
  saveConverted,
  saveHold,
  savePlan,
  saveResult,
  saveValidated,
} from './imports';
export { type FlaggingState, findFlagging, saveFlagParts, saveFlagged } from './flags';
export {
  type RevertState,
  beginRevert,
  claimRevert,
  findRevertInWay,
  findRunningLoads,
  lockTarget,
  saveDeleted,
  saveReverted,
} from './reverts';
export { type StoredRowError, firstRowErrors, insertRowErrors, readRowErrors } from './row-errors';

/** Tables of the importer, in the database of each tenant. */
export const importerMigrations: MigrationSet = {
  component: 'importer',
  directory: path.join(__dirname, '..', '..', 'migrations'),
};
