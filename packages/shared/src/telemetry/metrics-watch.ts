import { X509Certificate } from 'node:crypto';
import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Pool, PoolClient } from 'pg';
import type { Logger } from 'pino';
import type { Metrics } from './metrics';
import type { HOST_METRICS } from './metrics-catalogue';

type HostMetrics = Metrics<typeof HOST_METRICS>;

/** Between two looks at process and pool. */
const PROCESS_EVERY_MS = 15_000;
/** How often the lag of the event loop is sampled. */
const SAMPLE_EVERY_MS = 20;
/** Between two questions to visibility, which all workers of a tenant ask. */
const VISIBILITY_EVERY_MS = 60_000;

/** Sets the gauges of process and pool at once and every 15 s until it is stopped, and times who waits for a connection. */
export function watchProcess(metrics: HostMetrics, pool: Pool): { stop: () => void } {
  const delay = monitorEventLoopDelay({ resolution: SAMPLE_EVERY_MS });
  delay.enable();
  let busy: EventLoopUtilization | undefined;
  timeConnections(pool, metrics);
  metrics.startTime.set(performance.timeOrigin / 1000);
  metrics.databaseConnectionsMax.set(pool.options.max);
  metrics.heapLimit.set(getHeapStatistics().heap_size_limit);
  const look = (): void => {
    const { rss, heapUsed, heapTotal } = process.memoryUsage();
    metrics.residentMemory.set(rss);
    metrics.heapUsed.set(heapUsed);
    metrics.heapTotal.set(heapTotal);
    metrics.databaseConnections.set(pool.idleCount, { state: 'idle' });
    metrics.databaseConnections.set(pool.totalCount - pool.idleCount, { state: 'used' });
    metrics.databaseWaiting.set(pool.waitingCount);
    const now = performance.eventLoopUtilization();
    metrics.eventLoopUtilization.set((busy ? performance.eventLoopUtilization(now, busy) : now).utilization);
    busy = now;
    // In an empty window the figures are not numbers.
    if (delay.count === 0) return;
    metrics.eventLoopLagP50.set(lag(delay.percentile(50)));
    metrics.eventLoopLagP99.set(lag(delay.percentile(99)));
    metrics.eventLoopLagMax.set(lag(delay.max));
    delay.reset();
  };
  look();
  const timer = setInterval(look, PROCESS_EVERY_MS);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      delay.disable();
    },
  };
}

/** Seconds that a sample came late; the figures are nanoseconds from one sample to the next. */
function lag(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - SAMPLE_EVERY_MS / 1000);
}

type Connected = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (destroy?: unknown) => void,
) => void;

/** `query` of a pool takes its connection by the same method, with a callback. */
function timeConnections(pool: Pool, { databaseAcquireSeconds }: HostMetrics): void {
  const connect = pool.connect.bind(pool) as (callback: Connected) => void;
  const timed = (callback?: Connected): unknown => {
    const from = performance.now();
    const record = () => databaseAcquireSeconds.record((performance.now() - from) / 1000);
    if (callback) {
      return connect((...connected) => {
        record();
        callback(...connected);
      });
    }
    return (connect as unknown as () => Promise<PoolClient>)().finally(record);
  };
  pool.connect = timed as Pool['connect'];
}

/**
 * Calls `observe` at once and then a minute after each end until it is stopped. A failure is logged and leaves the figures as they
 * were: `worker_visibility_last_success_timestamp_seconds` says how old they are.
 */
export function watchVisibility(
  metrics: HostMetrics,
  { log, observe }: { log: Logger; observe: () => Promise<void> },
): { stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const look = async (): Promise<void> => {
    try {
      await observe();
      metrics.observedAt.set(Date.now() / 1000);
    } catch (error) {
      if (!isStopped) log.warn({ err: error }, 'the figures of visibility could not be read');
    }
    if (isStopped) return;
    timer = setTimeout(() => void look(), VISIBILITY_EVERY_MS);
    timer.unref();
  };
  void look();
  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Seconds since 1970 at which a PEM or DER certificate expires. Throws for what is none. */
export function certificateExpiry(certificate: Uint8Array): number {
  return Date.parse(new X509Certificate(certificate).validTo) / 1000;
}
