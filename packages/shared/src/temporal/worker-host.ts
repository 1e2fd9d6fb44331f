import { setFlagsFromString } from 'node:v8';
import { Connection } from '@temporalio/client';
import { Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { announceStop } from '../activity';
import { type TemporalSettings, connectWorker, waitForServer } from './connection';
import { startProbes } from './probes';
import { STOP_SIGNALS, installRuntime } from './runtime';
import { waitUntil } from './wait-until';

export interface WorkerHost {
  readonly log: Logger;
  readonly temporal: TemporalSettings;
  readonly taskQueue: string;
  readonly workflows: Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'bundlerOptions'>;
  readonly activities: object;
  readonly pool: Pool;
  readonly probes: { readonly host: string; readonly port: number };
  readonly metricsAddress?: string | undefined;
  readonly limits: {
    readonly maxCachedWorkflows: number;
    readonly maxConcurrentActivities: number;
    /** How long to wait for the servers before giving up, ms. */
    readonly startDeadlineMs: number;
  };
  /** A last check once both servers answer, before the worker polls; a rejection ends the process. */
  readonly prepare: () => Promise<void>;
  /** Called once when the worker polls (the demo and the tests wait for it). */
  readonly onReady?: () => void;
}

// SIGTERM: activities get 20 s to end by themselves, are then cancelled, and the process is given up at 25 s; the pod's
// terminationGracePeriodSeconds is 40 (the SDK's default grace of 0 would lose every running attempt).
const SHUTDOWN_GRACE_MS = 20_000;
const SHUTDOWN_FORCE_MS = 25_000;

/**
 * What a worker reads (files, texts, answers) is used once and dropped. On a large machine V8 lets a heap grow to several times what
 * is in use before it collects all of it; a worker is given memory for what it uses.
 */
const SMALL_HEAP = '--heap-growing-percent=40';

/**
 * Runs one tenant's worker until it is told to stop. Starts in any order with its servers: waits for both with
 * backoff. Stops in the reverse order of what it opened: worker (drains), probes, connections, pool.
 */
export async function runWorkerHost(host: WorkerHost): Promise<void> {
  const { log, temporal, taskQueue, pool, limits } = host;
  setFlagsFromString(SMALL_HEAP);
  installRuntime({ log, metricsAddress: host.metricsAddress });
  // Until the worker runs nobody else listens to these; the runtime hands them to the worker too from then on.
  const stop = new AbortController();
  const onSignal = () => {
    stop.abort();
    announceStop();
  };
  for (const signal of STOP_SIGNALS) process.once(signal, onSignal);
  endWithParent();
  // The runtime's threads would keep the process alive.
  const closers: (() => Promise<unknown>)[] = [async () => Runtime.instance().shutdown(), async () => pool.end()];
  try {
    let polling = false;
    const health = Connection.lazy(temporal.connection);
    closers.push(async () => health.close());
    const probes = await startProbes({
      ...host.probes,
      started: () => polling,
      checks: {
        temporal: async () => {
          await health.withDeadline(Date.now() + 2500, async () => health.workflowService.getSystemInfo({}));
        },
        database: async () => {
          await pool.query('select 1');
        },
      },
    });
    closers.push(async () => probes.close());
    log.info({ port: probes.port }, 'probes listen');

    await Promise.all([
      waitForServer(temporal, { log, deadlineMs: limits.startDeadlineMs, signal: stop.signal }),
      waitForDatabase(pool, { log, deadlineMs: limits.startDeadlineMs, signal: stop.signal }),
    ]);
    if (stop.signal.aborted) return log.info('stopped before the servers answered');
    await host.prepare();
    const connection = await connectWorker(temporal);
    closers.push(async () => connection.close());
    const worker = await Worker.create({
      connection,
      namespace: temporal.namespace,
      taskQueue,
      ...host.workflows,
      activities: host.activities,
      maxCachedWorkflows: limits.maxCachedWorkflows,
      maxConcurrentWorkflowTaskExecutions: 100,
      maxConcurrentActivityTaskExecutions: limits.maxConcurrentActivities,
      workflowTaskPollerBehavior: { type: 'autoscaling', minimum: 2, maximum: 32, initial: 4 },
      activityTaskPollerBehavior: { type: 'autoscaling', minimum: 2, maximum: 32, initial: 4 },
      // A cancellation arrives with a heartbeat: by default the SDK sends one in 48 s of a minute's timeout.
      maxHeartbeatThrottleInterval: '5 seconds',
      shutdownGraceTime: SHUTDOWN_GRACE_MS,
      shutdownForceTime: SHUTDOWN_FORCE_MS,
    });
    polling = true;
    log.info({ taskQueue, namespace: temporal.namespace }, 'worker polls');
    const run = worker.run();
    host.onReady?.();
    await run;
    log.info('worker has drained');
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
    for (const close of closers.reverse()) {
      await close().catch((error: unknown) => log.warn({ err: error }, 'closing failed'));
    }
  }
}

async function waitForDatabase(
  pool: Pool,
  { log, deadlineMs, signal }: { log: Logger; deadlineMs: number; signal: AbortSignal },
): Promise<void> {
  await waitUntil(async () => pool.query('select 1'), {
    deadlineMs,
    signal,
    onWait: (pauseMs) => log.info({ retryInMs: pauseMs }, 'waiting for the database'),
  });
}

/**
 * A parent that gives the worker a channel (the demo, the development stack) takes the worker along when it ends, even
 * when it is killed: the channel closes in any case.
 */
function endWithParent(): void {
  if (!process.channel) return;
  process.channel.unref();
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}
