import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type RunningTemporal, startTemporal } from '@backend/devstack';
import { sqlState } from '@backend/shared/pg';
import type { TestDatabase } from '@backend/shared/testing';
import { Client as PgClient } from 'pg';
import { NAMESPACE_NEEDS } from '../apps/tracc-worker/src/config';
import { openTestDatabase, testServers } from '../test/support/servers';
import { waitFor } from '../test/support/wait';
import { type FreezableProxy, type WorkerProcess, freePort, startProxy, startWorkerProcess, statusOf } from './stack';

const NAMESPACE = 'tracc-outages';
const OUTAGE_MS = 60_000;
/** In which a probe has to tell the truth, both ways. */
const TRUTH_MS = 15_000;
/** Between two looks at the probes. */
const LOOK_MS = 500;

/** A worker, what takes one of its servers away, and what brings it back. */
interface Episode {
  readonly env: Record<string, string>;
  begin(): Promise<void> | void;
  heal(): Promise<void> | void;
}

/** What the probes of a worker said. */
interface Story {
  /** From the loss of the server to the first answer that was not 200, ms. */
  readonly noticedAfterMs: number;
  /** Every answer of /readyz while the server was away and known to be. */
  readonly answersWhileAway: readonly (number | undefined)[];
  /** What /readyz said in the middle of it. */
  readonly checks: Readonly<Record<string, string>>;
  /** From the server's return to the first 200, ms. */
  readonly readyAfterMs: number;
  /** Every answer of /livez. */
  readonly live: readonly (number | undefined)[];
  /** The exit code after SIGTERM; the process is the one that was started. */
  readonly exitCode: number | null;
}

const NAMES = ['server down', 'server silent', 'database down', 'database silent', 'database full'] as const;
type Name = (typeof NAMES)[number];
const stories = new Map<Name, Story | Error>();
let database: TestDatabase;
let fullDatabase: TestDatabase;
let directory: string;
let ownServer: RunningTemporal | undefined;
const proxies: FreezableProxy[] = [];

// All at once: each is a minute of waiting.
beforeAll(async () => {
  database = await openTestDatabase('tracc');
  directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-outages-'));
  const { temporalAddress } = testServers();
  const env = {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: temporalAddress!,
    TEMPORAL_NAMESPACE: NAMESPACE,
    LOG_LEVEL: 'info',
  };
  const serverPort = await freePort();
  const startOwnServer = async (): Promise<void> => {
    ownServer = await startTemporal({
      log: () => undefined,
      headless: true,
      port: serverPort,
      dbFile: path.join(directory, 'temporal', 'server.db'),
      namespaces: [NAMESPACE],
      searchAttributes: NAMESPACE_NEEDS.searchAttributes,
      // As a server has them outside of development; the polls of a worker are spread over them.
      dynamicConfig: { 'matching.numTaskqueueReadPartitions': 4, 'matching.numTaskqueueWritePartitions': 4 },
      env: withoutTemporal(process.env),
    });
  };
  await startOwnServer();
  const toServer = await startProxy(temporalAddress!);
  const { host } = new URL(database.workerUrl);
  const [toDatabase, toSilentDatabase] = [await startProxy(host), await startProxy(host)];
  proxies.push(toServer, toDatabase, toSilentDatabase);
  const through = ({ address }: FreezableProxy): string => database.workerUrl.replace(host, address);
  fullDatabase = await openTestDatabase('tracc');
  const held: PgClient[] = [];
  const episodes: Record<Name, Episode> = {
    'server down': {
      env: { ...env, TEMPORAL_ADDRESS: ownServer!.address },
      begin: async () => ownServer!.stop(),
      heal: startOwnServer,
    },
    'server silent': {
      env: { ...env, TEMPORAL_ADDRESS: toServer.address },
      begin: () => toServer.freeze('both'),
      heal: () => toServer.thaw(),
    },
    'database down': {
      env: { ...env, DATABASE_URL: through(toDatabase) },
      begin: async () => toDatabase.shut(),
      heal: async () => toDatabase.open(),
    },
    'database silent': {
      env: { ...env, DATABASE_URL: through(toSilentDatabase) },
      begin: () => toSilentDatabase.freeze('both'),
      heal: () => toSilentDatabase.thaw(),
    },
    'database full': {
      env: { ...env, DATABASE_URL: fullDatabase.workerUrl },
      begin: async () => {
        await fullDatabase.query(`alter database ${fullDatabase.name} connection limit 20`);
        held.push(...(await holdAll(fullDatabase.workerUrl)));
      },
      heal: async () => void (await Promise.all(held.map(async (client) => client.end()))),
    },
  };
  const workers: WorkerProcess[] = [];
  for (const name of NAMES) workers.push(await startWorkerProcess('tracc', episodes[name].env));
  await Promise.all(
    NAMES.map(async (name, n) =>
      stories.set(name, await live(workers[n]!, episodes[name]).catch((error: unknown) => error as Error)),
    ),
  );
}, 300_000);

