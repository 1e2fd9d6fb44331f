import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { TestDatabase } from '@backend/shared/testing';
import type { WorkflowHandle } from '@temporalio/client';

/** Less than a test has, so that it fails with what it waited for. */
const BOUND_MS = 50_000;
/** Between two looks at most; the first ones come sooner. */
const PAUSE_MS = 20;

/** Reads a value until it is as wanted, and answers with it; rejects with what it waited for, and the last value, after the bound. */
export async function readUntil<T>(
  read: () => T | Promise<T>,
  isWanted: (value: T) => boolean,
  { what, boundMs = BOUND_MS }: { what: string; boundMs?: number },
): Promise<T> {
  const giveUpAt = Date.now() + boundMs;
  for (let looks = 0; ; looks += 1) {
    const value = await read();
    if (isWanted(value)) return value;
    if (Date.now() > giveUpAt) throw new Error(`waited ${boundMs / 1000} s for ${what}; at the end: ${inspect(value)}`);
    await delay(Math.min(2 ** looks, PAUSE_MS));
  }
}

/** Polls a condition until it holds; rejects with what it waited for after the bound. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  what: string,
  boundMs = BOUND_MS,
): Promise<void> {
  await readUntil(condition, (holds) => holds, { what, boundMs });
}

/** Waits until so many sessions of a database wait for what another one has locked. */
export async function untilBlocked(database: Pick<TestDatabase, 'query'>, count = 1): Promise<void> {
  await waitFor(
    async () => (await blockedSessions(database)) >= count,
    count === 1 ? 'a session to wait for a lock' : `${count} sessions to wait for locks`,
  );
}

/**
 * How many sessions of a database wait for what another one has locked. Asks the locks alone: the list of sessions stays as it was
 * for as long as the asking transaction lasts.
 */
export async function blockedSessions(database: Pick<TestDatabase, 'query'>): Promise<number> {
  const [found] = await database.query<{ sessions: number }>(
    `with here as (select pid from pg_locks where database = (select oid from pg_database where datname = current_database()))
     select count(distinct pid)::int as sessions from pg_locks
     where not granted and locktype <> 'extend' and pid in (select pid from here)`,
  );
  return found!.sessions;
}

/** Waits until a workflow has accepted so many updates: what they ask for is then known to it. */
export async function untilAccepted(handle: WorkflowHandle, count = 1): Promise<void> {
  await waitFor(async () => {
    const { events } = await handle.fetchHistory();
    return (events ?? []).filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes).length >= count;
  }, `${count} updates of ${handle.workflowId} to be accepted`);
}
