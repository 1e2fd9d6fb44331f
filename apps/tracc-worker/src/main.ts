import { importLimits } from '@backend/importer/activities';
import { observeImports } from '@backend/importer/metrics';
import { createBlobStore } from '@backend/shared/blob';
import { createGuardedFetch } from '@backend/shared/http';
import { createPool, openScope } from '@backend/shared/pg';
import { hostSettings, runWorkerHost } from '@backend/shared/temporal';
import { createLogger, createMetrics, createRedactor, startTracing } from '@backend/shared/telemetry';
import { createActivities } from './activities';
import { FILES, MIGRATIONS, NAMESPACE_NEEDS, type TraccConfig } from './config';
import { TASK_QUEUE, TENANT } from './contract';
import { TRACC_METRICS } from './metrics';
import { createMailer } from './notifications';
import { observeSchedules } from './observe-schedules';

/** Runs a tracc worker until SIGTERM or SIGINT; `onReady` is called once it polls. */
export async function runWorker(config: TraccConfig, onReady?: () => void): Promise<void> {
  const { env } = config;
  const redactor = createRedactor(config.secrets);
  const log = createLogger({ name: 'tracc-worker', level: env.LOG_LEVEL, redactor });
  const tracing = config.traces ? await startTracing({ serviceName: 'tracc-worker', redactor, log }) : undefined;
  const pool = createPool({ url: env.DATABASE_URL, max: env.DATABASE_POOL_MAX, name: 'tracc-worker', log });
  const metricSet = createMetrics(TRACC_METRICS);
  const { metrics } = metricSet;
  const activities = createActivities({
    scope: openScope(pool),
    blobs: createBlobStore(env.BLOB_DIR),
    fetch: createGuardedFetch({ allowHosts: env.HTTP_ALLOW_HOSTS }),
    mailer: env.SMTP_URL ? createMailer({ url: env.SMTP_URL, from: env.MAIL_FROM }) : undefined,
    importDirectory: env.IMPORT_DIR,
    importLimits: importLimits(env),
    metrics,
    reportBaseUrl: env.REPORT_BASE_URL,
    log,
  });
  await runWorkerHost({
    ...hostSettings({ name: TENANT, files: FILES, migrations: MIGRATIONS, needs: NAMESPACE_NEEDS }, config),
    log,
    redactor,
    taskQueue: TASK_QUEUE,
    activities,
    tracing,
    pool,
    metrics: { tenant: TENANT, address: env.METRICS_ADDRESS, set: metricSet },
    observe: async (client) => {
      await observeImports(client, metrics);
      await observeSchedules(client, metrics);
    },
    ...(onReady ? { onReady } : {}),
  });
}
