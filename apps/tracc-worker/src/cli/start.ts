import { workflowLink } from '@backend/shared/cli';
import { type KeywordAttribute, startedFor } from '@backend/shared/temporal';
import type { WorkflowHandle, WorkflowStartOptions } from '@temporalio/client';
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from '../contract';
import type { Session } from './session';

/** What a command starts a workflow with. */
export interface StartOptions extends Pick<
  WorkflowStartOptions,
  'args' | 'memo' | 'staticSummary' | 'staticDetails' | 'workflowIdReusePolicy'
> {
  readonly workflowId: string;
  /** Beside the user, by whom every execution can be found. */
  readonly typedSearchAttributes?: KeywordAttribute[];
}

/** Starts a workflow, or finds the one that runs under its id; says where it can be seen, on standard error. */
export async function startWorkflow(
  session: Session,
  workflowType: string,
  { typedSearchAttributes, ...options }: StartOptions,
): Promise<WorkflowHandle> {
  const client = await session.client();
  const handle = await client.workflow.start(workflowType, {
    ...options,
    taskQueue: TASK_QUEUE,
    ...startedFor({ key: SEARCH_ATTRIBUTES.user, value: session.userId }, typedSearchAttributes),
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
