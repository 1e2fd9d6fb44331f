import { withPulse } from '@backend/shared/activity';
import type { ImportDeps } from './deps';
import { failImport } from './fail-import';
import { finishImport } from './finish-import';
import { holdImport } from './hold-import';
import { importToDatabase } from './import-to-database';
import { inspectImportFile } from './inspect-import-file';
import { parseImportFile } from './parse-import-file';
import { revertImport } from './revert-import';
import { validateBatch } from './validate-batch';

export { DEFAULT_IMPORT_LIMITS, type ImportDeps, type ImportLimits, importLimits } from './deps';
export type { InspectedFile } from './inspect-import-file';
export type { LoadedSlice } from './import-to-database';
export type { ParsedFile } from './parse-import-file';
export type { ValidatedSlice } from './validate-batch';
export type { Evidence, ImportTarget, ImportTenant, RowValidator } from './tenant';

/** The activities of DataImportWorkflow and RevertImportWorkflow, bound to a tenant; each one's heartbeat goes on while it works. */
export function createImportActivities<Row>(deps: Omit<ImportDeps<Row>, 'pulse'>) {
  const beating =
    <I, O>(activity: (deps: ImportDeps<Row>, input: I) => Promise<O>) =>
    async (input: I): Promise<O> =>
      withPulse(async (pulse) => activity({ ...deps, pulse }, input));
  return {
    inspectImportFile: beating(inspectImportFile<Row>),
    parseImportFile: beating(parseImportFile<Row>),
    validateBatch: beating(validateBatch<Row>),
    importToDatabase: beating(importToDatabase<Row>),
    finishImport: beating(finishImport<Row>),
    holdImport: beating(holdImport<Row>),
    failImport: beating(failImport<Row>),
    revertImport: beating(revertImport<Row>),
  };
}

export type ImportActivities = ReturnType<typeof createImportActivities>;
