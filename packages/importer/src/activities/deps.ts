import type { Pulse } from '@backend/shared/activity';
import type { BlobStore } from '@backend/shared/blob';
import type { Scope } from '@backend/shared/pg';
import { DEFAULT_RECORD_LIMITS } from '../reading';
import type { ImportMetrics } from '../metrics';
import type { ImportTenant } from './tenant';

/** Limits of one import; all of them can be set. */
export interface ImportLimits {
  readonly maxFileBytes: number;
  readonly maxRows: number;
  /** Of formats that are not streamed: XLSX, XML, OFX, QIF, MT940, JSON. */
  readonly maxConvertedBytes: number;
  readonly maxConvertedRows: number;
  readonly maxColumns: number;
  readonly maxRecordBytes: number;
  /** Of a spreadsheet, and how many times its size in the file that may be. */
  readonly maxUnzippedBytes: number;
  readonly maxZipRatio: number;
  /** Batches whose rows, counts and checkpoint are one transaction. */
  readonly chunkBatches: number;
  /** A chunk also ends at the first whole batch after this many bytes of records: wide rows must fit into memory too. */
  readonly chunkBytes: number;
  /** Rows of an import that are looked at in one transaction for possible duplicates, about. */
  readonly flagRows: number;
  /** Rows that a revert deletes in one transaction, at most. */
  readonly revertRows: number;
  /** The first slice of a step hands back after about this long, so that its progress can be asked for. */
  readonly sliceMs: number;
}

export const DEFAULT_IMPORT_LIMITS: ImportLimits = {
  maxFileBytes: 2 * 1024 ** 3,
  maxRows: 10_000_000,
  maxConvertedBytes: 50 * 1024 ** 2,
  maxConvertedRows: 500_000,
  ...DEFAULT_RECORD_LIMITS,
  maxUnzippedBytes: 200 * 1024 ** 2,
  maxZipRatio: 100,
  chunkBatches: 200,
  chunkBytes: 8 * 1024 ** 2,
  flagRows: 500_000,
  revertRows: 20_000,
  sliceMs: 30_000,
};

/** The limits that an operator sets by the environment. */
export function importLimits(env: {
  readonly IMPORT_MAX_BYTES: number;
  readonly IMPORT_MAX_ROWS: number;
  readonly IMPORT_MAX_CONVERTED_BYTES: number;
  readonly IMPORT_MAX_CONVERTED_ROWS: number;
  readonly IMPORT_MAX_COLUMNS: number;
  readonly IMPORT_MAX_RECORD_BYTES: number;
  readonly IMPORT_MAX_UNZIPPED_BYTES: number;
  readonly IMPORT_MAX_ZIP_RATIO: number;
}): ImportLimits {
  return {
    ...DEFAULT_IMPORT_LIMITS,
    maxFileBytes: env.IMPORT_MAX_BYTES,
    maxRows: env.IMPORT_MAX_ROWS,
    maxConvertedBytes: env.IMPORT_MAX_CONVERTED_BYTES,
    maxConvertedRows: env.IMPORT_MAX_CONVERTED_ROWS,
    maxColumns: env.IMPORT_MAX_COLUMNS,
    maxRecordBytes: env.IMPORT_MAX_RECORD_BYTES,
    maxUnzippedBytes: env.IMPORT_MAX_UNZIPPED_BYTES,
    maxZipRatio: env.IMPORT_MAX_ZIP_RATIO,
  };
}

/** Some minutes below what an attempt may take, of which a part is for reading again what is loaded. */
const LONGEST_SLICE_MS = 20 * 60_000;
const SLICE_GROWTH = 12;

/**
 * How long the nth slice of a step (from 0) works: each twelve times as long as the one before, so that the history of an import
 * of any size is short. How far a slice is meanwhile is told by its heartbeats; a pause or a cancel ends it after a chunk.
 */
export function sliceMsOf({ sliceMs }: ImportLimits, slice: number): number {
  return Math.min(sliceMs * SLICE_GROWTH ** Math.min(slice, 20), Math.max(LONGEST_SLICE_MS, sliceMs));
}

/** What the pipeline reaches the world with, and what a record is to this tenant. */
export interface ImportDeps<Row = unknown> {
  readonly scope: Scope;
  readonly blobs: BlobStore;
  readonly importDirectory: string;
  readonly tenant: ImportTenant<Row>;
  readonly limits: ImportLimits;
  readonly metrics: ImportMetrics;
  readonly pulse: Pulse;
}
