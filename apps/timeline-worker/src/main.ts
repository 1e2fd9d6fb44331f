import { importLimits } from '@backend/importer/activities';
import { createBlobStore } from '@backend/shared/blob';
import { createGuardedFetch } from '@backend/shared/http';
import { createPool, createSharedPlaces, openScope, pendingMigrations } from '@backend/shared/pg';
import { createLogger, runWorkerHost, workflowSource } from '@backend/shared/temporal';
import { createActivities } from './activities';
import { FILES, MIGRATIONS, type TimelineConfig } from './config';
import { TASK_QUEUE } from './contract';
import { createExtractors } from './extraction';

/** Runs a timeline worker until SIGTERM or SIGINT; `onReady` is called once it polls. */
export async function runWorker(config: TimelineConfig, onReady?: () => void): Promise<void> {
  const { env, temporal } = config;
  const log = createLogger({ name: 'timeline-worker', level: env.LOG_LEVEL });
  const pool = createPool({ url: env.DATABASE_URL, max: env.DATABASE_POOL_MAX, name: 'timeline-worker', log });
  const places = createSharedPlaces({ url: env.DATABASE_URL, applicationName: 'timeline-calls', log });
  const activities = createActivities({
    scope: openScope(pool),
    blobs: createBlobStore(env.BLOB_DIR),
    fetch: createGuardedFetch({ allowHosts: env.HTTP_ALLOW_HOSTS }),
    extractors: createExtractors(config.llm, places),
    importDirectory: env.IMPORT_DIR,
    importLimits: importLimits(env),
    log,
  });
  const host = runWorkerHost({
    log,
    temporal,
    taskQueue: TASK_QUEUE,
    workflows: workflowSource({
      source: env.WORKFLOW_SOURCE,
      bundleFile: FILES.bundle,
      workflowsPath: FILES.workflows,
    }),
    activities,
    pool,
    prepare: async () => {
      const pending = await pendingMigrations({ url: env.DATABASE_URL, sets: MIGRATIONS });
      if (pending.length > 0)
        throw new Error(`The database lacks ${pending.join(', ')}; run "timeline db migrate" first.`);
    },
    probes: { host: env.PROBE_HOST, port: env.PROBE_PORT },
    metricsAddress: env.METRICS_ADDRESS,
    limits: {
      maxCachedWorkflows: env.MAX_CACHED_WORKFLOWS,
      maxConcurrentActivities: env.MAX_CONCURRENT_ACTIVITIES,
      startDeadlineMs: env.START_DEADLINE_S * 1000,
    },
    ...(onReady ? { onReady } : {}),
  });
  try {
    await host;
  } finally {
    await places.close();
  }
}
