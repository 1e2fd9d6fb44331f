import { workflowLink } from '@backend/shared/cli';
import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { TASK_QUEUE } from '../contract';
import type { Session } from './session';

/**
 * Starts a workflow, or finds the one that runs, or has ended, under its id; says where it can be seen, on standard error.
 * What was asked for twice is one execution.
 */
export async function startWorkflow(
  session: Session,
  workflowType: string,
  options: Pick<WorkflowStartOptions, 'args' | 'workflowIdReusePolicy'> & { workflowId: string },
): Promise<WorkflowHandle> {
  const client = await session.client();
  const { workflowId } = options;
  const handle = await client.workflow
    .start(workflowType, { ...options, taskQueue: TASK_QUEUE, workflowIdConflictPolicy: 'USE_EXISTING' })
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      process.stderr.write('this was done before; here is its result\n');
      return client.workflow.getHandle(workflowId);
    });
  const { env, temporal } = session.config;
  const link = workflowLink({ uiUrl: env.TEMPORAL_UI_URL, namespace: temporal.namespace, workflowId });
  process.stderr.write(`${workflowId}\n${link}\n`);
  return handle;
}
