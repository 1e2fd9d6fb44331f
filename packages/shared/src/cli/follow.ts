import { setMaxListeners } from 'node:events';
import { type WorkflowHandle, isGrpcServiceError } from '@temporalio/client';

const POLL_MS = 500;
const RETRY_MS = 2000;

/**
 * Waits for an execution's result. Polls for progress while it runs, and re-attaches when the server goes away and comes
 * back (a plain `handle.result()` gives up about 20 s into an outage). Rejects with the execution's own failure, or with what
 * `onProgress` throws.
 */
export async function followWorkflow<T, P>({
  handle,
  progress,
  onProgress,
  onOutage,
}: {
  handle: Pick<WorkflowHandle, 'result' | 'client'>;
  progress?: () => Promise<P>;
  onProgress?: (state: P) => void;
  onOutage?: () => void;
}): Promise<T> {
  let finished = false;
  const leaving = new AbortController();
  // The client adds a listener with every poll, one in 20 s, for as long as it waits.
  setMaxListeners(0, leaving.signal);
  const result = attached<T>(handle, { signal: leaving.signal, onOutage }).finally(() => {
    finished = true;
  });
  // The rejection is handed on by the return below; this keeps it from counting as unhandled meanwhile.
  result.catch(() => undefined);
  try {
    while (progress && onProgress && !finished) {
      const state = await progress().catch(() => undefined);
      if (state !== undefined) onProgress(state);
      await Promise.race([result.catch(() => undefined), pause(POLL_MS)]);
    }
    return await result;
  } finally {
    // Who leaves before the end does not wait for the server's answer, which may take 20 s.
    leaving.abort();
  }
}

async function attached<T>(
  handle: Pick<WorkflowHandle, 'result' | 'client'>,
  { signal, onOutage }: { signal: AbortSignal; onOutage?: (() => void) | undefined },
): Promise<T> {
  for (;;) {
    try {
      return (await handle.client.withAbortSignal(signal, async () => handle.result())) as T;
    } catch (error) {
      if (signal.aborted || !isUnavailable(error)) throw error;
      onOutage?.();
      await pause(RETRY_MS);
    }
  }
}

function isUnavailable(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    // gRPC: 14 UNAVAILABLE, 4 DEADLINE_EXCEEDED
    if (isGrpcServiceError(current) && (current.code === 14 || current.code === 4)) return true;
  }
  return false;
}

async function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
