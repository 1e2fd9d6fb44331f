import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from 'pino';

/** Places that all processes on a database share. A process that ends or stops, however it does, has given its places back. */
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
/** A session of which the server hears nothing for so long is ended: its process is there, but does nothing. */
const SILENCE_MS = 30_000;
/** Signs of life before a silence is too long. */
const SIGNS = 3;

interface Session {
  readonly client: Client;
  /** Ends it: whether it has a lock may be in doubt. The next session begins without any. */
  readonly leave: () => void;
  /** A client takes one statement at a time. */
  readonly inTurn: ReturnType<typeof createTurns>;
  /** The places of this process, by name. */
  readonly places: Map<string, Set<number>>;
}

/**
 * Places as advisory locks of one session, which is opened with the first. Should it be lost, its places are free for others while
 * the work in them still goes on: for that moment there can be more pieces of work than places. It is lost too when its process gives
 * no sign of life for `silenceMs`.
 */
export function createSharedPlaces({
  url,
  applicationName,
  silenceMs = SILENCE_MS,
  log,
}: {
  url: string;
  applicationName: string;
  silenceMs?: number;
  log?: Logger;
}): SharedPlaces {
  let session: Promise<Session> | undefined;

  const open = async (forget: () => void): Promise<Session> => {
    const client = new Client({
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: 10_000,
      statement_timeout: 60_000,
      query_timeout: 65_000,
      keepAlive: true,
      // The server, too, soon notices that a machine is gone: nobody else would free its places.
      options: `-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c idle_session_timeout=${silenceMs}`,
    });
    const inTurn = createTurns();
    const leave = (): void => {
      forget();
      client.end().catch(() => undefined);
    };
    client.on('error', (error) => log?.warn({ err: { message: error.message } }, 'the session of the places was lost'));
    client.once('end', forget);
    await client.connect();
    const giveSign = (): void => void inTurn(async () => client.query('select 1')).catch(leave);
    const signs = setInterval(giveSign, silenceMs / SIGNS).unref();
    client.once('end', () => clearInterval(signs));
    return { client, leave, inTurn, places: new Map() };
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
          const isTaken = await tryLock(held, name, place);
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

async function tryLock({ client, inTurn, leave }: Session, name: string, place: number): Promise<boolean> {
  try {
    const { rows } = await inTurn(async () =>
      client.query<{ taken: boolean }>('select pg_try_advisory_lock(hashtext($1), $2) as taken', [name, place]),
    );
    return rows[0]!.taken;
  } catch (error) {
    leave();
    throw error;
  }
}

/** A session that is gone has no lock any more. */
async function unlock({ client, inTurn, leave }: Session, name: string, place: number): Promise<void> {
  await inTurn(async () => client.query('select pg_advisory_unlock(hashtext($1), $2)', [name, place])).catch(leave);
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
