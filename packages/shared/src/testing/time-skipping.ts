import { TestWorkflowEnvironment } from '@temporalio/testing';
import { quietRuntime } from './quiet';

/**
 * A time-skipping environment from the test server at this path. The SDK gives the server five seconds to answer, which a
 * loaded machine can miss, so there is a second and a third try.
 */
export async function startTimeSkipping(executable: string): Promise<TestWorkflowEnvironment> {
  quietRuntime();
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
