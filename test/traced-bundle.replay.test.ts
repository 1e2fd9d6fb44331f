import path from 'node:path';
import { tracedBundle } from '@backend/shared/temporal';
import { loadHistories, quietRuntime, replayAll } from '@backend/shared/testing';
import { HISTORIES, RECORDED_TENANTS, bundleOf } from './support/histories';

beforeAll(quietRuntime);

// Traces can be turned on and off for executions that are under way: the interceptors may change no command and no order.
test.each(RECORDED_TENANTS)('%s: every recorded history replays with the bundle that makes traces', async (tenant) => {
  const histories = loadHistories(path.join(HISTORIES, tenant));
  const bundlePath = tracedBundle(bundleOf(tenant));
  const failed: string[] = [];
  let replayed = 0;
  const sinks = { exporter: { export: { fn: () => undefined } } };
  for await (const { replayed: history, error } of replayAll(histories, { bundlePath, sinks })) {
    replayed += 1;
    if (error) failed.push(`${history.name}: ${error.message}`);
  }
  expect(failed).toEqual([]);
  expect(replayed).toBe(histories.length);
});
