import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';

/** Well below the 10 s that the contract allows between two heartbeats. */
const INTERVAL_MS = 5000;

/** The heartbeat of a long activity. */
export interface Pulse {
  /** What the next heartbeats say; for people only, the truth is in the database. */
  report(details: Record<string, string | number>): void;
  /** Ends the work when Temporal has given the attempt up (cancelled, timed out, worker stops). */
  check(): void;
  /** Fires when {@link check} would throw; ends HTTP calls at once. */
  readonly signal: AbortSignal;
  stop(): void;
}

/** Sends a heartbeat now and then every 5 s by a timer, whatever the activity waits for. */
export function startPulse(details: Record<string, string | number> = {}): Pulse {
  const signal = cancellationSignal();
  let latest = details;
  const beat = () => heartbeat({ ...latest, attempt: activityInfo().attempt });
  beat();
  const timer = setInterval(beat, INTERVAL_MS);
  return {
    signal,
    report(next) {
      latest = next;
    },
    check() {
      if (signal.aborted) throw signal.reason;
    },
    stop() {
      clearInterval(timer);
    },
  };
}