afterAll(async () => {
  for (const proxy of proxies) await proxy.close();
  await ownServer?.stop();
  await database?.drop();
  await fullDatabase?.drop();
  await rm(directory, { recursive: true, force: true });
});

async function live(worker: WorkerProcess, episode: Episode): Promise<Story> {
  const stop = new AbortController();
  const liveAnswers: (number | undefined)[] = [];
  const watching = (async () => {
    while (!stop.signal.aborted) {
      liveAnswers.push(await statusOf(worker, '/livez'));
      await delay(LOOK_MS);
    }
  })();
  const ended = worker.exit.then((code) => {
    throw new Error(`the worker ended with ${code}:\n${worker.output()}`);
  });
  ended.catch(() => undefined);
  const untilAnswer = async (isWanted: (status: number | undefined) => boolean) =>
    Promise.race([until(worker, isWanted), ended]);
  try {
    await episode.begin();
    const awayAt = performance.now();
    const noticedAfterMs = await untilAnswer((status) => status !== 200);
    const answersWhileAway: (number | undefined)[] = [];
    let checks: Record<string, string> = {};
    while (performance.now() < awayAt + OUTAGE_MS) {
      answersWhileAway.push(await statusOf(worker, '/readyz'));
      if (performance.now() > awayAt + OUTAGE_MS / 2 && Object.keys(checks).length === 0)
        checks = await checksOf(worker);
      await Promise.race([delay(LOOK_MS), ended]);
    }
    await episode.heal();
    const readyAfterMs = await untilAnswer((status) => status === 200);
    stop.abort();
    await watching;
    return { noticedAfterMs, answersWhileAway, checks, readyAfterMs, live: liveAnswers, exitCode: await worker.stop() };
  } finally {
    stop.abort();
    await worker.kill();
  }
}

/** Takes every connection that a role gets. */
async function holdAll(connectionString: string): Promise<PgClient[]> {
  const held: PgClient[] = [];
  for (;;) {
    const client = new PgClient({ connectionString });
    try {
      await client.connect();
    } catch (error) {
      if (sqlState(error) === '53300') return held;
      throw error;
    }
    held.push(client);
  }
}

/** How long it takes until /readyz answers as wanted, ms. */
async function until(worker: WorkerProcess, isWanted: (status: number | undefined) => boolean): Promise<number> {
  const from = performance.now();
  await waitFor(async () => isWanted(await statusOf(worker, '/readyz')), 'another answer of /readyz');
  return performance.now() - from;
}

async function checksOf({ probes }: WorkerProcess): Promise<Record<string, string>> {
  const response = await fetch(`${probes}/readyz`);
  return ((await response.json()) as { checks: Record<string, string> }).checks;
}

function withoutTemporal(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

const SAYS: Record<Name, Record<string, RegExp>> = {
  'server down': { temporal: /The Temporal server at \S+ cannot be reached/, database: /^ok$/, pool: /^ok$/ },
  'server silent': { temporal: /The Temporal server at \S+ cannot be reached/, database: /^ok$/, pool: /^ok$/ },
  'database down': { temporal: /^ok$/, polls: /^ok$/, database: /The database at \S+ cannot be reached/ },
  'database silent': { temporal: /^ok$/, polls: /^ok$/, database: /The database at \S+ did not answer in time/ },
  'database full': { temporal: /^ok$/, polls: /^ok$/, database: /The database at \S+ takes no more connections/ },
};

function storyOf(name: Name): Story {
  const story = stories.get(name);
  if (story === undefined || story instanceof Error) throw story ?? new Error('nothing was told');
  return story;
}

const TITLES: Record<Name, string> = {
  'server down': 'reliability R6: the Temporal server is down for 60 s',
  'server silent': 'reliability R7: the Temporal server is silent for 60 s',
  'database down': 'reliability R4: PostgreSQL is down for 60 s',
  'database silent': 'reliability R7: PostgreSQL is silent for 60 s',
  'database full': 'reliability R22: PostgreSQL has no more connections for 60 s',
};

describe.each(NAMES.map((name) => [TITLES[name], name] as const))('%s', (_title, name) => {
  test('/readyz says so within 15 s and for as long as it lasts, and names what is away', () => {
    const { noticedAfterMs, answersWhileAway, checks } = storyOf(name);
    expect(noticedAfterMs).toBeLessThan(TRUTH_MS);
    expect(new Set(answersWhileAway)).toEqual(new Set([503]));
    for (const [check, words] of Object.entries(SAYS[name])) expect(checks[check]).toMatch(words);
  });

  test('/readyz is 200 again within 15 s of its return', () => {
    expect(storyOf(name).readyAfterMs).toBeLessThan(TRUTH_MS);
  });

  test('/livez never fails, and the process is the same and drains in the end', () => {
    expect(new Set(storyOf(name).live)).toEqual(new Set([200]));
    expect(storyOf(name).exitCode).toBe(0);
  });
});
