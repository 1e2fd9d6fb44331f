import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import type { Client } from '@temporalio/client';
import { Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { payloadDataConverter } from '../codec';
import { ConfigError } from '../config';
import { countActivities } from './activity-places';
import { type TemporalSettings, connectWorker } from './connection';
import { type ProbeServer, startProbes } from './probes';
import { readinessChecks } from './readiness';
import { observeTenant, watchHost } from './host-metrics';
import { type MetricsExport, installRuntime } from './runtime';
import { onceServersAnswer } from './servers';
import { type Closers, closeAll, endWithParent, listenForStop } from './stopping';
import { type Redactor, type Tracing, logUncaught } from '../telemetry';
import type { WorkflowSource } from './bundle';

export interface WorkerHost {
  readonly log: Logger;
  /** Cuts secrets out of what the probes answer. */
  readonly redactor: Redactor;
  readonly temporal: TemporalSettings;
  readonly taskQueue: string;
  readonly workflows: WorkflowSource;
  readonly activities: object;
  /** Makes spans of what the worker does; stopped last, when there is nothing left to tell. */
  readonly tracing?: Tracing | undefined;
  /** The version that the worker is of its Worker Deployment; without one it takes every task of its queue. */
  readonly deployment?: WorkerOptions['workerDeploymentOptions'] | undefined;
  readonly pool: Pool;
  readonly probes: { readonly host: string; readonly port: number };
  readonly metrics: MetricsExport;
  /** Reads figures of the tenant from the Temporal server, once a minute while the worker polls. */
  readonly observe: (client: Client) => Promise<void>;
  readonly limits: {
    readonly maxCachedWorkflows: number;
    readonly maxConcurrentActivities: number;
    /** How long to wait for the servers before giving up, ms. */
    readonly startDeadlineMs: number;
  };
  /** A last check once both servers answer, before the worker polls; one that goes on to reject ends the process. */
  readonly prepare: () => Promise<void>;
  /** Close what the app opened beside the pool; called in the reverse order, before the pool ends. */
  readonly closers?: readonly (() => Promise<unknown>)[];
  /** Called once when the worker polls (the demo and the tests wait for it). */
  readonly onReady?: () => void;
}

// SIGTERM: activities get 20 s to end by themselves, are then cancelled, and the process is given up at 25 s; the pod's
// terminationGracePeriodSeconds is 40 (the SDK's default grace of 0 would lose every running attempt).
const SHUTDOWN_GRACE_MS = 20_000;
const SHUTDOWN_FORCE_MS = 25_000;

/** Between two rounds of the readiness checks, so that their metric is as new as those of the process. */
const ROUND_EVERY_MS = 15_000;

/**
 * What a worker reads (files, texts, answers) is used once and dropped. On a large machine V8 lets a heap grow to several times what
 * is in use before it collects all of it; a worker is given memory for what it uses.
 */
const SMALL_HEAP = '--heap-growing-percent=40';

/**
 * Runs one tenant's worker until it is told to stop. Starts in any order with its servers: waits for both with
 * backoff. Stops in the reverse order of what it opened: worker (drains), probes, connections, pool.
 * Throws ConfigError for settings that cannot work, ServersAbsent when there are no servers for as long as it waits.
 */
export async function runWorkerHost(host: WorkerHost): Promise<void> {
  const { log, temporal, taskQueue, pool, limits, tracing } = host;
  let runtime = installRuntime({ log, metrics: host.metrics });
  const stop = listenForStop(log);
  const listening = logUncaught(log);
  endWithParent(stop.signal);
  // The runtime's threads would keep the process alive.
  const closers: Closers = [
    async () => tracing?.stop(),
    // Closing the last connection has done so already; `Runtime.instance()` would begin another one then.
    async () => runtime.shutdown(),
    async () => pool.end(),
    ...(host.closers ?? []),
  ];
  try {
    let polling = false;
    const identity = `${process.pid}@${hostname()}@${randomUUID().slice(0, 8)}`;
    const places = countActivities(limits.maxConcurrentActivities);
    const readiness = readinessChecks({ temporal, taskQueue, identity, pool, activitiesFull: places.isFull });
    closers.push(readiness.close);
    // After the checks, whose own waits for a connection are not timed.
    if (host.metrics.address) closers.push(watchHost(host.metrics, host));
    const checks = {
      ...readiness.checks,
      worker: async () => {
        if (stop.signal.aborted) throw new Error('The worker was told to stop and takes no more work.');
      },
    };
    const { readinessCheck } = host.metrics.set.metrics;
    const probes = await listenForProbes({
      ...host.probes,
      started: () => polling,
      checks,
      cut: (sentence) => host.redactor.known(sentence),
      everyMs: host.metrics.address ? ROUND_EVERY_MS : undefined,
      onRound(results) {
        for (const [check, result] of Object.entries(results)) readinessCheck.set(result === 'ok' ? 1 : 0, { check });
      },
    });
    closers.push(async () => probes.close());
    log.info({ port: probes.port }, 'probes listen');

    const connect = async () => {
      await host.prepare();
      return connectWorker(temporal);
    };
    const waiting = { log, deadlineMs: limits.startDeadlineMs, signal: stop.signal };
    const connection = await onceServersAnswer(host, connect, waiting);
    if (connection) closers.push(async () => connection.close());
    if (!connection || stop.signal.aborted) return log.info('stopped before the servers were ready');
    // With a connection that fails the SDK ends its runtime, and begins another one with the next.
    if (Runtime.instance() !== runtime) {
      runtime = Runtime.instance();
      host.metrics.set.bind(runtime.metricMeter);
    }
    const worker = await Worker.create({
      connection,
      namespace: temporal.namespace,
      taskQueue,
      identity,
      ...host.workflows,
      dataConverter: payloadDataConverter(temporal.payloadKeys, { onUnknownKey: reportUnknownKey(host) }),
      activities: host.activities,
      interceptors: {
        ...host.workflows.interceptors,
        ...tracing?.workerInterceptors,
        activity: [places.interceptor, ...(tracing?.workerInterceptors.activity ?? [])],
      },
      ...(tracing ? { sinks: tracing.workerSinks } : {}),
      ...(host.deployment ? { workerDeploymentOptions: host.deployment } : {}),
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
    // What a start leaves behind is little, and collecting it early would make the start longer.
    setFlagsFromString(SMALL_HEAP);
    polling = true;
    log.info({ taskQueue, namespace: temporal.namespace, ...host.deployment?.version }, 'worker polls');
    if (host.metrics.address) closers.push(observeTenant(host.metrics, host));
    const run = worker.run();
    host.onReady?.();
    await run;
    log.info('worker has drained');
  } finally {
    await closeAll(closers, log);
    stop.close();
    listening.close();
  }
}

/** A port that cannot be listened on is a setting to mend. */
async function listenForProbes(options: Parameters<typeof startProbes>[0]): Promise<ProbeServer> {
  try {
    return await startProbes(options);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const sentences: Record<string, string> = {
      EADDRINUSE: `PROBE_PORT is wrong: something else listens on port ${options.port} of ${options.host}; it should be a free port.`,
      EACCES: `PROBE_PORT is wrong: this user may not listen on port ${options.port}; it should be a port from 1024.`,
      EADDRNOTAVAIL: `PROBE_HOST is wrong: ${options.host} is no address of this machine.`,
      ENOTFOUND: `PROBE_HOST is wrong: ${options.host} is no address of this machine.`,
    };
    throw sentences[code] ? new ConfigError([sentences[code]]) : error;
  }
}

/** An unknown key stops workflows until it is given, so it is an alert, with an id in the log for whoever mends it. */
function reportUnknownKey({ log, metrics }: WorkerHost): (keyId: string) => void {
  const { codecUnknownKeys } = metrics.set.metrics;
  return (keyId) => {
    codecUnknownKeys.add(1);
    log.error(
      { keyId },
      'a payload names a key that is not among PAYLOAD_KEYS; its task is retried until the key is given',
    );
  };
}
