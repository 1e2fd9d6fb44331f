import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres';
import { startTemporal, type RunningTemporal, type TemporalOptions } from './temporal';
import type { Log } from './progress';

/** What to start: one folder, and what the two servers are to have. */
export interface StackOptions {
  /** Holds `postgres/` and `temporal/`. In use by one stack at a time. */
  readonly dataDir: string;
  readonly log: Log;
  /** false: for a run that is thrown away; nothing waits for the disk, and Temporal keeps its state in memory. Default true. */
  readonly durable?: boolean | undefined;
  readonly postgres?: Pick<PostgresOptions, 'port' | 'adminUrl' | 'removeOnStop'> | undefined;
  readonly temporal: Omit<TemporalOptions, 'log' | 'dbFile' | 'signal' | 'env'>;
  /** Calls the start off. */
  readonly signal?: AbortSignal | undefined;
  /** process.env by default. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** Both servers, ready. */
export interface Stack {
  readonly postgres: RunningPostgres;
  readonly temporal: RunningTemporal;
  /** Ends both; safe to call twice. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts PostgreSQL and Temporal side by side. When one of them fails, the other is ended too, and the Error of the
 * first to fail is thrown.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  mkdirSync(options.dataDir, { recursive: true });
  const durable = options.durable ?? true;
  const abort = new AbortController();
  const signal = options.signal === undefined ? abort.signal : AbortSignal.any([options.signal, abort.signal]);
  const common = { log: options.log, signal, env: options.env };
  let firstError: unknown;
  const watched = <T>(start: Promise<T>): Promise<T | undefined> =>
    start.catch((error: unknown) => {
      firstError ??= error;
      abort.abort(error);
      return undefined;
    });
  const [postgres, temporal] = await Promise.all([
    watched(
      startPostgres({ ...options.postgres, ...common, durable, dataDir: path.join(options.dataDir, 'postgres') }),
    ),
    watched(
      startTemporal({
        ...options.temporal,
        ...common,
        ...(durable ? { dbFile: path.join(options.dataDir, 'temporal', 'temporal.db') } : {}),
      }),
    ),
  ]);
  if (postgres === undefined || temporal === undefined) {
    await Promise.all([postgres?.stop(), temporal?.stop()]);
    throw firstError;
  }
  return {
    postgres,
    temporal,
    stop: async () => {
      await Promise.all([postgres.stop(), temporal.stop()]);
    },
  };
}
