/**
 * A signal that fires when the given one does, or with a `TimeoutError` after so many milliseconds. In place of
 * `AbortSignal.any` with `AbortSignal.timeout`: Node 20 collects that timeout as garbage before it fires.
 */
export function deadline(timeoutMs: number, signal?: AbortSignal | null): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal?.reason);
  const timer = setTimeout(() => {
    signal?.removeEventListener('abort', stop);
    controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  }, timeoutMs);
  // Like the platform's own: a deadline keeps no process alive.
  timer.unref();
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  controller.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return controller.signal;
}

/** Runs work under such a signal, and leaves nothing on the given one: for many short pieces of work under one long signal. */
export async function withinDeadline<T>(
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const done = new AbortController();
  const timer = setTimeout(
    () => done.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
    timeoutMs,
  );
  const stop = (): void => done.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await work(done.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
