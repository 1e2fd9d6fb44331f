import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lockHome, type Lock } from './lock';
import { accepts, freePort, saysPortTaken } from './ports';
import { sweepOrphans } from './processes';
import { messageOf, pause, pollUntil, withProgress, type Log } from './progress';
import { environmentFor, supervise, type Supervised } from './supervised';
import { startDevArguments, type DynamicConfig, type SearchAttribute } from './temporal-arguments';
import { resolveTemporalBinary, type TemporalBinary } from './temporal-binary';
import { makeReady } from './temporal-readiness';

/** What to start, or to use. */
export interface TemporalOptions {
  readonly log: Log;
  /** Keeps everything in this SQLite file; in memory by default. Its folder is made, and is in use by one stack at a time. */
  readonly dbFile?: string | undefined;
  /** A free one by default. */
  readonly port?: number | undefined;
  /** A free one by default. */
  readonly uiPort?: number | undefined;
  /** Without the web UI. Default false. */
  readonly headless?: boolean | undefined;
  readonly namespaces: readonly string[];
  /** Registered in every one of the namespaces. */
  readonly searchAttributes?: readonly SearchAttribute[] | undefined;
  /** Beside `devServerConfig`, and before it. */
  readonly dynamicConfig?: DynamicConfig | undefined;
  /** Calls the start off. */
  readonly signal?: AbortSignal | undefined;
  /** process.env by default: TEMPORAL_* names a server to use, PATH and XDG_CACHE_HOME say where to look for one to start. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** A Temporal server that answers, in every namespace asked for. */
export interface RunningTemporal {
  /** host:port of the gRPC endpoint. */
  readonly address: string;
  readonly uiUrl?: string | undefined;
  /** The server's own metrics, for Prometheus; undefined when the server is not ours. */
  readonly metricsUrl?: string | undefined;
  /** Of the server, as it says itself. */
  readonly version: string;
  readonly source: 'address' | TemporalBinary['source'];
  readonly pid?: number | undefined;
  /** What the server writes; undefined when it is not ours. */
  readonly logFile?: string | undefined;
  readonly stop: () => Promise<void>;
}

const startTimeoutMs = 60_000;
const portAttempts = 3;

/**
 * Starts a Temporal server on 127.0.0.1, or uses the one that TEMPORAL_ADDRESS names; returns when it is ready.
 * It ends with `stop()`, or when this process ends in whatever way.
 * Throws an Error: no server could be found (with all that was tried), or it did not start (with its last lines).
 */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  const env = options.env ?? process.env;
  if ((env['TEMPORAL_ADDRESS'] ?? '') !== '') return useServer({ options, env });
  const { log } = options;
  log('starting Temporal');
  options.signal?.throwIfAborted();
  const binary = await resolveTemporalBinary({ env, log, signal: options.signal });
  const place = await openHome(options);
  try {
    await sweepOrphans();
    for (let attempt = 1; ; attempt += 1) {
      options.signal?.throwIfAborted();
      const port = options.port ?? (await freePort());
      const uiPort = options.headless === true ? undefined : (options.uiPort ?? (await freePort()));
      const metricsPort = await freePort();
      const logFile = path.join(place.home, 'temporal.log');
      const server = await supervise({
        name: 'Temporal',
        home: place.home,
        command: binary.path,
        args: startDevArguments({
          port,
          uiPort,
          metricsPort,
          dbFile: place.dbFile,
          namespaces: options.namespaces,
          searchAttributes: options.searchAttributes ?? [],
          dynamicConfig: options.dynamicConfig ?? {},
        }),
        cwd: place.home,
        // TEMPORAL_* are defaults for the program's flags: a shell's settings must not change this server.
        env: environmentFor({ env, drop: /^TEMPORAL_/ }),
        logFile,
        stop: [
          { signal: 'SIGINT', waitMs: 8_000 },
          { signal: 'SIGKILL', waitMs: 1_000 },
        ],
        removeOnExit: place.throwAway,
      });
      const address = `127.0.0.1:${port}`;
      const outcome = await untilReady({ server, port, options }).catch(async (error: unknown) => {
        await server.stop();
        throw error;
      });
      if (outcome.ready) {
        log(`Temporal ${outcome.version} is ready on ${address}`);
        return {
          address,
          ...(uiPort === undefined ? {} : { uiUrl: `http://127.0.0.1:${uiPort}` }),
          metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
          version: outcome.version,
          source: binary.source,
          pid: server.pid,
          logFile,
          stop: async () => {
            await server.stop();
            place.close();
          },
        };
      }
      await server.stop();
      const fixed = options.port !== undefined && (options.headless === true || options.uiPort !== undefined);
      if (fixed || attempt >= portAttempts || !saysPortTaken(outcome.output)) {
        throw new Error(`Temporal did not start: ${outcome.why}; its last lines:\n${outcome.output}`);
      }
      mkdirSync(place.home, { recursive: true });
    }
  } catch (error) {
    place.close();
    throw error;
  }
}

