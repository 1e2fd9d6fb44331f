import { type StartOptions, startWorkflow as start } from '@backend/shared/cli';
import type { WorkflowHandle } from '@temporalio/client';
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from '../contract';
import type { Session } from './session';

/** Starts a workflow of timeline for one timeline. */
export async function startWorkflow(
  session: Session,
  workflowType: string,
  { timelineId, ...options }: StartOptions & { readonly timelineId: string },
): Promise<WorkflowHandle> {
  const user = { key: SEARCH_ATTRIBUTES.user, value: timelineId };
  return start(session, workflowType, { ...options, taskQueue: TASK_QUEUE, user });
}
