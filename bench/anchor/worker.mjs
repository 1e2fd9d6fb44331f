// The anchor's worker process: the same host with the same limits as the product's, with a bundle of its own
// (ANCHOR_BUNDLE) and one activity, which does nothing.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { createPool } = require('@backend/shared/pg');
const { HOST_METRICS, createLogger, createMetrics } = require('@backend/shared/telemetry');
const { runWorkerHost, temporalSettings } = require('@backend/shared/temporal');

const { ANCHOR_BUNDLE, ANCHOR_TASK_QUEUE, DATABASE_URL, MAX_CACHED_WORKFLOWS, PROBE_PORT, TEMPORAL_NAMESPACE } =
  process.env;
const log = createLogger({ name: 'anchor-worker', level: 'warn' });
await runWorkerHost({
  log,
  temporal: temporalSettings(process.env, { namespace: TEMPORAL_NAMESPACE }),
  taskQueue: ANCHOR_TASK_QUEUE,
  workflows: { workflowBundle: { codePath: ANCHOR_BUNDLE } },
  activities: { nothing: async () => undefined },
  pool: createPool({ url: DATABASE_URL, max: 10, name: 'anchor-worker', log }),
  prepare: async () => undefined,
  observe: async () => undefined,
  probes: { host: '127.0.0.1', port: Number(PROBE_PORT) },
  metrics: { tenant: 'anchor', address: undefined, set: createMetrics(HOST_METRICS) },
  limits: { maxCachedWorkflows: Number(MAX_CACHED_WORKFLOWS), maxConcurrentActivities: 20, startDeadlineMs: 60_000 },
});
