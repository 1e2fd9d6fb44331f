import { type Pulse, withPulse } from '@backend/shared/activity';
import type { BlobStore } from '@backend/shared/blob';
import type { Scope } from '@backend/shared/pg';
import { failImport } from './fail-import';
import { finishImport } from './finish-import';
import { importToDatabase } from './import-to-database';
import { inspectImportFile } from './inspect-import-file';
import { parseImportFile } from './parse-import-file';
import type { ImportTenant } from './tenant';
import { validateBatch } from './validate-batch';

export type { InspectedFile } from './inspect-import-file';
export type { LoadedSlice } from './import-to-database';
export type { ParsedFile } from './parse-import-file';
export type { ValidatedSlice } from './validate-batch';
export type { Evidence, ImportTarget, ImportTenant, LoadedRows, RowValidator } from './tenant';

/** Limits of one import; all of them can be set. */
export interface ImportLimits {
  readonly maxFileBytes: number;
  readonly maxRows: number;
  /** Batches whose rows, counts and checkpoint are one transaction. */
  readonly chunkBatches: number;
  /** An activity execution hands back after about this long, so that progress, pause and cancel take effect. */
  readonly sliceMs: number;
}

export const DEFAULT_IMPORT_LIMITS: ImportLimits = {
  maxFileBytes: 2 * 1024 ** 3,
  maxRows: 10_000_000,
  chunkBatches: 200,
  sliceMs: 10_000,
};

/** What the pipeline reaches the world with, and what a record is to this tenant. */
export interface ImportDeps<Row = unknown> {
  readonly scope: Scope;
  readonly blobs: BlobStore;
  readonly importDirectory: string;
  readonly tenant: ImportTenant<Row>;
  readonly limits: ImportLimits;
  readonly pulse: Pulse;
}

/** The activities of DataImportWorkflow, bound to a tenant; each one's heartbeat goes on while it works. */
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
    failImport: beating(failImport<Row>),
  };
}

export type ImportActivities = ReturnType<typeof createImportActivities>;
