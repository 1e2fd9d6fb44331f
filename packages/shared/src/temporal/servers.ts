import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { ConfigError } from '../config';
import { describeDatabaseError, pingDatabase } from '../pg';
import { type TemporalSettings, describeTemporalError, pingServer } from './connection';
import { waitUntil } from './wait-until';

/** What a set-up beside the worker makes (tables, search attributes) is waited for this long once both servers answer. */
const SETUP_MS = 20_000;
const SETUP_PAUSE_MS = 1000;

interface Waiting {
  readonly log: Logger;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** A server did not answer for as long as the worker was to wait. The message is a sentence for each that did not. */
export class ServersAbsent extends Error {
  constructor(sentences: readonly string[], deadlineMs: number) {
    super(`${sentences.join(' ')} The worker has waited for ${deadlineMs / 1000} s (START_DEADLINE_S).`);
    this.name = 'ServersAbsent';
  }
}

/**
 * Does what needs both servers once they answer, and again when it fails, since their set-up may still be under way: for 20 s in all,
 * beside what it waits for the servers, and not beyond the deadline. Resolves with undefined when the signal fires before it is done.
 * Throws {@link ServersAbsent} at the deadline, the error of the work when that goes on to fail, and a ConfigError at once.
 */
export async function onceServersAnswer<T>(
  servers: { temporal: TemporalSettings; pool: Pool },
  work: () => Promise<T>,
  waiting: Waiting,
): Promise<T | undefined> {
  const { log, deadlineMs, signal } = waiting;
  const until = performance.now() + deadlineMs;
  for (let spentMs = 0; ;) {
    await waitForServers(servers, until, waiting);
    if (signal.aborted) return undefined;
    const from = performance.now();
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) return undefined;
      spentMs += performance.now() - from + SETUP_PAUSE_MS;
      const isOver = spentMs > SETUP_MS || performance.now() + SETUP_PAUSE_MS > until;
      if (isOver || error instanceof ConfigError) throw error;
      log.info({ retryInMs: SETUP_PAUSE_MS }, `waits for the set-up of the servers. ${messageOf(error)}`);
      await pause(SETUP_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Resolves when the Temporal server and the database both answer, or when the signal fires. Says which one it waits for. */
async function waitForServers(
  { temporal, pool }: { temporal: TemporalSettings; pool: Pool },
  until: number,
  { log, deadlineMs, signal }: Waiting,
): Promise<void> {
  const describe = {
    temporal: (error: unknown) => describeTemporalError(error, temporal) ?? `The Temporal server: ${messageOf(error)}`,
    database: (error: unknown) =>
      describeDatabaseError(error, pool.options.connectionString ?? '') ?? `The database: ${messageOf(error)}`,
  };
  const waitFor = async (server: keyof typeof describe, ping: (boundMs: number) => Promise<void>): Promise<void> =>
    waitUntil(ping, {
      deadlineMs: until - performance.now(),
      signal,
      onWait: (error, pauseMs) =>
        log.info({ server, retryInMs: pauseMs }, `waits for a server. ${describe[server](error)}`),
    });
  const [server, database] = await Promise.allSettled([
    waitFor('temporal', async (boundMs) => pingServer(temporal, boundMs)),
    waitFor('database', async (boundMs) => pingDatabase(pool, boundMs)),
  ]);
  const absent = [
    ...(server.status === 'rejected' ? [describe.temporal(server.reason)] : []),
    ...(database.status === 'rejected' ? [describe.database(database.reason)] : []),
  ];
  if (absent.length > 0 && !signal.aborted) throw new ServersAbsent(absent, deadlineMs);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
