import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { describeDatabaseError, pingDatabase } from '../pg';
import { type TemporalSettings, describeTemporalError, pingServer } from './connection';
import { waitUntil } from './wait-until';

/** A server did not answer for as long as the worker was to wait. The message is a sentence for each that did not. */
export class ServersAbsent extends Error {
  constructor(sentences: readonly string[], deadlineMs: number) {
    super(`${sentences.join(' ')} The worker has waited for ${deadlineMs / 1000} s (START_DEADLINE_S).`);
    this.name = 'ServersAbsent';
  }
}

/**
 * Resolves when the Temporal server and the database both answer, or at once when the signal fires. Says which one it waits for.
 * Throws {@link ServersAbsent} at the deadline.
 */
export async function waitForServers(
  { temporal, pool }: { temporal: TemporalSettings; pool: Pool },
  { log, deadlineMs, signal }: { log: Logger; deadlineMs: number; signal: AbortSignal },
): Promise<void> {
  const describe = {
    temporal: (error: unknown) => describeTemporalError(error, temporal) ?? `The Temporal server: ${messageOf(error)}`,
    database: (error: unknown) =>
      describeDatabaseError(error, pool.options.connectionString ?? '') ?? `The database: ${messageOf(error)}`,
  };
  const waitFor = async (server: keyof typeof describe, ping: (boundMs: number) => Promise<void>): Promise<void> =>
    waitUntil(ping, {
      deadlineMs,
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
