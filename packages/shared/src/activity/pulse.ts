import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';

/** Well below every heartbeat timeout in use; the SDK sends no more than the timeout needs. */
const INTERVAL_MS = 3000;

/** The heartbeat of a long activity. */
export interface Pulse {
  /**
   * To be called between two steps. Ends the work when Temporal has given the attempt up (cancelled, timed out, the worker
   * stops): another one may run by then. The details are what the next heartbeats say, for people; the truth is in the database.
   */
  step(details: Readonly<Record<string, string | number>>): void;
  /** Fires when {@link step} would throw; ends HTTP calls at once. */
  readonly signal: AbortSignal;
  /** Whether the worker was told to stop: work with checkpoints ends at its next one, and another worker goes on there. */
  isStopping(): boolean;
}

let stopping = false;

/** Tells the activities of this process that its worker ends; the SDK tells them only when their time of grace is over. */
export function announceStop(): void {
  stopping = true;
}

/** Runs an activity's work with heartbeats: one at entry, then by a timer, whatever the work waits for. */
export async function withPulse<T>(work: (pulse: Pulse) => Promise<T>): Promise<T> {
  const signal = cancellationSignal();
  let latest: Readonly<Record<string, string | number>> = {};
  const beat = () => heartbeat({ ...latest, attempt: activityInfo().attempt });
  beat();
  const timer = setInterval(beat, INTERVAL_MS);
  try {
    return await work({
      signal,
      isStopping: () => stopping,
      step(details) {
        if (signal.aborted) throw signal.reason;
        latest = details;
      },
    });
  } finally {
    clearInterval(timer);
  }
}
