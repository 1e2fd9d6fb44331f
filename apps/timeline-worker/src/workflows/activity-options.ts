import type { ActivityOptions } from '@temporalio/workflow';
import { SHARED_FAILURES } from '@backend/shared/failures';
import { FAILURES } from '../contract';

// Two bounds on each: per attempt (startToClose) and in total (scheduleToClose).

/** Failures that a retry cannot mend. */
const PERMANENT = [...Object.values(FAILURES), ...Object.values(SHARED_FAILURES)] as string[];

/**
 * Up to 50 sources, several at once; 10 min in total is the mission's limit, and the activity lists what it has not read a while
 * before. Sources that were read are stored, so a retry goes on with the others.
 */
export const fetchOptions = {
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds', nonRetryableErrorTypes: PERMANENT },
} satisfies ActivityOptions;

/**
 * A slice of the chunks. 2 h in total and a heartbeat each minute are the mission's limits; an attempt that works through
 * its slice and the calls under way at its end needs no more than 30 min. A provider's Retry-After may put 15 min
 * between two attempts. The workflow waits for the end of a cancelled attempt: what was answered is stored.
 */
export const extractOptions = {
  startToCloseTimeout: '30 minutes',
  scheduleToCloseTimeout: '2 hours',
  heartbeatTimeout: '1 minute',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '2 minutes',
    nonRetryableErrorTypes: PERMANENT,
  },
} satisfies ActivityOptions;

/** Grounding, dates and merge, whatever a model has answered; computing, which lets the process breathe, and one blob. */
export const validateOptions = {
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '1 hour',
  heartbeatTimeout: '1 minute',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', nonRetryableErrorTypes: PERMANENT },
} satisfies ActivityOptions;

/** At most 50 batches of 100 events; a retry writes the same events under the same ids. */
export const storeOptions = {
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '1 hour',
  heartbeatTimeout: '1 minute',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', nonRetryableErrorTypes: PERMANENT },
} satisfies ActivityOptions;

/** Two files of the whole timeline. */
export const exportOptions = {
  startToCloseTimeout: '5 minutes',
  scheduleToCloseTimeout: '1 hour',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', nonRetryableErrorTypes: PERMANENT },
} satisfies ActivityOptions;

/** Small writes that follow from a decision that is already made. */
export const recordOptions = {
  startToCloseTimeout: '10 seconds',
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', nonRetryableErrorTypes: PERMANENT },
} satisfies ActivityOptions;
