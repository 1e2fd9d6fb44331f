import type { Pool } from 'pg';
import pino from 'pino';
import { recordMetrics } from '../testing/metrics';
import { counter, createMetrics, gauge, histogram } from './metrics';
import { createPoolCheck } from '../pg';
import { HOST_METRICS } from './metrics-catalogue';
import { watchProcess, watchVisibility } from './metrics-watch';

const CATALOGUE = {
  rows: counter({ name: 'rows_total', unit: 'rows', help: 'Rows.', labels: { outcome: ['good', 'bad'] } }),
  calls: counter({ name: 'calls_total', unit: 'calls', help: 'Calls.', labels: { model: { known: ['own'] } } }),
  open: gauge({ name: 'open', unit: 'things', help: 'Open.' }),
  wait: histogram({ name: 'wait_seconds', unit: 'seconds', help: 'Wait.' }),
} as const;

test('platform: every series with known labels is there from the start, and a histogram begins with its first value', () => {
  const { metrics, read } = recordMetrics(CATALOGUE);
  expect(read()).toEqual({
    'rows_total{outcome="good"}': 0,
    'rows_total{outcome="bad"}': 0,
    'calls_total{model="own"}': 0,
    open: 0,
  });
  metrics.rows.add(3, { outcome: 'bad' });
  metrics.open.set(2);
  metrics.wait.record(0.5);
  expect(read()).toMatchObject({ 'rows_total{outcome="bad"}': 3, open: 2, wait_seconds: 0.5 });
});

test('platform: series that only the settings know begin with 0 as well, whenever the metrics are bound', () => {
  const { read } = recordMetrics(CATALOGUE, ({ calls }) => calls.add(0, { model: 'of-the-settings' }));
  expect(read()).toMatchObject({ 'calls_total{model="of-the-settings"}': 0, 'calls_total{model="own"}': 0 });
});

test('platform: a label with names from outside has at most 50 values; the others count together', () => {
  const { metrics, read } = recordMetrics(CATALOGUE);
  for (let round = 0; round < 2; round += 1)
    for (let n = 0; n < 60; n += 1) metrics.calls.add(1, { model: `model-${n}` });
  const calls = Object.entries(read()).filter(([name]) => name.startsWith('calls_total'));
  expect(calls).toHaveLength(51);
  expect(read()).toMatchObject({ 'calls_total{model="model-48"}': 2, 'calls_total{model="other"}': 22 });
});

test('platform: metrics that are bound to nothing take everything and keep nothing', () => {
  const { metrics } = createMetrics(CATALOGUE);
  expect(() => metrics.rows.add(1, { outcome: 'good' })).not.toThrow();
});

test('platform: the wait for a connection is timed, whoever asks and whatever comes of it', async () => {
  const { metrics, read } = recordMetrics(HOST_METRICS);
  const pool = {
    options: { max: 3 },
    totalCount: 2,
    idleCount: 1,
    waitingCount: 4,
    connect(callback?: (error: Error | undefined, client: unknown) => void) {
      if (!callback) return Promise.reject(new Error('timeout exceeded when trying to connect'));
      return callback(undefined, 'client');
    },
  };
  const check = createPoolCheck(pool as unknown as Pool, 1000);
  const { stop } = watchProcess(metrics, pool as unknown as Pool);
  stop();
  // The readiness check asks every few seconds, which says nothing about the work.
  await expect(check()).rejects.toThrow('timeout exceeded');
  expect(read()['worker_database_acquire_seconds']).toBeUndefined();
  await expect(pool.connect()).rejects.toThrow('timeout exceeded');
  const given: unknown[] = [];
  void pool.connect((error, client) => given.push(error, client));
  expect(given).toEqual([undefined, 'client']);
  const found = read();
  expect(found['worker_database_acquire_seconds']).toBeGreaterThan(0);
  expect(found).toMatchObject({
    worker_database_connections_max: 3,
    'worker_database_connections{state="used"}': 1,
    'worker_database_connections{state="idle"}': 1,
    worker_database_waiting: 4,
  });
  expect(found['process_resident_memory_bytes']).toBeGreaterThan(1e7);
  expect(found['process_start_time_seconds']).toBeGreaterThan(1e9);
});

test('platform: figures that cannot be read stay as they were, and are asked for again', async () => {
  jest.useFakeTimers();
  try {
    const { metrics, read } = recordMetrics(HOST_METRICS);
    let asked = 0;
    const { stop } = watchVisibility(metrics, {
      log: pino({ level: 'silent' }),
      observe: async () => {
        asked += 1;
        if (asked === 1) throw new Error('no visibility');
      },
    });
    await jest.advanceTimersByTimeAsync(59_000);
    expect([asked, read()['worker_visibility_last_success_timestamp_seconds']]).toEqual([1, 0]);
    await jest.advanceTimersByTimeAsync(1000);
    expect(asked).toBe(2);
    expect(read()['worker_visibility_last_success_timestamp_seconds']).toBeGreaterThan(1e9);
    stop();
    await jest.advanceTimersByTimeAsync(600_000);
    expect(asked).toBe(2);
  } finally {
    jest.useRealTimers();
  }
});
