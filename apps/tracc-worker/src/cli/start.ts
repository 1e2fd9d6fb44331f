import { type StartOptions, startWorkflow as start } from '@backend/shared/cli';
import type { WorkflowHandle } from '@temporalio/client';
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from '../contract';
import type { Session } from './session';

/** Starts a workflow of tracc for the session's user. */
export async function startWorkflow(
  session: Session,
  workflowType: string,
  options: StartOptions,
): Promise<WorkflowHandle> {
  const user = { key: SEARCH_ATTRIBUTES.user, value: session.userId };
  return start(session, workflowType, { ...options, taskQueue: TASK_QUEUE, user });
}
