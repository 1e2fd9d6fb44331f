import { setting } from './env';

/** The variables that every tenant's worker and commands have. TEMPORAL_* is read by `@temporalio/envconfig`. */
export const WORKER_ENV = {
  NODE_ENV: setting.oneOf('whether this is a production process', ['development', 'test', 'production'], 'development'),
  DATABASE_URL: setting.url("the tenant's database, as its worker role", ['postgres:', 'postgresql:']),
  DATABASE_OWNER_URL: setting.optionalUrl("the tenant's database as its owner role, only for db migrate", [
    'postgres:',
    'postgresql:',
  ]),
  DATABASE_POOL_MAX: setting.integer('connections of one process', { min: 1, max: 200 }, 10),
  BLOB_DIR: setting.text('the directory of reports and imported files, shared by worker and commands', 'data/blobs'),
  IMPORT_DIR: setting.text('the directory below which file: references are read', 'data/imports'),
  IMPORT_MAX_BYTES: setting.integer('bytes of an imported file', { min: 1024, max: 1024 ** 4 }, 2 * 1024 ** 3),
  IMPORT_MAX_ROWS: setting.integer('rows of an imported file', { min: 1, max: 1_000_000_000 }, 10_000_000),
  IMPORT_MAX_CONVERTED_BYTES: setting.integer(
    'bytes of an imported file that is not CSV, TSV or NDJSON: it is read in memory',
    { min: 1024, max: 512 * 1024 ** 2 },
    50 * 1024 ** 2,
  ),
  IMPORT_MAX_CONVERTED_ROWS: setting.integer('rows of such a file', { min: 1, max: 10_000_000 }, 500_000),
  IMPORT_MAX_COLUMNS: setting.integer('columns of an imported file', { min: 8, max: 4096 }, 256),
  IMPORT_MAX_RECORD_BYTES: setting.integer(
    'bytes of one record of an imported file',
    { min: 1024, max: 1024 ** 2 },
    64 * 1024,
  ),
  IMPORT_MAX_UNZIPPED_BYTES: setting.integer(
    'bytes that an imported spreadsheet unpacks to',
    { min: 1024, max: 4 * 1024 ** 3 },
    200 * 1024 ** 2,
  ),
  IMPORT_MAX_ZIP_RATIO: setting.integer('times its size that it unpacks to', { min: 2, max: 1000 }, 100),
  HTTP_ALLOW_HOSTS: setting.list('host:port pairs that may be called although their address is not public'),
  TEMPORAL_UI_URL: setting.url('the Temporal Web UI, for links', ['http:', 'https:'], 'http://127.0.0.1:8080'),
  WORKFLOW_SOURCE: setting.oneOf(
    'where workflows come from: the prebuilt bundle, or (development) their folder',
    ['bundle', 'folder'],
    'bundle',
  ),
  LOG_LEVEL: setting.oneOf('the least severe lines to log', ['debug', 'info', 'warn', 'error'], 'info'),
  PROBE_HOST: setting.text('the address the probes listen on', '127.0.0.1'),
  PROBE_PORT: setting.integer(
    'the port of /livez, /readyz and /startupz; 0 takes a free one',
    { min: 0, max: 65_535 },
    8081,
  ),
  METRICS_ADDRESS: setting.optionalText('the host:port of the Prometheus endpoint; none when not given'),
  MAX_CACHED_WORKFLOWS: setting.integer('workflows kept in memory between tasks', { min: 0, max: 10_000 }, 200),
  MAX_CONCURRENT_ACTIVITIES: setting.integer('activities that run at once', { min: 1, max: 1000 }, 20),
  START_DEADLINE_S: setting.integer('seconds to wait for the servers at start', { min: 1, max: 3600 }, 300),
};
