import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { announceStop } from '../activity';
import { STOP_SIGNALS } from './runtime';

/** For each thing that is closed. All of them together with the force time of the worker stay below the pod's grace period. */
const CLOSE_BOUND_MS = 2000;

/** What opens something gives its closer; the last one opened is closed first. */
export type Closers = (() => Promise<unknown>)[];

/**
 * Listens to the signals that end a worker. The first one fires the signal that is returned and tells the activities; the SDK's
 * runtime hears it too and drains the worker. The second one ends the process at once, with 128 and the number of the signal.
 */
export function listenForStop(log: Logger): { signal: AbortSignal; close: () => void } {
  const stop = new AbortController();
  const onSignal = (name: (typeof STOP_SIGNALS)[number]): void => {
    if (stop.signal.aborted) {
      log.warn({ signal: name }, 'told to stop a second time: ends now, what was running is left to its time limits');
      process.exit(128 + constants.signals[name]);
    }
    log.info({ signal: name }, 'told to stop: takes no more work and ends what runs');
    stop.abort();
    announceStop();
  };
  for (const name of STOP_SIGNALS) process.on(name, onSignal);
  return {
    signal: stop.signal,
    close: () => {
      for (const name of STOP_SIGNALS) process.off(name, onSignal);
    },
  };
}

/** Closes everything in the reverse order, and waits for none longer than its bound: a dead server must not keep the process. */
export async function closeAll(closers: Closers, log: Logger): Promise<void> {
  const late = Symbol('late');
  for (const close of [...closers].reverse()) {
    const bound = new AbortController();
    try {
      const waited = delay(CLOSE_BOUND_MS, late, { signal: bound.signal }).catch(() => late);
      if ((await Promise.race([close(), waited])) === late)
        log.warn(`closing took longer than ${CLOSE_BOUND_MS} ms and was given up`);
    } catch (error) {
      log.warn({ err: error }, 'closing failed');
    } finally {
      bound.abort();
    }
  }
}

/**
 * A parent that gives the worker a channel (the demo, the development stack) takes the worker along when it ends, even
 * when it is killed: the channel closes in any case.
 */
export function endWithParent(): void {
  if (!process.channel) return;
  process.channel.unref();
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}