interface Home {
  readonly home: string;
  readonly dbFile: string | undefined;
  readonly throwAway: readonly string[];
  readonly close: () => void;
}

/** The folder for the log and the database: the database's own, under its lock, else a new one that goes with the server. */
async function openHome(options: TemporalOptions): Promise<Home> {
  if (options.dbFile === undefined) {
    const home = mkdtempSync(path.join(tmpdir(), 'temporal-tenants-server-'));
    return {
      home,
      dbFile: undefined,
      throwAway: [home],
      close: () => rmSync(home, { recursive: true, force: true }),
    };
  }
  mkdirSync(path.dirname(options.dbFile), { recursive: true });
  const home = realpathSync(path.dirname(options.dbFile));
  const lock: Lock = await lockHome({ home, lockFile: path.join(home, 'temporal.lock'), log: options.log });
  return {
    home,
    dbFile: path.join(home, path.basename(options.dbFile)),
    throwAway: [],
    close: () => lock.release(),
  };
}

type Outcome = { ready: true; version: string } | { ready: false; why: string; output: string };

async function untilReady(input: { server: Supervised; port: number; options: TemporalOptions }): Promise<Outcome> {
  const { server, port, options } = input;
  const deadlineMs = Date.now() + startTimeoutMs;
  let last = 'no answer';
  const work = async (): Promise<Outcome> => {
    for (;;) {
      options.signal?.throwIfAborted();
      const exit = server.exit();
      if (exit !== undefined) {
        return { ready: false, why: `it ended with code ${exit.code ?? exit.signal}`, output: server.lastLines() };
      }
      // The client waits a second before its second attempt to connect: it is asked once somebody listens.
      if (await accepts({ host: '127.0.0.1', port, timeoutMs: 1_000 })) {
        try {
          const { version } = await makeReady({
            connection: { address: `127.0.0.1:${port}` },
            namespaces: options.namespaces,
            searchAttributes: options.searchAttributes ?? [],
          });
          if (await isOurs({ server, port })) return { ready: true, version };
          continue;
        } catch (error) {
          last = messageOf(error);
        }
      }
      if (Date.now() >= deadlineMs) {
        return {
          ready: false,
          why: `not ready within ${startTimeoutMs / 1_000} s (${last})`,
          output: server.lastLines(),
        };
      }
      await pause(50);
    }
  };
  return withProgress({
    log: options.log,
    describe: (seconds) => `waiting for Temporal to answer (${seconds} s so far)`,
    work: work(),
  });
}

/**
 * Whether it is our server that answered, and not one that had the port before: ours then ends at once. It says that
 * it serves the port when it does; a release that words this otherwise is believed when it is still there later.
 */
async function isOurs(input: { server: Supervised; port: number }): Promise<boolean> {
  const says = new RegExp(`server:\\s+\\S*:${input.port}\\b`, 'i');
  await pollUntil({
    attempt: async () => (input.server.exit() !== undefined || says.test(input.server.lastLines()) ? true : undefined),
    everyMs: 20,
    timeoutMs: 2_000,
  });
  return input.server.exit() === undefined;
}

async function useServer(input: { options: TemporalOptions; env: NodeJS.ProcessEnv }): Promise<RunningTemporal> {
  const { options, env } = input;
  const { loadClientConnectConfig } = await import('@temporalio/envconfig');
  const { connectionOptions } = loadClientConnectConfig({ overrideEnvVars: definedOnly(env) });
  const address = connectionOptions.address ?? env['TEMPORAL_ADDRESS'] ?? '';
  options.log(`using the Temporal server at ${address}`);
  try {
    const { version } = await withProgress({
      log: options.log,
      describe: (seconds) => `waiting for Temporal at ${address} (${seconds} s so far)`,
      work: makeReady({
        connection: { ...connectionOptions, address },
        namespaces: options.namespaces,
        searchAttributes: options.searchAttributes ?? [],
      }),
    });
    return { address, version, source: 'address', stop: async () => {} };
  } catch (error) {
    throw new Error(`the Temporal server at ${address} (from TEMPORAL_ADDRESS) cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
