import { type TestWorkflowEnvironment } from '@temporalio/testing';
import { startTimeSkipping } from '@backend/shared/testing';
import { testServers } from './support/servers';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTimeSkipping(testServers().timeSkippingServer!);
});
afterAll(async () => env.teardown());

test('platform: any number of results can be waited for at once on the time-skipping server', async () => {
  const service = env.connection.testService!;
  const withDeadline = async (call: () => Promise<unknown>) => env.connection.withDeadline(Date.now() + 10_000, call);
  // The server has two locks at the start: its own, and that of a queue without timers.
  for (let n = 0; n < 4; n += 1) await withDeadline(async () => service.unlockTimeSkipping({}));
  for (let n = 0; n < 4; n += 1) await withDeadline(async () => service.lockTimeSkipping({}));
  const before = await env.currentTimeMs();
  await env.sleep('1 day');
  expect((await env.currentTimeMs()) - before).toBeGreaterThanOrEqual(86_400_000);
});
