import type { Pulse } from '@backend/shared/activity';
import type { BlobStore } from '@backend/shared/blob';
import type { Scope } from '@backend/shared/pg';
import type { ImportTenant } from './tenant';

/** Limits of one import; all of them can be set. */
export interface ImportLimits {
  readonly maxFileBytes: number;
  readonly maxRows: number;
  /** Batches whose rows, counts and checkpoint are one transaction. */
  readonly chunkBatches: number;
  /** A chunk also ends at the first whole batch after this many bytes of records: wide rows must fit into memory too. */
  readonly chunkBytes: number;
  /** An activity execution hands back after about this long, so that progress, pause and cancel take effect. */
  readonly sliceMs: number;
}

export const DEFAULT_IMPORT_LIMITS: ImportLimits = {
  maxFileBytes: 2 * 1024 ** 3,
  maxRows: 10_000_000,
  chunkBatches: 200,
  chunkBytes: 8 * 1024 ** 2,
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
