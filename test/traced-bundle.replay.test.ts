import path from 'node:path';
import { tracedBundle } from '@backend/shared/temporal';
import { loadHistories, quietRuntime, replayAll } from '@backend/shared/testing';
import { FILES as TIMELINE_FILES } from '../apps/timeline-worker/src/config';
import { FILES as TRACC_FILES } from '../apps/tracc-worker/src/config';

beforeAll(quietRuntime);

// Traces can be turned on and off for executions that are under way: the interceptors may change no command and no order.
test.each([
  ['tracc', TRACC_FILES.bundle],
  ['timeline', TIMELINE_FILES.bundle],
])('%s: every recorded history replays with the bundle that makes traces', async (tenant, bundle) => {
  const histories = loadHistories(path.join(__dirname, 'histories', tenant));
  const failed: string[] = [];
  let replayed = 0;
  const sinks = { exporter: { export: { fn: () => undefined } } };
  for await (const { replayed: history, error } of replayAll(histories, { bundlePath: tracedBundle(bundle), sinks })) {
    replayed += 1;
    if (error) failed.push(`${history.name}: ${error.message}`);
  }
  expect(failed).toEqual([]);
  expect(replayed).toBe(histories.length);
  expect(replayed).toBeGreaterThan(0);
});
