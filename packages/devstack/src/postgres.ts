import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { lockHome } from './lock';
import { freePort, saysPortTaken } from './ports';
import { findPostgresBinaries } from './postgres-binaries';
import { prepareCluster } from './postgres-cluster';
import { sweepOrphans } from './processes';
import { messageOf, pause, withProgress, type Log } from './progress';
import { environmentFor, supervise, type Supervised } from './supervised';
import { unprivilegedAccount } from './unprivileged';

/** What to start, or to use. */
export interface PostgresOptions {
  /** Holds the cluster, its password and its log; made when missing. In use by one stack at a time. */
  readonly dataDir: string;
  /** A free one by default. */
  readonly port?: number | undefined;
  readonly log: Log;
  /** Calls the start off. */
  readonly signal?: AbortSignal | undefined;
  /** A server of the caller's own: nothing is started, and `stop` leaves it alone. */
  readonly adminUrl?: string | undefined;
  /** false: nothing needs to survive a power cut, so nothing waits for the disk. Default true. */
  readonly durable?: boolean | undefined;
  /** Remove `dataDir` when the server has ended, even when this process is killed. Default false. */
  readonly removeOnStop?: boolean | undefined;
  /** process.env by default. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** A PostgreSQL server that answers. */
export interface RunningPostgres {
  readonly host: string;
  readonly port: number;
  /** Superuser, database `postgres`. Holds a password: not for logs. */
  readonly adminUrl: string;
  /** '18.4'. */
  readonly version: string;
  readonly embedded: boolean;
  readonly pid?: number | undefined;
  /** What the server writes; undefined when it is not ours. */
  readonly logFile?: string | undefined;
  readonly stop: () => Promise<void>;
}

const startTimeoutMs = 60_000;
const portAttempts = 3;

/**
 * Starts PostgreSQL on 127.0.0.1, or uses the one at `adminUrl`; returns when it answers queries.
 * It ends with `stop()`, or when this process ends in whatever way.
 * Throws an Error of one sentence, followed by the server's last lines when it is the server that failed.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  if (options.adminUrl !== undefined) return useServer({ adminUrl: options.adminUrl, log: options.log });
  const { log } = options;
  log('starting PostgreSQL');
  options.signal?.throwIfAborted();
  mkdirSync(options.dataDir, { recursive: true });
  const home = realpathSync(options.dataDir);
  const account = unprivilegedAccount();
  // PG* names would reach the server as settings; the rest of the environment is none of its business.
  const env = environmentFor({
    env: options.env ?? process.env,
    drop: /^(?!PATH$|SystemRoot$|TMP$|TEMP$|TMPDIR$)/,
    set: { TZ: 'UTC', LC_ALL: 'C' },
  });
  const lock = await lockHome({ home, lockFile: path.join(home, 'postgres.lock'), log });
  try {
    await sweepOrphans();
    const binaries = await findPostgresBinaries({ account, log });
    const durable = options.durable ?? true;
    const cluster = await prepareCluster({ home, account, durable, binaries, env, log });
    const throwAway = options.removeOnStop === true ? [...new Set([path.dirname(cluster.folder), home])] : [];
    for (let attempt = 1; ; attempt += 1) {
      options.signal?.throwIfAborted();
      const port = options.port ?? (await freePort());
      const server = await supervise({
        name: 'PostgreSQL',
        home,
        command: binaries.postgres,
        args: ['-D', cluster.folder, ...settings({ port, durable })],
        cwd: cluster.folder,
        env,
        account,
        logFile: path.join(home, 'postgres.log'),
        stop: [
          // Fast, then immediate, then by force.
          { signal: 'SIGINT', waitMs: 10_000 },
          { signal: 'SIGQUIT', waitMs: 3_000 },
          { signal: 'SIGKILL', waitMs: 1_000 },
        ],
        removeOnExit: throwAway,
      });
      const adminUrl = `postgres://postgres:${cluster.password}@127.0.0.1:${port}/postgres`;
      const outcome = await untilReady({ server, adminUrl, log, signal: options.signal }).catch(
        async (error: unknown) => {
          await server.stop();
          throw error;
        },
      );
      if (outcome.ready) {
        log(`PostgreSQL ${outcome.version} is ready on 127.0.0.1:${port}`);
        return {
          host: '127.0.0.1',
          port,
          adminUrl,
          version: outcome.version,
          embedded: true,
          pid: server.pid,
          logFile: path.join(home, 'postgres.log'),
          stop: async () => {
            await server.stop();
            for (const folder of throwAway) rmSync(folder, { recursive: true, force: true });
            lock.release();
          },
        };
      }
      await server.stop();
      const retry = options.port === undefined && attempt < portAttempts && saysPortTaken(outcome.output);
      if (!retry) throw new Error(`PostgreSQL did not start: ${outcome.why}; its last lines:\n${outcome.output}`);
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The server's settings, as command line arguments: they hold for this start only, whatever the cluster's file says. */
export function settings(input: { port: number; durable: boolean }): string[] {
  const values: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port: input.port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '256MB',
    max_wal_size: '4GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    logging_collector: 'off',
    ...(input.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

type Outcome = { ready: true; version: string } | { ready: false; why: string; output: string };

async function untilReady(input: {
  server: Supervised;
  adminUrl: string;
  log: Log;
  signal: AbortSignal | undefined;
}): Promise<Outcome> {
  const deadlineMs = Date.now() + startTimeoutMs;
  let last = 'no answer';
  const work = async (): Promise<Outcome> => {
    for (;;) {
      input.signal?.throwIfAborted();
      const exit = input.server.exit();
      if (exit !== undefined) {
        return {
          ready: false,
          why: `it ended with code ${exit.code ?? exit.signal}`,
          output: input.server.lastLines(),
        };
      }
      try {
        return { ready: true, version: await serverVersion({ adminUrl: input.adminUrl, timeoutMs: 5_000 }) };
      } catch (error) {
        last = messageOf(error);
      }
      if (Date.now() >= deadlineMs) {
        return {
          ready: false,
          why: `not ready within ${startTimeoutMs / 1_000} s (${last})`,
          output: input.server.lastLines(),
        };
      }
      await pause(30);
    }
  };
  return withProgress({
    log: input.log,
    describe: (seconds) => `waiting for PostgreSQL to answer (${seconds} s so far)`,
    work: work(),
  });
}

async function serverVersion(input: { adminUrl: string; timeoutMs: number }): Promise<string> {
  const client = new Client({
    connectionString: input.adminUrl,
    connectionTimeoutMillis: input.timeoutMs,
    query_timeout: input.timeoutMs,
  });
  // A server that goes away between two steps must not end this process.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>("select current_setting('server_version') as version");
    return rows[0]?.version.split(' ')[0] ?? 'unknown';
  } finally {
    await client.end().catch(() => {});
  }
}

async function useServer(input: { adminUrl: string; log: Log }): Promise<RunningPostgres> {
  const url = parseAdminUrl(input.adminUrl);
  const where = `${url.host}:${url.port}`;
  input.log(`using the PostgreSQL server at ${where}`);
  try {
    const version = await withProgress({
      log: input.log,
      describe: (seconds) => `waiting for PostgreSQL at ${where} (${seconds} s so far)`,
      work: serverVersion({ adminUrl: input.adminUrl, timeoutMs: 10_000 }),
    });
    return { ...url, adminUrl: input.adminUrl, version, embedded: false, stop: async () => {} };
  } catch (error) {
    throw new Error(`the PostgreSQL server at ${where} does not let us in: ${messageOf(error)}`, { cause: error });
  }
}

/** Host and port of a `postgres://` URL. Throws an Error that does not repeat the URL, which may hold a password. */
export function parseAdminUrl(adminUrl: string): { host: string; port: number } {
  let url: URL | undefined;
  try {
    url = new URL(adminUrl);
  } catch {
    url = undefined;
  }
  if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol) || url.hostname === '') {
    throw new Error('the administrator URL of PostgreSQL should read postgres://user:password@host:5432/postgres');
  }
  return { host: url.hostname, port: url.port === '' ? 5432 : Number(url.port) };
}
