import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { BlobStore } from '@backend/shared/blob';
import type { Scope } from '@backend/shared/pg';
import { createMetrics } from '@backend/shared/telemetry';
import { DEFAULT_IMPORT_LIMITS, type ImportDeps, type ImportLimits } from './deps';
import { importToDatabase } from './import-to-database';
import { IMPORT_METRICS } from '../metrics';
import type { ImportTenant } from './tenant';

let directory: string;
let file: string;
let nowMs = 0;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'load-'));
  file = path.join(directory, 'file.csv');
  await writeFile(file, `a,b\n${'1,2\n'.repeat(500)}`);
});
afterAll(async () => rm(directory, { recursive: true, force: true }));
beforeEach(() => {
  nowMs = 1_000_000;
  jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
});
afterEach(() => jest.restoreAllMocks());

/** A load of 500 rows of which two batches are in; every batch takes as long as `tookMs` says, and the worker is told to stop at `stopRow`. */
function load({
  limits,
  tookMs,
  stopRow = Infinity,
}: {
  limits: Partial<ImportLimits>;
  tookMs: (row: number) => number;
  stopRow?: number;
}) {
  const loads: number[] = [];
  let reached = 0;
  const step = ({ row }: { row: number }) => {
    reached = row;
    nowMs += tookMs(row);
  };
  const layout = { delimiter: ',', columnCount: 2, roles: {}, dataStart: { byteOffset: 4, line: 2 } };
  const job = {
    importId: 'i1',
    target: 't1',
    source: { ref: 'blob:0' },
    plan: { encoding: 'utf-8', bomBytes: 0, skipBottom: 0, layout },
    rows: 500,
    loadedBatches: 2,
  };
  const query = async (sql: string, values: unknown[]) => {
    if (sql.includes('revert')) return { rows: [], rowCount: 0 };
    if (sql.includes('loaded_batches = $2, imported_rows')) job.loadedBatches = values[1] as number;
    return { rows: [job], rowCount: 1 };
  };
  const tenant = {
    createValidator: () => (record: unknown) => ({ ok: record }),
    createKeyer: () => () => '00',
    openLoad: async () => ({ pack: (rows: readonly unknown[]) => rows }),
    load: async (_tx: unknown, { packs, rows }: { packs: readonly (readonly unknown[])[]; rows: number }) => {
      expect(packs.flat()).toHaveLength(rows);
      loads.push(rows);
      return { imported: rows, by: 'insert' };
    },
  };
  const deps: ImportDeps = {
    scope: (async (_id: string, work: (tx: unknown) => unknown) => work({ query })) as unknown as Scope,
    blobs: { locate: async () => file } as unknown as BlobStore,
    importDirectory: directory,
    metrics: createMetrics(IMPORT_METRICS).metrics,
    tenant: tenant as unknown as ImportTenant<unknown>,
    limits: { ...DEFAULT_IMPORT_LIMITS, ...limits },
    pulse: { step, isStopping: () => reached >= stopRow } as unknown as ImportDeps['pulse'],
  };
  return { done: importToDatabase(deps, { importId: 'i1', userId: 'u1' }), loads };
}

test('data-import 13: reading again what is loaded takes nothing from the time of a slice', async () => {
  const { done, loads } = load({
    limits: { chunkBatches: 1, sliceMs: 1000 },
    tookMs: (row) => (row <= 200 ? 600_000 : 1),
  });
  expect(await done).toMatchObject({ batchesDone: 5, done: true });
  expect(loads).toEqual([100, 100, 100]);
});

test('data-import 13: a slice ends behind the chunk in which its time is over', async () => {
  const { done, loads } = load({ limits: { chunkBatches: 1, sliceMs: 1000 }, tookMs: () => 700 });
  expect(await done).toMatchObject({ batchesDone: 5 });
  expect(loads).toHaveLength(3);
  const slow = load({ limits: { chunkBatches: 1, sliceMs: 1000 }, tookMs: () => 1500 });
  expect(await slow.done).toMatchObject({ batchesDone: 4, done: false });
});

test('data-import 13: a slice ends behind the chunk in hand when the worker is told to stop', async () => {
  const { done, loads } = load({ limits: { chunkBatches: 1 }, tookMs: () => 0, stopRow: 400 });
  expect(await done).toMatchObject({ batchesDone: 4, done: false });
  expect(loads).toEqual([100, 100]);
});

test('data-import 13: a chunk ends at the first whole batch over its bytes', async () => {
  const { done, loads } = load({ limits: { chunkBytes: 401 }, tookMs: () => 0 });
  expect(await done).toMatchObject({ batchesDone: 5, done: true });
  expect(loads).toEqual([200, 100]);
});
