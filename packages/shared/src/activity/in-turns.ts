import { setImmediate } from 'node:timers/promises';

/** So long the process is kept from everything else, about. */
const TURN_MS = 20;

/**
 * Runs work that is cut into short pieces to its end. Between two pieces, every few milliseconds, `step` is called, which may
 * throw, and the process gets to what waits: heartbeats, probes, other activities.
 */
export async function inTurns<T>(work: Iterator<void, T>, step: () => void): Promise<T> {
  for (let until = performance.now() + TURN_MS; ;) {
    const piece = work.next();
    if (piece.done) return piece.value;
    if (performance.now() <= until) continue;
    step();
    await setImmediate();
    until = performance.now() + TURN_MS;
  }
}
