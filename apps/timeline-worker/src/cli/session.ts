import { type Servers, UsageError, withServers } from '@backend/shared/cli';
import { type BlobStore, createBlobStore } from '@backend/shared/blob';
import { describeDatabaseError, sqlState } from '@backend/shared/pg';
import { describeTemporalError } from '@backend/shared/temporal';
import { type TimelineConfig, loadConfig } from '../config';
import { TENANT } from '../contract';

/** What a command reaches timeline with; the server's connection is opened when it is first used. */
export interface Session extends Servers {
  readonly config: TimelineConfig;
  readonly blobs: BlobStore;
  /** The timeline of `--timeline`, else of TIMELINE_ID. */
  timelineId(): string;
}

/** Runs a command's work in a session and closes what it opened. */
export async function withSession<T>(
  { timeline }: { timeline?: string | undefined },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const config = loadConfig();
  const { env } = config;
  return withServers({ tenant: TENANT, config }, async (servers) =>
    work({
      ...servers,
      config,
      blobs: createBlobStore(env.BLOB_DIR),
      timelineId() {
        const timelineId = timeline ?? env.TIMELINE_ID;
        if (!timelineId) throw new UsageError('which timeline? Give --timeline ID, or set TIMELINE_ID');
        return timelineId;
      },
    }),
  );
}

/** One sentence about an error of timeline's servers; undefined when the error speaks for itself. */
export function describeError(error: unknown): string | undefined {
  const { env, temporal } = loadConfig();
  const database = describeDatabaseError(error, env.DATABASE_URL);
  if (database) return database;
  // Row-level security: the id of the row is another timeline's.
  if (sqlState(error) === '42501') return 'That id belongs to another timeline; choose another one.';
  return describeTemporalError(error, temporal);
}
