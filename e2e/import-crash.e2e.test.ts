import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type RunningPostgres, startPostgres } from '@backend/devstack';
import { type DataImportResult, importWorkflowId } from '@backend/importer/contract';
import { type BlobStore, createBlobStore } from '@backend/shared/blob';
import type { BlobRef } from '@backend/shared/kernel';
import { createPool, provisionTenant } from '@backend/shared/pg';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { Pool } from 'pg';
import { MIGRATIONS } from '../apps/tracc-worker/src/config';
import { TASK_QUEUE, TENANT, WORKFLOW_TYPES } from '../apps/tracc-worker/src/contract';
import { addUser } from '../apps/tracc-worker/test/support';
import { type PostgresProxy, type Stop, startPostgresProxy } from '../test/support/postgres-proxy';
import { createRandom } from '../test/support/random';
import { testServers } from '../test/support/servers';
import { waitFor } from '../test/support/wait';
import { type Moment, PHASES, type Phase, type StoredState, drawMoments, momentsOf } from './import-moments';
import { type Sample, csvSample, mt940Sample, ofxSample } from './import-samples';
import { type WorkerProcess, freePort, startWorkerProcess } from './stack';

const NAMESPACE = 'tracc-imports';
const SEED = 6;
/** Two chunks each, one that is full and a small one; the long one has three. */
const SAMPLES = {
  csv: csvSample(20_850),
  ofx: ofxSample(20_400),
  mt940: mt940Sample(20_100),
  long: csvSample(41_000),
};
type Kind = keyof typeof SAMPLES;

let directory: string;
let port: number;
let postgres: RunningPostgres;
let admin: Pool;
let proxy: PostgresProxy;
let connection: Connection;
let client: Client;
let blobs: BlobStore;
let env: Record<string, string>;
const files = {} as Record<Kind, BlobRef>;
const undisturbed = {} as Record<Kind, Imported>;
const workers = new Set<WorkerProcess>();

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-imports-'));
  port = await freePort();
  await startServer();
  const urls = await provisionTenant({ adminUrl: postgres.adminUrl, tenant: TENANT, sets: MIGRATIONS });
  const adminUrl = new URL(postgres.adminUrl);
  adminUrl.pathname = `/${TENANT}`;
  admin = createPool({ url: adminUrl.href, max: 2, name: 'test' });
  proxy = await startPostgresProxy(urls.workerUrl);
  blobs = createBlobStore(path.join(directory, 'blobs'));
  for (const kind of Object.keys(SAMPLES) as Kind[]) files[kind] = await blobs.put(SAMPLES[kind].text);
  const { temporalAddress } = testServers();
  const workerUrl = new URL(proxy.through(urls.workerUrl));
  // A stop lasts until the last import has come to its own; nobody is to give up on it before.
  for (const bound of ['idle_in_transaction_session_timeout', 'statement_timeout', 'query_timeout'])
    workerUrl.searchParams.set(bound, '300000');
  env = {
    DATABASE_URL: workerUrl.href,
    // Each import keeps a connection at its stop.
    DATABASE_POOL_MAX: '40',
    LOG_LEVEL: 'info',
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: temporalAddress!,
    TEMPORAL_NAMESPACE: NAMESPACE,
  };
  connection = await Connection.connect({ address: temporalAddress! });
  client = new Client({ connection, namespace: NAMESPACE });
  await startWorkers(1);
  for (const kind of Object.keys(SAMPLES) as Kind[])
    undisturbed[kind] = await imported((await startImport(`undisturbed-${kind}`, kind)).handle);
});

