import { workflowLink } from '@backend/shared/cli';
import type { WorkflowHandle, WorkflowStartOptions } from '@temporalio/client';
import { TASK_QUEUE } from '../contract';
import type { Session } from './session';

/** Starts a workflow, or finds the one that runs under its id; says where it can be seen, on standard error. */
export async function startWorkflow(
  session: Session,
  workflowType: string,
  options: Pick<WorkflowStartOptions, 'args' | 'memo' | 'workflowIdReusePolicy'> & { workflowId: string },
): Promise<WorkflowHandle> {
  const client = await session.client();
  const handle = await client.workflow.start(workflowType, {
    ...options,
    taskQueue: TASK_QUEUE,
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  const { env, temporal } = session.config;
  const link = workflowLink({
    uiUrl: env.TEMPORAL_UI_URL,
    namespace: temporal.namespace,
    workflowId: options.workflowId,
  });
  process.stderr.write(`${options.workflowId}\n${link}\n`);
  return handle;
}
