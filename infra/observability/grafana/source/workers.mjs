import { dashboard, graph, number, row } from './panels.mjs';

const T = 'tenant=~"$tenant"';
const rate = (metric, labels = T) => `rate(${metric}{${labels}}[$__rate_interval])`;
const sum = (by, expression) => `sum by (${by}) (${expression})`;
const quantile = (q, metric, by, labels = T) =>
  `histogram_quantile(${q}, ${sum(`${by}, le`, rate(`${metric}_bucket`, labels))})`;
const SERVER = 'taskqueue!~"temporal_sys.*|default_worker_tq"';

export default dashboard({
  uid: 'tenants-workers',
  title: 'Workers',
  description: 'Whether the workers are well, whether work waits for them, and what they use.',
  tags: ['workers'],
  panels: [
    row('Health'),
    number(
      'Workers',
      { '{{tenant}}': `count by (tenant) (process_start_time_seconds{${T}})` },
      {
        unit: 'short',
        description: 'Processes that export metrics.',
        bad: 0.5,
        warn: 1.5,
        below: true,
      },
    ),
    number(
      'Not ready',
      { checks: `count(worker_readiness_check{${T}} == 0) or vector(0)` },
      {
        unit: 'short',
        description: 'Checks of /readyz that failed when they were last made, of all workers.',
        bad: 1,
      },
    ),
    number(
      'Restarts',
      { restarts: `sum(changes(process_start_time_seconds{${T}}[$__range]))` },
      {
        unit: 'short',
        description: 'Starts of processes under the same address in the time that is shown.',
        warn: 1,
        bad: 3,
      },
    ),
    number(
      'Tasks that cannot replay',
      {
        tasks: `sum(increase(temporal_workflow_task_execution_failed_total{${T}, failure_reason="NonDeterminismError"}[$__range])) or vector(0)`,
      },
      {
        unit: 'short',
        description: 'Workflow tasks that failed because the code does not fit the history, in the time that is shown.',
        bad: 1,
      },
    ),
    number(
      'Unknown payload keys',
      { payloads: `sum(increase(worker_codec_unknown_keys_total{${T}}[$__range]))` },
      {
        unit: 'short',
        description: 'Payloads that could not be decrypted because their key is missing, in the time that is shown.',
        bad: 1,
      },
    ),
    number(
      'Client certificate',
      {
        '{{tenant}}': `min by (tenant) (worker_client_certificate_expiry_timestamp_seconds{${T}} > 0) - time() or min by (tenant) (worker_client_certificate_expiry_timestamp_seconds{${T}} == 0) + Inf`,
      },
      {
        unit: 's',
        description: 'Time until it expires; infinite where there is none.',
        bad: 14 * 86400,
        warn: 30 * 86400,
        below: true,
      },
    ),

    row('Work'),
    graph(
      'Workflow tasks wait',
      {
        'p99 {{task_queue}}': quantile(0.99, 'temporal_workflow_task_schedule_to_start_latency_seconds', 'task_queue'),
        'p95 {{task_queue}}': quantile(0.95, 'temporal_workflow_task_schedule_to_start_latency_seconds', 'task_queue'),
      },
      {
        unit: 's',
        min: 0,
        warn: 0.1,
        bad: 0.2,
        description:
          'From being scheduled to being taken by a worker. Above 100 ms (p95) or 200 ms (p99) workers are too few or too busy.',
      },
    ),
    graph(
      'Activities wait',
      {
        'p99 {{task_queue}}': quantile(0.99, 'temporal_activity_schedule_to_start_latency_seconds', 'task_queue'),
        'p95 {{task_queue}}': quantile(0.95, 'temporal_activity_schedule_to_start_latency_seconds', 'task_queue'),
      },
      {
        unit: 's',
        min: 0,
        warn: 0.1,
        bad: 0.2,
        description:
          'From being scheduled to being taken by a worker. Above 100 ms (p95) or 200 ms (p99) workers are too few or too busy.',
      },
    ),
    graph(
      'Executions end',
      {
        'completed {{workflow_type}}': sum('workflow_type', rate('temporal_workflow_completed_total')),
        'failed {{workflow_type}}': sum('workflow_type', rate('temporal_workflow_failed_total')),
      },
      { unit: 'ops', min: 0, description: 'Workflow executions that completed or failed, a second.' },
    ),
    graph(
      'Activities run (p95)',
      {
        '{{activity_type}}': quantile(0.95, 'temporal_activity_execution_latency_seconds', 'activity_type'),
      },
      { unit: 's', min: 0, description: 'Time of one attempt.' },
    ),
    graph(
      'Attempts fail',
      {
        '{{activity_type}}': sum('activity_type', rate('temporal_activity_execution_failed_total')),
      },
      { unit: 'ops', min: 0, description: 'Attempts of activities that failed, a second. Most are repeated.' },
    ),
    graph(
      'Workflow tasks fail',
      {
        '{{failure_reason}} {{workflow_type}}': sum(
          'failure_reason, workflow_type',
          rate('temporal_workflow_task_execution_failed_total'),
        ),
      },
      {
        unit: 'ops',
        min: 0,
        description: 'Tasks that failed and are repeated; the execution stands still until one succeeds.',
      },
    ),

    row('Capacity'),
    graph(
      'Free slots',
      {
        '{{instance}} {{worker_type}}': `temporal_worker_task_slots_available{${T}}`,
      },
      {
        unit: 'short',
        min: 0,
        bad: 1,
        below: true,
        description: 'Tasks that each worker could take at once. At 0 new ones wait.',
      },
    ),
    graph(
      'Pollers',
      { '{{task_queue}} {{poller_type}}': sum('task_queue, poller_type', `temporal_num_pollers{${T}}`) },
      {
        unit: 'short',
        min: 0,
        description: 'Open polls of all workers; the SDK has as many as the load needs.',
      },
    ),
    graph(
      'Cached workflows',
      {
        'cached {{instance}}': `temporal_sticky_cache_size{${T}}`,
        'put out, a second': sum('tenant', rate('temporal_sticky_cache_total_forced_eviction_total')),
      },
      {
        unit: 'short',
        min: 0,
        description: 'Workflows in memory, and how many a second had to make room for others and are replayed later.',
      },
    ),
    graph(
      'Tasks that find a waiting worker',
      {
        '{{taskqueue}}': `${sum('taskqueue', rate('poll_success_sync', SERVER))} / ${sum('taskqueue', rate('poll_success', SERVER))}`,
      },
      {
        unit: 'percentunit',
        min: 0,
        max: 1,
        bad: 0.95,
        below: true,
        description:
          'Sync match, by the Temporal server. Of all tenants. Below 95 % under load there are too few pollers.',
      },
    ),
    graph(
      'Polls that find a task',
      {
        '{{taskqueue}}': `${sum('taskqueue', rate('poll_success', SERVER))} / (${sum('taskqueue', rate('poll_success', SERVER))} + ${sum('taskqueue', rate('poll_timeouts', SERVER))})`,
      },
      {
        unit: 'percentunit',
        min: 0,
        max: 1,
        description:
          'By the Temporal server, of all tenants. Low while there is little to do; under load below 90 % there are too many pollers.',
      },
    ),
    graph(
      'Temporal server answers (p95)',
      {
        '{{operation}}': quantile(0.95, 'temporal_request_latency_seconds', 'operation'),
      },
      { unit: 's', min: 0, description: 'Time of the SDK’s calls other than polls.' },
    ),

    row('Processes'),
    graph(
      'Memory',
      {
        'resident {{instance}}': `process_resident_memory_bytes{${T}}`,
        'heap {{instance}}': `nodejs_heap_size_used_bytes{${T}}`,
        'heap allocated {{instance}}': `nodejs_heap_size_total_bytes{${T}}`,
      },
      {
        unit: 'bytes',
        min: 0,
        description: 'Memory of each process in RAM, and of that JavaScript’s heap: in use, and allocated.',
      },
    ),
    graph(
      'Heap, of its limit',
      {
        '{{instance}}': `nodejs_heap_size_used_bytes{${T}} / nodejs_heap_size_limit_bytes{${T}}`,
      },
      { unit: 'percentunit', min: 0, max: 1, warn: 0.8, bad: 0.9, description: 'At 100 % the process ends.' },
    ),
    graph(
      'Event loop late',
      {
        'p99 {{instance}}': `nodejs_eventloop_lag_p99_seconds{${T}}`,
        'p50 {{instance}}': `nodejs_eventloop_lag_p50_seconds{${T}}`,
        'longest {{instance}}': `nodejs_eventloop_lag_max_seconds{${T}}`,
      },
      {
        unit: 's',
        min: 0,
        warn: 0.1,
        bad: 0.5,
        description: 'How late what is due runs; late heartbeats let activities time out.',
      },
    ),
    graph(
      'Event loop busy',
      { '{{instance}}': `nodejs_eventloop_utilization_ratio{${T}}` },
      {
        unit: 'percentunit',
        min: 0,
        max: 1,
        warn: 0.8,
        description: 'Share of the time in which JavaScript ran.',
      },
    ),
    graph(
      'Database connections',
      {
        'used {{instance}}': `worker_database_connections{${T}, state="used"}`,
        'idle {{instance}}': `worker_database_connections{${T}, state="idle"}`,
        'waiting for one {{instance}}': `worker_database_waiting{${T}}`,
        'most {{instance}}': `worker_database_connections_max{${T}}`,
      },
      { unit: 'short', min: 0, description: 'The pool of each worker, and who waits because all of it is in use.' },
    ),
    graph(
      'Wait for a connection',
      {
        'p95 {{tenant}}': quantile(0.95, 'worker_database_acquire_seconds', 'tenant'),
        'p50 {{tenant}}': quantile(0.5, 'worker_database_acquire_seconds', 'tenant'),
      },
      {
        unit: 's',
        min: 0,
        warn: 0.05,
        bad: 0.1,
        description: 'From asking the pool to having a connection, a new one included.',
      },
    ),
  ],
});
