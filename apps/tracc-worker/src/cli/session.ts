import { UsageError } from '@backend/shared/cli';
import { type BlobStore, createBlobStore } from '@backend/shared/blob';
import { type Scope, createPool, describeDatabaseError, openScope, sqlState } from '@backend/shared/pg';
import { connectClient, describeTemporalError } from '@backend/shared/temporal';
import type { Client } from '@temporalio/client';
import { type TraccConfig, loadConfig } from '../config';

/** What a command reaches tracc with; the server's connection is opened when it is first used. */
export interface Session {
  readonly config: TraccConfig;
  /** The user of `--user`, else of TRACC_USER. */
  readonly userId: string;
  readonly scope: Scope;
  readonly blobs: BlobStore;
  client(): Promise<Client>;
}

/** Runs a command's work in a session and closes what it opened. */
export async function withSession<T>(
  { user }: { user?: string | undefined },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const config = loadConfig();
  const { env } = config;
  const userId = user ?? env.TRACC_USER;
  if (!userId) throw new UsageError('which user? Give --user ID, or set TRACC_USER');
  const pool = createPool({ url: env.DATABASE_URL, max: 2, name: 'tracc-cli' });
  let connection: ReturnType<typeof connectClient> | undefined;
  try {
    return await work({
      config,
      userId,
      scope: openScope(pool),
      blobs: createBlobStore(env.BLOB_DIR),
      client: async () => (await (connection ??= connectClient(config.temporal))).client,
    });
  } finally {
    await connection?.then(async ({ close }) => close()).catch(() => undefined);
    await pool.end();
  }
}

/** One sentence about an error of tracc's servers; undefined when the error speaks for itself. */
export function describeError(error: unknown): string | undefined {
  const { env, temporal } = loadConfig();
  const database = describeDatabaseError(error, env.DATABASE_URL);
  if (database) return database;
  // Row-level security: the id of the row is another user's.
  if (sqlState(error) === '42501') return 'That id belongs to another user; choose another one.';
  if (sqlState(error) === '23503') return 'The account, category or user that was named does not exist.';
  return describeTemporalError(error, temporal);
}
