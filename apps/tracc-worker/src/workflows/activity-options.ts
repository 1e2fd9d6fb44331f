import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';
import { FAILURES } from '../contract';

// Two bounds on each: per attempt (startToClose) and in total (scheduleToClose, or a finite number of attempts).

/** Failures that a retry cannot mend. */
const PERMANENT = Object.values(FAILURES) as string[];

/** Reads and sums in SQL; 30 s in total is the mission's limit, 10 s a single attempt's share of it. */
export const statusOptions = {
  startToCloseTimeout: '10 seconds',
  scheduleToCloseTimeout: '30 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '5 seconds', nonRetryableErrorTypes: PERMANENT },
} satisfies ActivityOptions;

/**
 * Calls other people's servers: 10 attempts with up to an hour between them, and no more than a day whatever they ask for.
 * The heartbeat tells a lost worker from a slow receiver.
 */
export const alertOptions = {
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '24 hours',
  heartbeatTimeout: '10 seconds',
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '1 hour',
    maximumAttempts: 10,
    nonRetryableErrorTypes: PERMANENT,
  },
} satisfies ActivityOptions;

/** A month's report; 5 min in total is the mission's limit. */
export const reportOptions = {
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '5 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds', nonRetryableErrorTypes: PERMANENT },
} satisfies ActivityOptions;

/**
 * Finds out what a Schedule's run has to do. Nobody waits for it, so it outlasts a database that is away for a day; the
 * next daily run makes up for what is lost after that.
 */
export const schedulePlanOptions = {
  startToCloseTimeout: '10 seconds',
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: '1 second', maximumInterval: '5 minutes', nonRetryableErrorTypes: PERMANENT },
} satisfies ActivityOptions;

/** Posts one occurrence: transient trouble is retried for a day, then the occurrence is given up and the loop goes on. */
export const postingOptions = {
  startToCloseTimeout: '10 seconds',
  scheduleToCloseTimeout: '24 hours',
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '15 minutes',
    nonRetryableErrorTypes: PERMANENT,
  },
} satisfies ActivityOptions;

/** Small writes that follow from a decision that is already made. */
export const recordOptions = {
  startToCloseTimeout: '10 seconds',
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', nonRetryableErrorTypes: PERMANENT },
} satisfies ActivityOptions;

/**
 * Records of occurrences have to happen: giving one up would end a workflow that nothing starts again, so they wait
 * for a database that is away for however long.
 */
export const occurrenceOptions = {
  startToCloseTimeout: '10 seconds',
  scheduleToCloseTimeout: '365 days',
  retry: { initialInterval: '1 second', maximumInterval: '5 minutes', nonRetryableErrorTypes: PERMANENT },
} satisfies ActivityOptions;

/** Pure computing that is too heavy, or depends on the zone database, for the sandbox; recorded as a marker. */
export const planOptions = {
  startToCloseTimeout: '5 seconds',
  scheduleToCloseTimeout: '1 minute',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds', nonRetryableErrorTypes: PERMANENT },
} satisfies LocalActivityOptions;
