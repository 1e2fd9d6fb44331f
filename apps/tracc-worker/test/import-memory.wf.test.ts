import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataImportInput, DataImportResult } from '@backend/importer/contract';
import { type WorkerProcess, startWorkerProcess } from '../../../e2e/stack';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../src/contract';
import { USER, createImporting } from './import-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

/** Of the worker, half of which it needs before it does anything. */
const HEAP_MIB = 96;
/** What an import may add to the memory of a worker that does nothing: the heap that is left, and buffers outside of it. */
const IMPORT_MIB = 110;
/** Between the first quarter of a step and all of it, and between a good file and a bad one. */
const GROWTH_MIB = 24;
const SAMPLE_MS = 50;

let rig: TraccRig;
const { options, newAccount } = createImporting(() => rig);
let worker: WorkerProcess;
let idleMiB: number;
beforeAll(async () => {
  rig = await startTraccRig();
  await addUser(rig.database, USER);
  worker = await startWorkerProcess(
    'tracc',
    {
      DATABASE_URL: rig.database.workerUrl,
      BLOB_DIR: path.join(rig.directory, 'blobs'),
      IMPORT_DIR: rig.directory,
      TEMPORAL_ADDRESS: rig.env.address,
      TEMPORAL_NAMESPACE: 'default',
      NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}`,
    },
    { until: 'started' },
  );
  idleMiB = await rssMiB();
});
afterAll(async () => {
  await worker?.stop();
  await rig.stop();
});

/** A file of the import directory, written as it is made. */
async function writeBankFile(
  filename: string,
  rows: number,
  rowOf: (row: number) => string,
): Promise<DataImportInput['source']> {
  const stream = createWriteStream(path.join(rig.directory, filename));
  const hash = createHash('sha256');
  let bytes = 0;
  const write = async (text: string): Promise<void> => {
    hash.update(text);
    bytes += Buffer.byteLength(text);
    if (!stream.write(text)) await once(stream, 'drain');
  };
  await write('Date,Amount,Description\n');
  for (let from = 0; from < rows; from += 500)
    await write(Array.from({ length: Math.min(500, rows - from) }, (_, at) => rowOf(from + at)).join(''));
  await new Promise((resolve) => stream.end(resolve));
  return { ref: `file:${filename}`, sha256: hash.digest('hex'), bytes, filename };
}

async function rssMiB(): Promise<number> {
  const kib = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${worker.pid}/status`, 'utf8'))?.[1];
  if (kib === undefined) throw new Error(`the worker has ended:\n${worker.output()}`);
  return Number(kib) / 1024;
}

interface Sample {
  readonly step: 'read' | 'validate' | 'load';
  /** How much of the step was done, 0 to 1. */
  readonly part: number;
  readonly mib: number;
}

/** Imports a file by the worker, whose memory is looked at meanwhile. */
async function importWatched(source: DataImportInput['source'], rows: number) {
  const importId = source.filename;
  const handle = await rig.env.client.workflow.start(WORKFLOW_TYPES.dataImport, {
    ...(await options(source, { importId, accountId: await newAccount() })),
    taskQueue: TASK_QUEUE,
  });
  let ended = false;
  const result = (handle.result() as Promise<DataImportResult>).finally(() => (ended = true));
  // Until it is waited for, nobody listens to its failure.
  result.catch(() => undefined);
  const samples: Sample[] = [];
  while (!ended) {
    const [job = { validated: 0, loaded: 0 }] = await rig.database.query<{ validated: number; loaded: number }>(
      'select validated_batches as validated, loaded_batches as loaded from imports where import_id = $1',
      [importId],
    );
    const step = job.loaded > 0 ? 'load' : job.validated > 0 ? 'validate' : 'read';
    samples.push({ step, part: (100 * (job.loaded || job.validated)) / rows, mib: await rssMiB() });
    await delay(SAMPLE_MS);
  }
  const peakMiB = ({ step, from = 0, to = 1 }: { step?: Sample['step']; from?: number; to?: number } = {}) => {
    const seen = samples.filter((s) => (!step || s.step === step) && s.part >= from && s.part <= to);
    if (seen.length === 0) throw new Error(`nobody looked at the worker from ${from} to ${to} of ${step ?? 'all'}`);
    return Math.max(...seen.map(({ mib }) => mib));
  };
  return { result: await result, peakMiB };
}

const day = (row: number) => `2026-01-${String(1 + (row % 28)).padStart(2, '0')}`;

test('data-import 18: a file of more than 100 MB is imported with a heap of 96 MiB, and memory is flat from its first quarter on', async () => {
  const rows = 100_000;
  const text = 'a purchase that the bank describes at length; '.repeat(25);
  const file = await writeBankFile('large.csv', rows, (row) => `${day(row)},-${row}.50,${row} ${text}\n`);
  expect(file.bytes).toBeGreaterThan(100 * 1024 ** 2);
  const { result, peakMiB } = await importWatched(file, rows);
  expect(result).toMatchObject({ status: 'completed', rows, imported: rows, duplicates: 0, errors: 0 });
  expect(peakMiB() - idleMiB).toBeLessThan(IMPORT_MIB);
  for (const step of ['validate', 'load'] as const)
    expect(peakMiB({ step, from: 0.25 }) - peakMiB({ step, to: 0.25 })).toBeLessThan(GROWTH_MIB);
}, 60_000);

test('data-import 15, 18: a file in which every row is refused takes no more memory than a good one', async () => {
  const rows = 15_000;
  const text = 'a purchase that the bank describes at length, '.repeat(12);
  // Not quoted, so that every comma of a text is a column too many.
  const refused = await writeBankFile('refused.csv', rows, (row) => `${day(row)},-${row}.50,${row} ${text}\n`);
  const good = await writeBankFile('good.csv', rows, (row) => `${day(row)},-${row}.50,"${row} ${text}"\n`);
  const imported = await importWatched(good, rows);
  expect(imported.result).toMatchObject({ status: 'completed', rows, imported: rows });
  const { result, peakMiB } = await importWatched(refused, rows);
  expect(result).toMatchObject({ status: 'completed_with_errors', rows, imported: 0, errors: rows });
  expect(peakMiB() - imported.peakMiB()).toBeLessThan(GROWTH_MIB);
  expect(peakMiB() - idleMiB).toBeLessThan(IMPORT_MIB);
}, 60_000);
