import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from 'pino';

/** Places that all processes on a database share. A process that ends, however it ends, has given its places back. */
export interface SharedPlaces {
  /**
   * Takes one of the `max` places under a name, once one is free; who waits longest does not come first. Resolves with what gives it
   * back. Rejects with the signal's reason, or as the database does.
   */
  take(name: string, max: number, signal?: AbortSignal): Promise<() => Promise<void>>;
  /** Gives all places back; the next {@link take} begins anew. */
  close(): Promise<void>;
}

/** How often who waits looks again; a place is held for seconds. */
const LOOK_AGAIN_MS = 250;

interface Session {
  readonly client: Client;
  /** A client takes one statement at a time. */
  readonly inTurn: ReturnType<typeof createTurns>;
  /** The places of this process, by name. */
  readonly places: Map<string, Set<number>>;
}

/**
 * Places as advisory locks of one session, which is opened with the first. Should it be lost, its places are free for others while
 * the work in them still goes on: for that moment there can be more pieces of work than places.
 */
export function createSharedPlaces({
  url,
  applicationName,
  log,
}: {
  url: string;
  applicationName: string;
  log?: Logger;
}): SharedPlaces {
  let session: Promise<Session> | undefined;

  const open = async (onEnd: () => void): Promise<Session> => {
    const client = new Client({
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: 10_000,
      statement_timeout: 60_000,
      query_timeout: 65_000,
      keepAlive: true,
      // The server, too, soon notices that a machine is gone: nobody else would free its places.
      options: '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3',
    });
    client.on('error', (error) => log?.warn({ err: { message: error.message } }, 'the session of the places was lost'));
    client.once('end', onEnd);
    await client.connect();
    return { client, inTurn: createTurns(), places: new Map() };
  };

  const current = async (): Promise<Session> => {
    if (session) return session;
    const forget = (): void => {
      if (session === opening) session = undefined;
    };
    const opening = open(forget);
    session = opening;
    opening.catch(forget);
    return opening;
  };

  return {
    async take(name, max, signal) {
      for (;;) {
        signal?.throwIfAborted();
        const held = await current();
        const ours = held.places.get(name) ?? new Set();
        held.places.set(name, ours);
        for (let place = 0; place < max; place += 1) {
          // A session gets a lock that it has as often as it asks for it.
          if (ours.has(place)) continue;
          ours.add(place);
          const isTaken = await tryLock(held, name, place).catch(async (error: unknown) => {
            // Whether it has the lock nobody knows: a new session begins without any.
            await held.client.end();
            throw error;
          });
          if (isTaken) {
            return async () => {
              await unlock(held, name, place);
              ours.delete(place);
            };
          }
          ours.delete(place);
        }
        await delay(LOOK_AGAIN_MS, undefined, signal ? { signal } : {}).catch(() => undefined);
      }
    },
    async close() {
      const closing = await session?.catch(() => undefined);
      session = undefined;
      await closing?.client.end();
    },
  };
}

async function tryLock({ client, inTurn }: Session, name: string, place: number): Promise<boolean> {
  const { rows } = await inTurn(async () =>
    client.query<{ taken: boolean }>('select pg_try_advisory_lock(hashtext($1), $2) as taken', [name, place]),
  );
  return rows[0]!.taken;
}

/** A session that is gone has no lock any more. */
async function unlock({ client, inTurn }: Session, name: string, place: number): Promise<void> {
  await inTurn(async () => client.query('select pg_advisory_unlock(hashtext($1), $2)', [name, place])).catch(
    () => undefined,
  );
}

/** Runs pieces of work one after the other, in the order in which they come. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
