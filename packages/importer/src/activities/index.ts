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
export type { Evidence, ImportTarget, ImportTenant, LoadedRows, RowValidator, Summary } from './tenant';

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
}

type Input<F> = F extends (deps: never, input: infer I) => unknown ? I : never;

/** The activities of DataImportWorkflow, bound to a tenant. */
export function createImportActivities<Row>(deps: ImportDeps<Row>) {
  return {
    inspectImportFile: async (input: Input<typeof inspectImportFile>) => inspectImportFile(deps, input),
    parseImportFile: async (input: Input<typeof parseImportFile>) => parseImportFile(deps, input),
    validateBatch: async (input: Input<typeof validateBatch>) => validateBatch(deps, input),
    importToDatabase: async (input: Input<typeof importToDatabase>) => importToDatabase(deps, input),
    finishImport: async (input: Input<typeof finishImport>) => finishImport(deps, input),
    failImport: async (input: Input<typeof failImport>) => failImport(deps, input),
  };
}

export type ImportActivities = ReturnType<typeof createImportActivities>;
