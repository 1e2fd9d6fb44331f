import { Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import type { Logger } from 'pino';

/** What ends a worker; the runtime's default would be SIGQUIT and SIGUSR2 too. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Installs the SDK's runtime once per process: its own lines and those of the core go through our logger, and its
 * metrics to a Prometheus endpoint when an address is given.
 */
export function installRuntime({ log, metricsAddress }: { log: Logger; metricsAddress?: string | undefined }): void {
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  const write = (level: keyof typeof levels, message: string, meta?: Record<string | symbol, unknown>) =>
    log[levels[level]]({ ...meta }, message);
  Runtime.install({
    shutdownSignals: [...STOP_SIGNALS],
    logger: {
      log: write,
      trace: (message, meta) => write('TRACE', message, meta),
      debug: (message, meta) => write('DEBUG', message, meta),
      info: (message, meta) => write('INFO', message, meta),
      warn: (message, meta) => write('WARN', message, meta),
      error: (message, meta) => write('ERROR', message, meta),
    },
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      ...(metricsAddress
        ? {
            metrics: {
              prometheus: {
                bindAddress: metricsAddress,
                countersTotalSuffix: true,
                unitSuffix: true,
                useSecondsForDurations: true,
              },
            },
          }
        : {}),
    },
  });
}
