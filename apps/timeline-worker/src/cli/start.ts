import { workflowLink } from '@backend/shared/cli';
import { type KeywordAttribute, startedFor } from '@backend/shared/temporal';
import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from '../contract';
import type { Session } from './session';

/** What a command starts a workflow with. */
export interface StartOptions extends Pick<
  WorkflowStartOptions,
  'args' | 'memo' | 'staticSummary' | 'staticDetails' | 'workflowIdReusePolicy'
> {
  readonly workflowId: string;
  /** The timeline that it is for. */
  readonly timelineId: string;
  /** Beside the timeline, by which every execution can be found. */
  readonly typedSearchAttributes?: KeywordAttribute[];
}

/**
 * Starts a workflow, or finds the one that runs, or has ended, under its id; says where it can be seen, on standard error.
 * What was asked for twice is one execution.
 */
export async function startWorkflow(
  session: Session,
  workflowType: string,
  { timelineId, typedSearchAttributes, ...options }: StartOptions,
): Promise<WorkflowHandle> {
  const client = await session.client();
  const { workflowId } = options;
  const handle = await client.workflow
    .start(workflowType, {
      ...options,
      taskQueue: TASK_QUEUE,
      ...startedFor({ key: SEARCH_ATTRIBUTES.user, value: timelineId }, typedSearchAttributes),
      workflowIdConflictPolicy: 'USE_EXISTING',
    })
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
