import { TestWorkflowEnvironment } from '@temporalio/testing';
import { type SearchAttributeDefinition, addSearchAttributes } from '../temporal';
import { quietRuntime } from './quiet';

/**
 * A time-skipping environment from the test server at this path, with these search attributes. The SDK gives the server five seconds to answer, which a
 * loaded machine can miss, so there is a second and a third try.
 */
export async function startTimeSkipping(
  executable: string,
  searchAttributes: readonly SearchAttributeDefinition[] = [],
): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  const env = await startServer(executable);
  skipWhileAnyWaits(env);
  // This server lists none, and is new: it has none of them.
  await addSearchAttributes(env.connection, { namespace: env.namespace ?? 'default', searchAttributes });
  return env;
}

async function startServer(executable: string): Promise<TestWorkflowEnvironment> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({
        server: { executable: { type: 'existing-path', path: executable } },
      });
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

/**
 * Time is skipped while anybody waits for a result. The SDK's client unlocks the server's clock for each result that is waited
 * for, but the server counts: a second one takes away the lock of an activity under way, and when that ends the server fails.
 */
function skipWhileAnyWaits({ connection }: TestWorkflowEnvironment): void {
  const testService = connection.testService!;
  const unlock = testService.unlockTimeSkipping.bind(testService);
  const lock = testService.lockTimeSkipping.bind(testService);
  let waiting = 0;
  Object.assign(testService, {
    unlockTimeSkipping: async () => (++waiting === 1 ? unlock({}) : {}),
    lockTimeSkipping: async () => (--waiting === 0 ? lock({}) : {}),
  });
}