afterAll(async () => {
  await Promise.all([...workers].map(async (worker) => worker.kill()));
  await connection?.close();
  await proxy?.close();
  await admin?.end();
  await postgres?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** PostgreSQL of this file's own, on the same data and port each time. */
async function startServer(): Promise<void> {
  postgres = await startPostgres({ dataDir: path.join(directory, 'postgres'), port, log: () => undefined });
}

const query = async <T extends object>(sql: string, values?: unknown[]): Promise<T[]> =>
  (await admin.query<T>(sql, values)).rows;

async function startWorkers(count: number): Promise<WorkerProcess[]> {
  const started = await Promise.all(Array.from({ length: count }, async () => startWorkerProcess('tracc', env)));
  for (const worker of started) workers.add(worker);
  return started;
}

async function killWorkers(): Promise<void> {
  await Promise.all([...workers].map(async (worker) => worker.kill()));
  workers.clear();
}

/** An import by a user of its own, whose id is the import's: so the proxy knows whose transaction it sees. */
async function startImport(
  importId: string,
  kind: Kind,
): Promise<{ importId: string; kind: Kind; handle: WorkflowHandle }> {
  await addUser({ query }, importId);
  const handle = await client.workflow.start(WORKFLOW_TYPES.dataImport, {
    workflowId: importWorkflowId({ tenant: TENANT, importId }),
    taskQueue: TASK_QUEUE,
    args: [
      {
        importId,
        userId: importId,
        accountId: 'checking',
        source: { ...files[kind], filename: SAMPLES[kind].filename },
      },
    ],
  });
  return { importId, kind, handle };
}

/** All that an import leaves, but its id. */
interface Imported {
  readonly result: Omit<DataImportResult, 'importId'>;
  readonly rejects: Buffer | undefined;
  readonly stored: object[];
}

async function imported(handle: WorkflowHandle): Promise<Imported> {
  const { importId, ...result } = (await handle.result()) as DataImportResult;
  return {
    result,
    rejects: result.errorReportRef && (await blobs.read(result.errorReportRef)),
    stored: await query(
      `select j.rows, j.validated_rows, j.error_rows, j.imported_rows, j.duplicate_rows, j.loaded_by, j.status, t.*, e.*
       from imports j,
         lateral (
           select count(*) as rows_stored, count(distinct external_key) as keys,
             md5(string_agg(concat_ws('|', account_id, booking_date, amount_minor, currency, description, payee, notes, category_id,
               encode(external_key, 'hex'), source, import_line), E'\\n' order by import_line)) as rows_digest
           from transactions where user_id = $1) t,
         lateral (
           select count(*) as errors_stored, md5(string_agg(e::text, E'\\n' order by record_line)) as errors_digest
           from (select line, column_name, code, value, message, fields, record_line from import_row_errors where import_id = $1) e) e
       where import_id = $1`,
      [importId],
    ),
  };
}

/** What is stored of imports; of each, as many rows as it says that it has imported. */
async function storedStates(importIds: readonly string[]): Promise<Map<string, StoredState>> {
  const rows = await query<StoredState & { importId: string; importedRows: number; rowsStored: number }>(
    `select import_id as "importId", status, plan is not null as "isPlanned", validated_batches as "validatedBatches",
       loaded_batches as "loadedBatches", imported_rows as "importedRows",
       (select count(*)::int from transactions t where t.user_id = imports.import_id) as "rowsStored"
     from imports where import_id = any ($1)`,
    [importIds],
  );
  return new Map(
    rows.map(({ importId, importedRows, rowsStored, ...stored }) => {
      expect([importId, rowsStored]).toEqual([importId, importedRows]);
      return [importId, stored];
    }),
  );
}

/** Waits until each import is at its moment, and holds what is stored then against what the moment says. */
async function reach(moments: ReadonlyMap<string, Moment>, stops: readonly Stop[]): Promise<void> {
  const missing = () => stops.filter((stop) => !stop.reached()).map(({ place }) => place.scopeId);
  await waitFor(async () => missing().length === 0, 'every import to be at its moment', 150_000).catch(
    (error: Error) => {
      const names = missing().map((importId) => `${importId} (${moments.get(importId)!.name})`);
      throw new Error(`${error.message}; not there: ${names.join(', ')}`, { cause: error });
    },
  );
  const copying = stops.filter(({ place }) => place.at === 'data');
  for (const stop of copying) expect(stop.copiedBytes()).toBeGreaterThan(0);
  const copies = await query(`select 1 from pg_stat_activity where state = 'active' and query like 'copy %'`);
  expect(copies).toHaveLength(copying.length);
  const stored = await storedStates([...moments.keys()]);
  for (const [importId, moment] of moments)
    expect([importId, moment.name, stored.get(importId) ?? null]).toEqual([importId, moment.name, moment.stored]);
}

const stopAll = (moments: ReadonlyMap<string, Moment>): Stop[] =>
  [...moments].map(([scopeId, { place }]) => proxy.stopAt({ scopeId, ...place }));

/** The attempts that the activities of an import took, and the workers that ended them. */
async function attemptsOf(handle: WorkflowHandle): Promise<{ retries: number; loaders: string[] }> {
  const events = (await handle.fetchHistory()).events ?? [];
  const started = events.flatMap(({ activityTaskStartedEventAttributes }) => activityTaskStartedEventAttributes ?? []);
  const typeOf = (scheduledEventId: unknown) =>
    events.find(({ eventId }) => String(eventId) === String(scheduledEventId))?.activityTaskScheduledEventAttributes
      ?.activityType?.name;
  return {
    retries: started.reduce((sum, { attempt }) => sum + (attempt ?? 1) - 1, 0),
    loaders: started
      .filter(({ scheduledEventId }) => typeOf(scheduledEventId) === 'importToDatabase')
      .map(({ identity }) => identity ?? ''),
  };
}

test('data-import 13, 19: the undisturbed runs are right', () => {
  for (const kind of Object.keys(SAMPLES) as Kind[]) {
    const { rows, errors } = SAMPLES[kind];
    expect(undisturbed[kind].result).toMatchObject({
      status: errors > 0 ? 'completed_with_errors' : 'completed',
      rows,
      errors,
      imported: rows - errors,
      duplicates: 0,
      balance: kind === 'mt940' ? 'ok' : 'unknown',
      loadedBy: 'copy',
    });
    expect(undisturbed[kind].rejects?.toString().split('\r\n').length).toBe(errors > 0 ? errors + 2 : undefined);
  }
});

/** How many of the 40 moments are of each phase. */
const MOMENTS: Readonly<Record<Phase, number>> = {
  inspection: 5,
  parsing: 5,
  validation: 5,
  'between chunks': 5,
  'in a chunk': 7,
  'before the commit': 3,
  'after the commit': 6,
  finish: 4,
};
const KINDS: readonly Kind[] = [
  ...Array<Kind>(10).fill('csv'),
  ...Array<Kind>(7).fill('ofx'),
  ...Array<Kind>(3).fill('mt940'),
];

test(`data-import 13: kill -9 at 40 moments, two of each of 20 imports (seed ${SEED}): rows, keys, sums, counts and rejects are those of the undisturbed run`, async () => {
  const phases = PHASES.flatMap((phase) => Array<Phase>(MOMENTS[phase]).fill(phase));
  const drawn = drawMoments({ samples: KINDS.map((kind) => SAMPLES[kind]), phases, random: createRandom(SEED) });
  const idOf = (n: number) => `killed-${n}-${KINDS[n]}`;
  const waves = [0, 1].map((nth) => new Map(drawn.map((pair, n) => [idOf(n), pair[nth]!])));
  const seen: Phase[] = [];

  let stops = stopAll(waves[0]!);
  await startWorkers(2);
  const imports = await Promise.all(KINDS.map(async (kind, n) => startImport(idOf(n), kind)));
  for (const [nth, moments] of waves.entries()) {
    await reach(moments, stops);
    await killWorkers();
    seen.push(...[...moments.values()].map(({ phase }) => phase));
    stops = nth === 0 ? stopAll(waves[1]!) : [];
    await startWorkers(nth === 0 ? 3 : 1);
  }
  expect(Object.fromEntries(PHASES.map((phase) => [phase, seen.filter((other) => other === phase).length]))).toEqual(
    MOMENTS,
  );
  for (const { importId, kind, handle } of imports) {
    expect([importId, await imported(handle)]).toEqual([importId, undisturbed[kind]]);
    // Each kill took an attempt.
    expect((await attemptsOf(handle)).retries).toBeGreaterThanOrEqual(2);
  }
}, 240_000);

/** The nth moment of a phase. */
function pick(sample: Sample, phase: Phase, nth = 0): Moment {
  return momentsOf(sample, createRandom(SEED)).filter((moment) => moment.phase === phase)[nth]!;
}

test('data-import 13: PostgreSQL crashes and is restarted, then is restarted in order, both in the middle of imports: the same worker brings them to the same end', async () => {
  const plan: readonly (readonly [Kind, crash: Moment, restart: Moment])[] = [
    ['long', pick(SAMPLES.long, 'in a chunk', 1), pick(SAMPLES.long, 'after the commit', 1)],
    ['csv', pick(SAMPLES.csv, 'after the commit'), pick(SAMPLES.csv, 'in a chunk', 1)],
    ['ofx', pick(SAMPLES.ofx, 'validation'), pick(SAMPLES.ofx, 'in a chunk')],
    ['mt940', pick(SAMPLES.mt940, 'before the commit'), pick(SAMPLES.mt940, 'finish')],
  ];
  const idOf = (n: number) => `restarted-${n}-${plan[n]![0]}`;
  const crash = new Map(plan.map(([, moment], n) => [idOf(n), moment]));
  const restart = new Map(plan.map(([, , moment], n) => [idOf(n), moment]));

  let stops = stopAll(crash);
  const imports = await Promise.all(plan.map(async ([kind], n) => startImport(idOf(n), kind)));
  await reach(crash, stops);
  stops = stopAll(restart);
  // Immediate: nothing is written down, the log is replayed at the next start.
  process.kill(postgres.pid!, 'SIGQUIT');
  await postgres.stop();
  await startServer();
  await reach(restart, stops);
  await postgres.stop();
  await startServer();
  for (const { importId, kind, handle } of imports)
    expect([importId, await imported(handle)]).toEqual([importId, undisturbed[kind]]);
}, 180_000);

test('data-import 13: SIGTERM in the middle of imports: what is at work ends with its chunk, and another worker goes on at once', async () => {
  const [first] = workers;
  const plan: readonly (readonly [Kind, Moment])[] = [
    ['long', pick(SAMPLES.long, 'before the commit')],
    ['ofx', pick(SAMPLES.ofx, 'in a chunk')],
    ['mt940', pick(SAMPLES.mt940, 'validation')],
    ['csv', pick(SAMPLES.csv, 'inspection')],
  ];
  const idOf = (n: number) => `handed-${n}-${plan[n]![0]}`;
  const moments = new Map(plan.map(([, moment], n) => [idOf(n), moment]));
  const stops = stopAll(moments);
  const imports = await Promise.all(plan.map(async ([kind], n) => startImport(idOf(n), kind)));
  await reach(moments, stops);
  await startWorkers(1);
  workers.delete(first!);
  const ended = first!.stop();
  await waitFor(async () => first!.output().includes('DRAINING'), 'the first worker to have heard it');
  for (const stop of stops) stop.release();
  expect([await ended, first!.output()]).toEqual([0, expect.stringContaining('worker has drained')]);
  for (const { importId, kind, handle } of imports)
    expect([importId, await imported(handle)]).toEqual([importId, undisturbed[kind]]);
  const attempts = await Promise.all(imports.map(async ({ handle }) => attemptsOf(handle)));
  // Nobody has waited for a heartbeat that does not come.
  expect(attempts.map(({ retries }) => retries)).toEqual(attempts.map(() => 0));
  expect(new Set(attempts[0]!.loaders).size).toBe(2);
}, 120_000);
