import { setTimeout as pause } from 'node:timers/promises';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2000;
const LONGEST_ATTEMPT_MS = 5000;

/**
 * Tries until it succeeds, with growing pauses of at most 2 s; an attempt is told how long it may take, 5 s at most. Rejects with
 * the last error at the deadline; returns at once when the signal fires, which the caller looks at.
 */
export async function waitUntil(
  attempt: (boundMs: number) => Promise<unknown>,
  {
    deadlineMs,
    signal,
    onWait,
  }: { deadlineMs: number; signal?: AbortSignal; onWait: (error: unknown, pauseMs: number) => void },
): Promise<void> {
  // Not the wall clock, which may be set while a machine starts.
  const until = performance.now() + deadlineMs;
  for (let pauseMs = FIRST_PAUSE_MS; !signal?.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await attempt(Math.max(1, Math.min(LONGEST_ATTEMPT_MS, until - performance.now())));
      return;
    } catch (error) {
      if (signal?.aborted) return;
      if (performance.now() + pauseMs > until) throw error;
      onWait(error, pauseMs);
      await pause(pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  }
}
