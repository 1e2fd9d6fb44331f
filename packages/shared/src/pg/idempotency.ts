import { createHash } from 'node:crypto';
import { SHARED_FAILURES, userFailure } from '../failures';
import type { Queryable } from './transaction';

/** SHA-256 (hex) of a request's JSON, the mark by which a repeated key is told from a reused one. */
export function requestHash(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}

/**
 * Runs an effect once per key: the key, the request's hash and the result are written in the effect's own
 * transaction, and every later call gets the first result. `onOtherRequest` says what a known key with another
 * request means: `conflict` for a client's command (typed failure), `first` for a retry of our own activity.
 */
export async function idempotent<T>(
  tx: Queryable,
  { key, request, onOtherRequest }: { key: string; request: unknown; onOtherRequest: 'conflict' | 'first' },
  effect: () => Promise<T>,
): Promise<{ result: T; first: boolean }> {
  const hash = requestHash(request);
  // The row is claimed before the effect, so that a concurrent call with the key waits here for this transaction.
  const claimed = await tx.query(
    `insert into app.idempotency (scope_id, key, request_hash) values (app.scope_id(), $1, $2) on conflict do nothing`,
    [key, hash],
  );
  if (claimed.rowCount === 0) {
    const { rows } = await tx.query<{ request_hash: string; result: T }>(
      `select request_hash, result from app.idempotency where scope_id = app.scope_id() and key = $1`,
      [key],
    );
    const known = rows[0]!;
    if (known.request_hash !== hash && onOtherRequest === 'conflict') {
      throw userFailure(SHARED_FAILURES.IdempotencyConflict, `The key ${key} was used before with another request.`);
    }
    return { result: known.result, first: false };
  }
  const result = await effect();
  await tx.query(`update app.idempotency set result = $2 where scope_id = app.scope_id() and key = $1`, [
    key,
    JSON.stringify(result ?? null),
  ]);
  return { result, first: true };
}
