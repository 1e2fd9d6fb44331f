import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startBusyMeter } from './machine.mjs';

/** More than this many cores at other work, and a wall time says more about them than about us. */
export const BUSY_CORES = 0.2;

/** How long a row may take to notice that it is to end, before what it uses is closed under it. */
const ABORT_GRACE_MS = 3_000;

/**
 * Measures one row. Its context:
 * - `quick`: small sizes are wanted,
 * - `directory`: an empty folder that is removed afterwards,
 * - `signal`: aborted on Ctrl-C,
 * - `step(name, work)`: a progress line,
 * - `onClose(close)`: what to do at the end, however it comes; the last one first,
 * - `busyMeter()`: starts one, for a row that judges a part of its time.
 * A row that cannot be measured has `error` and is not ok.
 */
export async function runRow({ row, status, quick, signal }) {
  const { name, goal } = row;
  signal.throwIfAborted();
  const closers = [];
  const directory = await mkdtemp(path.join(os.tmpdir(), 'tenants-bench-'));
  closers.push(() => rm(directory, { recursive: true, force: true }));
  const busy = startBusyMeter();
  // A pending promise alone does not keep the process alive.
  const alive = setInterval(() => undefined, 60_000);
  status.line(`${name}: ${goal}`);
  try {
    const running = row.run({
      quick,
      directory,
      signal,
      step: (text, work) => status.step(`${name}: ${text}`, work),
      onClose: (close) => closers.push(close),
      busyMeter: startBusyMeter,
    });
    const result = await Promise.race([running, rejectAfterAbort(signal)]);
    return { name, goal, ...result, otherCores: result.otherCores ?? busy.otherCores() };
  } catch (error) {
    signal.throwIfAborted();
    status.line(
      `✗ ${name}: ${error.stack ?? error.message}${error.cause ? `: ${error.cause.message}: ${error.cause.cause?.message ?? ''}` : ''}`,
    );
    return { name, goal, ok: false, error: error.message, otherCores: busy.otherCores(), notes: [error.message] };
  } finally {
    clearInterval(alive);
    for (const close of closers.reverse()) {
      try {
        await close();
      } catch (error) {
        status.line(`${name}: closing failed: ${error.message}`);
      }
    }
  }
}

/** Rejects some time after the signal; for rows that wait for something which will not come any more. */
function rejectAfterAbort(signal) {
  return new Promise((_, reject) => {
    const giveUp = () => void pause(ABORT_GRACE_MS).then(() => reject(signal.reason));
    signal.addEventListener('abort', giveUp, { once: true });
  });
}
