'use strict';
// timeline's own activities, for a bare worker.
const pino = require('pino');
const { createBlobStore } = require('@backend/shared/blob');
const { createGuardedFetch } = require('@backend/shared/http');
const { createPool, openScope } = require('@backend/shared/pg');
const { createMetrics } = require('@backend/shared/telemetry');
const { createActivities } = require('../../apps/timeline-worker/dist/activities/index.js');
const { loadEnv } = require('../../apps/timeline-worker/dist/config.js');
const { createExtractors } = require('../../apps/timeline-worker/dist/extraction/index.js');
const { TIMELINE_METRICS } = require('../../apps/timeline-worker/dist/metrics.js');

const env = loadEnv();
const log = pino({ level: env.LOG_LEVEL });
module.exports = createActivities({
  scope: openScope(createPool({ url: env.DATABASE_URL, max: env.DATABASE_POOL_MAX, name: 'bench-twin', log })),
  blobs: createBlobStore(env.BLOB_DIR),
  fetch: createGuardedFetch({ allowHosts: [] }),
  extractors: createExtractors({ provider: 'rules', maxConcurrent: env.LLM_MAX_CONCURRENT }),
  importDirectory: env.IMPORT_DIR,
  metrics: createMetrics(TIMELINE_METRICS).metrics,
  log,
});
