'use strict';
// tracc's own activities, for a bare worker.
const pino = require('pino');
const { createBlobStore } = require('@backend/shared/blob');
const { createGuardedFetch } = require('@backend/shared/http');
const { createPool, openScope } = require('@backend/shared/pg');
const { createMetrics } = require('@backend/shared/telemetry');
const { createActivities } = require('../../apps/tracc-worker/dist/activities/index.js');
const { loadEnv } = require('../../apps/tracc-worker/dist/config.js');
const { TRACC_METRICS } = require('../../apps/tracc-worker/dist/metrics.js');

const env = loadEnv();
const log = pino({ level: env.LOG_LEVEL });
module.exports = createActivities({
  scope: openScope(createPool({ url: env.DATABASE_URL, max: env.DATABASE_POOL_MAX, name: 'bench-twin', log })),
  blobs: createBlobStore(env.BLOB_DIR),
  fetch: createGuardedFetch({ allowHosts: [] }),
  mailer: undefined,
  importDirectory: env.IMPORT_DIR,
  metrics: createMetrics(TRACC_METRICS).metrics,
  reportBaseUrl: undefined,
  log,
});
