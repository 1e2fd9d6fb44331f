import { counter, gauge, histogram } from './metrics';

/** What every worker exports beside the SDK's own metrics. The label `tenant` is on all of them. */
export const HOST_METRICS = {
  readinessCheck: gauge({
    name: 'worker_readiness_check',
    unit: 'boolean',
    help: 'Whether the check passed when it was last made, every 15 s or for /readyz: 1 or 0. Absent before the first time.',
    labels: { check: { known: [] } },
  }),
  databaseConnections: gauge({
    name: 'worker_database_connections',
    unit: 'connections',
    help: 'Connections of the pool by what they do.',
    labels: { state: ['used', 'idle'] },
  }),
  databaseConnectionsMax: gauge({
    name: 'worker_database_connections_max',
    unit: 'connections',
    help: 'The most connections that the pool may have.',
  }),
  databaseWaiting: gauge({
    name: 'worker_database_waiting',
    unit: 'callers',
    help: 'Callers that wait for a connection of the pool.',
  }),
  databaseAcquireSeconds: histogram({
    name: 'worker_database_acquire_seconds',
    unit: 'seconds',
    help: 'How long a caller waited for a connection of the pool, those that got none included.',
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  }),
  codecUnknownKeys: counter({
    name: 'worker_codec_unknown_keys_total',
    unit: 'payloads',
    help: 'Payloads that name an encryption key which this worker does not have. Each retry counts again.',
  }),
  certificateExpiry: gauge({
    name: 'worker_client_certificate_expiry_timestamp_seconds',
    unit: 'seconds since 1970',
    help: 'When the client certificate for the Temporal server expires; 0 without one.',
  }),
  observedAt: gauge({
    name: 'worker_visibility_last_success_timestamp_seconds',
    unit: 'seconds since 1970',
    help: 'When this worker last read its figures from Temporal visibility; 0 before the first time.',
  }),
  startTime: gauge({
    name: 'process_start_time_seconds',
    unit: 'seconds since 1970',
    help: 'When the process started.',
  }),
  residentMemory: gauge({
    name: 'process_resident_memory_bytes',
    unit: 'bytes',
    help: 'Memory of the process that is in RAM.',
  }),
  heapUsed: gauge({
    name: 'nodejs_heap_size_used_bytes',
    unit: 'bytes',
    help: 'The heap of JavaScript that is in use.',
  }),
  heapTotal: gauge({
    name: 'nodejs_heap_size_total_bytes',
    unit: 'bytes',
    help: 'The heap of JavaScript as allocated.',
  }),
  heapLimit: gauge({
    name: 'nodejs_heap_size_limit_bytes',
    unit: 'bytes',
    help: 'What the heap of JavaScript may grow to before the process ends.',
  }),
  eventLoopLagP50: gauge({
    name: 'nodejs_eventloop_lag_p50_seconds',
    unit: 'seconds',
    help: 'Delay of the event loop in the last 15 s, median.',
  }),
  eventLoopLagP99: gauge({
    name: 'nodejs_eventloop_lag_p99_seconds',
    unit: 'seconds',
    help: 'Delay of the event loop in the last 15 s, 99th percentile.',
  }),
  eventLoopLagMax: gauge({
    name: 'nodejs_eventloop_lag_max_seconds',
    unit: 'seconds',
    help: 'The longest delay of the event loop in the last 15 s.',
  }),
  eventLoopUtilization: gauge({
    name: 'nodejs_eventloop_utilization_ratio',
    unit: 'ratio',
    help: 'Share of the last 15 s in which the event loop was busy, 0 to 1.',
  }),
} as const;
