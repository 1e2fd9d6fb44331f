import { setting } from './env';

/** The variables that every tenant's worker and commands have. TEMPORAL_* is read by `@temporalio/envconfig`. */
export const WORKER_ENV = {
  NODE_ENV: setting.oneOf('whether this is a production process', ['development', 'test', 'production'], 'development'),
  PROFILE: setting.optionalOneOf(
    'what the process may do without: production refuses to start without TLS, authorization and payload keys; when not given, production if NODE_ENV is, else local',
    ['production', 'local'],
  ),
  DATABASE_URL: setting.url("the tenant's database, as its worker role", ['postgres:', 'postgresql:']),
  DATABASE_OWNER_URL: setting.optionalUrl(
    "the tenant's database as its owner role, only for db migrate and db provision",
    ['postgres:', 'postgresql:'],
  ),
  DATABASE_ADMIN_URL: setting.optionalUrl(
    'the database server as a role that may create roles and databases, only for db provision',
    ['postgres:', 'postgresql:'],
  ),
  DATABASE_POOL_MAX: setting.integer('connections of one process', { min: 1, max: 200 }, 10),
  TEMPORAL_UI_URL: setting.url('the Temporal Web UI, for links', ['http:', 'https:'], 'http://127.0.0.1:8080'),
  WORKFLOW_SOURCE: setting.oneOf(
    'where workflows come from: the prebuilt bundle, or (development) their folder',
    ['bundle', 'folder'],
    'bundle',
  ),
  PAYLOAD_KEYS: setting.optionalText(
    'keys that encrypt what Temporal keeps, keyId:base64-of-32-bytes each, separated by commas; the first encrypts, all decrypt',
  ),
  PAYLOAD_KEYS_FILE: setting.optionalText('a file with the text of PAYLOAD_KEYS, in its place'),
  TEMPORAL_DEPLOYMENT_NAME: setting.optionalText(
    'the Worker Deployment that the worker is a version of; without it the worker is not versioned',
  ),
  TEMPORAL_WORKER_BUILD_ID: setting.optionalText(
    'which version it is; without it the first 12 hex digits of the SHA-256 of the workflow bundle',
  ),
  LOG_LEVEL: setting.oneOf('the least severe lines to log', ['debug', 'info', 'warn', 'error'], 'info'),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting.optionalUrl(
    'where traces go, by OTLP over HTTP, for example http://collector:4318; none are made when not given',
    ['http:', 'https:'],
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: setting.optionalUrl(
    'the whole address for traces, in place of the one above with /v1/traces',
    ['http:', 'https:'],
  ),
  OTEL_SDK_DISABLED: setting.oneOf(
    'whether to make no traces although there is an endpoint',
    ['true', 'false'],
    'false',
  ),
  PROBE_HOST: setting.text('the address the probes listen on', '127.0.0.1'),
  PROBE_PORT: setting.integer(
    'the port of /livez, /readyz and /startupz; 0 takes a free one',
    { min: 0, max: 65_535 },
    8081,
  ),
  METRICS_ADDRESS: setting.optionalHostPort('the address of the Prometheus endpoint; none when not given'),
  MAX_CACHED_WORKFLOWS: setting.integer('workflows kept in memory between tasks', { min: 0, max: 10_000 }, 200),
  MAX_CONCURRENT_ACTIVITIES: setting.integer('activities that run at once', { min: 1, max: 1000 }, 20),
  START_DEADLINE_S: setting.integer('seconds to wait for the servers at start', { min: 1, max: 3600 }, 300),
};

/** The variables of a tenant that reads files and addresses which its users name. */
export const FILE_ENV = {
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
};
