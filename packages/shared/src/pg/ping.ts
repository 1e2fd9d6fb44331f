import { Client, type Pool, type PoolClient } from 'pg';

/**
 * Resolves when a new connection to the pool's database answers within the bound. A connection of its own, made anew each time: an
 * open one would go on to answer when the server takes no more, and a client taken from the pool would be lost to it for as long as
 * a silent network lasts. Rejects with the driver's or the server's error.
 */
export async function pingDatabase(pool: Pool, boundMs: number): Promise<void> {
  const { connectionString, application_name: name } = pool.options;
  return pingUrl(connectionString!, boundMs, `${name ?? 'worker'}-probe`);
}

/** As {@link pingDatabase}, for who has no pool yet. */
export async function pingUrl(connectionString: string, boundMs: number, name = 'probe'): Promise<void> {
  const client = new Client({
    connectionString,
    application_name: name,
    connectionTimeoutMillis: boundMs,
    query_timeout: boundMs,
  });
  // Said twice otherwise: by the call that fails, and by the client.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    // Says goodbye and waits for nobody to answer it.
    void client.end().catch(() => undefined);
  }
}

/**
 * Makes a check that resolves when the pool has a client to hand out, which is given back at once, and rejects with a sentence when
 * there is none within the bound. It waits in the same line as the pool's users, and in one place of it however often it is called.
 * What is put around `connect` afterwards, to time the pool's users, does not see it.
 */
export function createPoolCheck(pool: Pool, boundMs: number): () => Promise<void> {
  const connect = pool.connect.bind(pool) as () => Promise<PoolClient>;
  let turn: Promise<void> | undefined;
  return async () => {
    turn ??= connect()
      .then((client) => client.release())
      .finally(() => (turn = undefined));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const { totalCount, idleCount, waitingCount } = pool;
        reject(
          new Error(
            `No database connection came free within ${boundMs} ms: ${totalCount - idleCount} of ${pool.options.max} are in use and ${waitingCount} are waited for.`,
          ),
        );
      }, boundMs);
    });
    try {
      await Promise.race([turn, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
