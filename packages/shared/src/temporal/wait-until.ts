import { setTimeout as pause } from 'node:timers/promises';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/**
 * Tries until it succeeds, with growing pauses of at most 5 s. Rejects with the last error at the deadline; returns at
 * once when the signal fires, which the caller looks at.
 */
export async function waitUntil(
  attempt: () => Promise<unknown>,
  { deadlineMs, signal, onWait }: { deadlineMs: number; signal?: AbortSignal; onWait: (pauseMs: number) => void },
): Promise<void> {
  const until = Date.now() + deadlineMs;
  for (let pauseMs = FIRST_PAUSE_MS; !signal?.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (signal?.aborted) return;
      if (Date.now() + pauseMs > until) throw error;
      onWait(pauseMs);
      await pause(pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  }
}
