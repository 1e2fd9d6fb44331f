import { Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import type { Logger } from 'pino';
import { ConfigError } from '../config';
import { type HOST_METRICS, type MetricSet, bucketsOf, sdkLogger } from '../telemetry';

/** In seconds. The core's own bounds for these end at 20 s or begin at 50 ms; what waits for a worker is told from 5 ms on. */
const SDK_BUCKETS = {
  temporal_workflow_task_schedule_to_start_latency: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 5, 10, 30, 60],
  temporal_activity_schedule_to_start_latency: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 5, 10, 30, 60],
};

/** What ends a worker; the runtime's default would be SIGQUIT and SIGUSR2 too. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What a process exports, and where. */
export interface MetricsExport {
  /** Value of the label `tenant` on every series. */
  readonly tenant: string;
  /** IP address and port of the Prometheus endpoint; without one nothing is exported. */
  readonly address: string | undefined;
  readonly set: MetricSet<typeof HOST_METRICS>;
}

/**
 * Installs the SDK's runtime once per process: its own lines and those of the core go through our logger, and its
 * metrics with our own to a Prometheus endpoint when an address is given. Throws one sentence when that cannot be had.
 */
export function installRuntime({ log, metrics }: { log: Logger; metrics: MetricsExport }): Runtime {
  const { address } = metrics;
  const install = () =>
    Runtime.install({
      shutdownSignals: [...STOP_SIGNALS],
      logger: sdkLogger(log),
      telemetryOptions: {
        logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
        ...(address
          ? {
              metrics: {
                globalTags: { tenant: metrics.tenant },
                prometheus: {
                  bindAddress: address,
                  countersTotalSuffix: true,
                  unitSuffix: true,
                  useSecondsForDurations: true,
                  histogramBucketOverrides: { ...SDK_BUCKETS, ...bucketsOf(metrics.set.catalogue) },
                },
              },
            }
          : {}),
      },
    });
  try {
    install();
  } catch (error) {
    if (!address) throw error;
    throw new ConfigError([describeRefusal(error, address)]);
  }
  const runtime = Runtime.instance();
  metrics.set.bind(runtime.metricMeter);
  return runtime;
}

function describeRefusal(error: unknown, address: string): string {
  const text = error instanceof Error ? error.message : String(error);
  if (/already in use/i.test(text))
    return `METRICS_ADDRESS ${address} is taken: each worker of a machine needs a port of its own.`;
  if (/socket ?addr/i.test(text))
    return `METRICS_ADDRESS should be an IP address and a port such as 127.0.0.1:9464, not ${address}.`;
  return `The metrics endpoint at METRICS_ADDRESS ${address} cannot be opened: ${text}`;
}
