import { Pool, type PoolClient, types as defaultTypes } from 'pg';
import type { Logger } from 'pino';

/** What a repository function takes: the client of an open transaction (or, for reads that need no scope, the pool). */
export type Queryable = Pick<PoolClient, 'query'>;

/** A runner of transactions that are confined to one scope: a user in tracc, a timeline in timeline. */
export type Scope = <T>(
  scopeId: string,
  work: (tx: PoolClient) => Promise<T>,
  options?: TransactionOptions,
) => Promise<T>;

export interface TransactionOptions {
  /** Every statement sees the same state of the database, and none may write. */
  readonly snapshot?: boolean;
}

/**
 * A pool whose clients give up after bounded waits: 10 s to connect, 60 s per statement, 30 s idle in a transaction.
 * int8 and numeric stay text (node-postgres' default), so money never becomes a float; dates stay `YYYY-MM-DD` text.
 */
export function createPool({ url, max, name, log }: { url: string; max: number; name: string; log?: Logger }): Pool {
  const pool = new Pool({
    connectionString: url,
    max,
    application_name: name,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 60_000,
    // The server ends a statement by itself; this one is for a server that cannot be heard any more.
    query_timeout: 65_000,
    keepAlive: true,
    idle_in_transaction_session_timeout: 30_000,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        // 1082 date: node-postgres would make a Date in the machine's zone of it.
        oid === 1082 ? (text: string) => text : defaultTypes.getTypeParser(oid, format),
    },
  });
  // An idle client's error (server restart) must not end the process; the pool replaces the client.
  pool.on('error', (error) => log?.warn({ err: { message: error.message } }, 'an idle database connection was lost'));
  return pool;
}

/**
 * Runs work in a transaction: committed when it resolves, rolled back when it throws; the connection is always given back.
 * Work that goes on after a failed statement has nothing to commit: that is an error, never a silent rollback.
 */
export async function inTransaction<T>(
  pool: Pool,
  work: (tx: PoolClient) => Promise<T>,
  { snapshot = false }: TransactionOptions = {},
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The pool listens to idle clients only; a connection lost while this one works would end the process.
  const onLost = (error: Error): void => {
    broken = error;
  };
  client.on('error', onLost);
  try {
    await client.query(snapshot ? 'begin isolation level repeatable read read only' : 'begin');
    const result = await work(client);
    const { command } = await client.query('commit');
    if (command !== 'COMMIT') throw new Error('the transaction was rolled back: a statement in it had failed');
    return result;
  } catch (error) {
    await client.query('rollback').catch((rollbackError: Error) => {
      broken ??= rollbackError;
    });
    throw error;
  } finally {
    client.off('error', onLost);
    // A client that cannot roll back is not given to the next caller.
    client.release(broken);
  }
}

/** A transaction that sees and writes the rows of one scope only (row-level security, `SET LOCAL app.scope_id`). */
export async function inScope<T>(
  pool: Pool,
  scopeId: string,
  work: (tx: PoolClient) => Promise<T>,
  options?: TransactionOptions,
): Promise<T> {
  return inTransaction(
    pool,
    async (tx) => {
      await tx.query(`select set_config('app.scope_id', $1, true)`, [scopeId]);
      return work(tx);
    },
    options,
  );
}

/** Binds {@link inScope} to a pool. */
export function openScope(pool: Pool): Scope {
  return async (scopeId, work, options) => inScope(pool, scopeId, work, options);
}
