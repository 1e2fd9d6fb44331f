import { importLimits } from '@backend/importer/activities';
import { observeImports } from '@backend/importer/metrics';
import { createBlobStore } from '@backend/shared/blob';
import { createGuardedFetch } from '@backend/shared/http';
import { createPool, createSharedPlaces, openScope } from '@backend/shared/pg';
import { hostSettings, runWorkerHost } from '@backend/shared/temporal';
import { createLogger, createMetrics, createRedactor, startTracing } from '@backend/shared/telemetry';
import { createActivities } from './activities';
import { FILES, MIGRATIONS, NAMESPACE_NEEDS, type TimelineConfig } from './config';
import { TASK_QUEUE, TENANT } from './contract';
import { createExtractors } from './extraction';
import { TIMELINE_METRICS, beginModelSeries } from './metrics';

/** Runs a timeline worker until SIGTERM or SIGINT; `onReady` is called once it polls. */
export async function runWorker(config: TimelineConfig, onReady?: () => void): Promise<void> {
  const { env } = config;
  const redactor = createRedactor(config.secrets);
  const log = createLogger({ name: 'timeline-worker', level: env.LOG_LEVEL, redactor });
  const tracing = config.traces ? await startTracing({ serviceName: 'timeline-worker', redactor, log }) : undefined;
  const pool = createPool({ url: env.DATABASE_URL, max: env.DATABASE_POOL_MAX, name: 'timeline-worker', log });
  const places = createSharedPlaces({ url: env.DATABASE_URL, applicationName: 'timeline-calls', log });
  const metricSet = createMetrics(TIMELINE_METRICS, (begun) => {
    if (env.LLM_MODEL !== undefined && config.llm.provider !== 'rules')
      beginModelSeries(begun, `${config.llm.provider}:${env.LLM_MODEL}`);
  });
  const { metrics } = metricSet;
  const activities = createActivities({
    scope: openScope(pool),
    blobs: createBlobStore(env.BLOB_DIR),
    fetch: createGuardedFetch({ allowHosts: env.HTTP_ALLOW_HOSTS }),
    extractors: createExtractors(config.llm, places),
    importDirectory: env.IMPORT_DIR,
    importLimits: importLimits(env),
    metrics,
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
    closers: [async () => places.close()],
    metrics: { tenant: TENANT, address: env.METRICS_ADDRESS, set: metricSet },
    observe: async (client) => {
      await observeImports(client, metrics);
    },
    ...(onReady ? { onReady } : {}),
  });
}
