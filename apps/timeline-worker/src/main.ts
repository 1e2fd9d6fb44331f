import { importLimits } from '@backend/importer/activities';
import { observeImports } from '@backend/importer/metrics';
import { createBlobStore } from '@backend/shared/blob';
import { profileOf } from '@backend/shared/config';
import { createGuardedFetch } from '@backend/shared/http';
import { createPool, createSharedPlaces, openScope, pendingMigrations } from '@backend/shared/pg';
import { requireSearchAttributes, runWorkerHost, workerDeployment, workflowSource } from '@backend/shared/temporal';
import { createLogger, createMetrics, createRedactor, startTracing } from '@backend/shared/telemetry';
import { createActivities } from './activities';
import { FILES, MIGRATIONS, NAMESPACE_NEEDS, type TimelineConfig } from './config';
import { TASK_QUEUE, TENANT } from './contract';
import { createExtractors } from './extraction';
import { TIMELINE_METRICS, beginModelSeries } from './metrics';

/** Runs a timeline worker until SIGTERM or SIGINT; `onReady` is called once it polls. */
export async function runWorker(config: TimelineConfig, onReady?: () => void): Promise<void> {
  const { env, temporal } = config;
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
    log,
    redactor,
    temporal,
    taskQueue: TASK_QUEUE,
    workflows: workflowSource({
      source: env.WORKFLOW_SOURCE,
      profile: profileOf(env),
      bundleFile: FILES.bundle,
      workflowsPath: FILES.workflows,
      encodeFailures: temporal.payloadKeys !== undefined,
      traced: config.traces,
      versioned: env.TEMPORAL_DEPLOYMENT_NAME !== undefined,
    }),
    activities,
    tracing,
    deployment: workerDeployment({
      deploymentName: env.TEMPORAL_DEPLOYMENT_NAME,
      buildId: env.TEMPORAL_WORKER_BUILD_ID,
      bundleFile: env.WORKFLOW_SOURCE === 'bundle' ? FILES.bundle : undefined,
    }),
    pool,
    closers: [async () => places.close()],
    prepare: async () => {
      const [pending] = await Promise.all([
        pendingMigrations({ url: env.DATABASE_URL, sets: MIGRATIONS }),
        requireSearchAttributes(temporal, { ...NAMESPACE_NEEDS, setup: 'timeline temporal setup' }),
      ]);
      if (pending.length > 0)
        throw new Error(`The database lacks ${pending.join(', ')}; run "timeline db migrate" first.`);
    },
    probes: { host: env.PROBE_HOST, port: env.PROBE_PORT },
    metrics: { tenant: TENANT, address: env.METRICS_ADDRESS, set: metricSet },
    observe: async (client) => {
      await observeImports(client, metrics);
    },
    limits: {
      maxCachedWorkflows: env.MAX_CACHED_WORKFLOWS,
      maxConcurrentActivities: env.MAX_CONCURRENT_ACTIVITIES,
      startDeadlineMs: env.START_DEADLINE_S * 1000,
    },
    ...(onReady ? { onReady } : {}),
  });
}
