import { activityInfo, heartbeat, cancellationSignal } from '@temporalio/activity';

/** Heartbeats go out at most this often, and are called for at every step. */
const INTERVAL_MS = 2000;

/**
 * The heartbeat of a long activity: reports progress, and ends the work when Temporal has given the attempt up (another
 * one may be running by then). The truth is the checkpoint in the database; the details are for people.
 */
export function startPulse(): (details: Record<string, number | string>) => void {
  const signal = cancellationSignal();
  let lastAt = 0;
  return (details) => {
    if (signal.aborted) throw signal.reason;
    if (Date.now() - lastAt < INTERVAL_MS) return;
    lastAt = Date.now();
    heartbeat({ ...details, attempt: activityInfo().attempt });
  };
}
