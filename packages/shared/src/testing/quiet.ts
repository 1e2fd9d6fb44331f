import { DefaultLogger, Runtime } from '@temporalio/worker';

/** The SDK's lines in tests: errors only. Failing attempts and state changes are what many tests are about. */
export function quietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'OFF' } },
  });
}
