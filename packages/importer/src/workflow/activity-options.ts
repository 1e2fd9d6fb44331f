import type { ActivityOptions } from '@temporalio/workflow';
import { IMPORT_FAILURES } from '../contract';

// Two bounds on each: per attempt (startToClose) and in total (scheduleToClose).

/** A file that is wrong stays wrong. */
const PERMANENT = Object.values(IMPORT_FAILURES) as string[];
const retry = { initialInterval: '1 second', maximumInterval: '1 minute', nonRetryableErrorTypes: PERMANENT } as const;

/** Reads the file once to hash it: 2 GiB takes seconds, a slow disk minutes. */
export const inspectOptions = {
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  retry,
} satisfies ActivityOptions;

/** Reads every record once; heartbeats come at least every 5 s, so a lost worker is noticed within 30 s. */
export const parseOptions = {
  startToCloseTimeout: '30 minutes',
  scheduleToCloseTimeout: '6 hours',
  heartbeatTimeout: '30 seconds',
  retry,
} satisfies ActivityOptions;

/** Works through batches for a slice of time, twenty minutes at most and a reading from the top; a retry goes on at the first batch that is not done. */
export const importOptions = {
  startToCloseTimeout: '30 minutes',
  scheduleToCloseTimeout: '6 hours',
  heartbeatTimeout: '30 seconds',
  retry,
} satisfies ActivityOptions;

/** Deletes in chunks of about a second each, ten million rows in some minutes; a retry goes on at what is left. */
export const revertOptions = {
  startToCloseTimeout: '30 minutes',
  scheduleToCloseTimeout: '6 hours',
  heartbeatTimeout: '30 seconds',
  retry,
} satisfies ActivityOptions;
