import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { announceStop } from '../activity';
import { STOP_SIGNALS } from './runtime';

/** For each thing that is closed, and for all of them: with the force time of the worker they stay below the pod's grace period. */
const CLOSE_BOUND_MS = 2000;
const CLOSE_ALL_BOUND_MS = 10_000;

/** A terminal signals every process of a command, and npm passes on what it has heard itself: what comes so soon is one signal. */
const SAME_SIGNAL_MS = 1000;

/** What opens something gives its closer; the last one opened is closed first. */
export type Closers = (() => Promise<unknown>)[];

/**
 * Listens to the signals that end a worker. The first one fires the signal that is returned and tells the activities; the SDK's
 * runtime hears it too and drains the worker. One that comes over a second later ends the process at once, with 128 and its number.
 */
export function listenForStop(log: Logger): { signal: AbortSignal; close: () => void } {
  const stop = new AbortController();
  let heardAt = 0;
  const onSignal = (name: (typeof STOP_SIGNALS)[number]): void => {
    if (stop.signal.aborted) {
      if (performance.now() - heardAt < SAME_SIGNAL_MS) return;
      log.warn({ signal: name }, 'told to stop a second time: ends now, what was running is left to its time limits');
      process.exit(128 + constants.signals[name]);
    }
    heardAt = performance.now();
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

/**
 * Closes everything in the reverse order, and waits for none longer than its bound, nor for all longer than theirs: a dead server
 * must not keep the process.
 */
export async function closeAll(closers: Closers, log: Logger): Promise<void> {
  const late = Symbol('late');
  const until = performance.now() + CLOSE_ALL_BOUND_MS;
  for (const close of [...closers].reverse()) {
    const bound = new AbortController();
    const boundMs = Math.round(Math.max(0, Math.min(CLOSE_BOUND_MS, until - performance.now())));
    try {
      const waited = delay(boundMs, late, { signal: bound.signal }).catch(() => late);
      if ((await Promise.race([close(), waited])) === late)
        log.warn(`closing took longer than ${boundMs} ms and was given up`);
    } catch (error) {
      log.warn({ err: error }, 'closing failed');
    } finally {
      bound.abort();
    }
  }
}

/**
 * A parent that gives the worker a channel (the demo, the development stack) takes the worker along when it ends, even
 * when it is killed: the channel closes in any case. A worker that stops already is left to it.
 */
export function endWithParent(stopping: AbortSignal): void {
  if (!process.channel) return;
  process.channel.unref();
  process.once('disconnect', () => {
    if (!stopping.aborted) process.kill(process.pid, 'SIGTERM');
  });
}
