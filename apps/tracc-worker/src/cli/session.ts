import { type Servers, UsageError, withServers } from '@backend/shared/cli';
import { type BlobStore, createBlobStore } from '@backend/shared/blob';
import { describeDatabaseError, sqlState } from '@backend/shared/pg';
import { describeTemporalError } from '@backend/shared/temporal';
import { type TraccConfig, loadConfig } from '../config';
import { TENANT } from '../contract';

/** What a command reaches tracc with; the server's connection is opened when it is first used. */
export interface Session extends Servers {
  readonly config: TraccConfig;
  /** The user of `--user`, else of TRACC_USER. */
  readonly userId: string;
  readonly blobs: BlobStore;
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
  return withServers({ tenant: TENANT, config }, async (servers) =>
    work({
      ...servers,
      config,
      userId,
      blobs: createBlobStore(env.BLOB_DIR),
    }),
  );
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
