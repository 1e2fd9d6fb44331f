import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { type KeywordAttribute, startedFor } from '../temporal';
import { workflowLink } from './link';

/** What a command starts a workflow with. */
export interface StartOptions extends Pick<
  WorkflowStartOptions,
  'args' | 'memo' | 'staticSummary' | 'staticDetails' | 'workflowIdReusePolicy'
> {
  readonly workflowId: string;
  /** Beside the one for whom it is, by whom every execution can be found. */
  readonly typedSearchAttributes?: KeywordAttribute[];
  /**
   * When an execution has ended under the id and the reuse policy admits no other: `find`, the default, answers with that one and
   * says so; `reject` leaves the WorkflowExecutionAlreadyStartedError to the caller.
   */
  readonly onEnded?: 'find' | 'reject';
}

/** Of a tenant's session what a start needs. */
export interface StartSession {
  readonly client: () => Promise<Client>;
  readonly config: {
    readonly env: { readonly TEMPORAL_UI_URL: string };
    readonly temporal: { readonly namespace: string };
  };
}

/**
 * Starts a workflow, or finds the one that runs, or has ended, under its id; says where it can be seen, on standard error. What was
 * asked for twice is one execution. `user` is the search attribute of the one for whom it is.
 */
export async function startWorkflow(
  session: StartSession,
  workflowType: string,
  {
    user,
    typedSearchAttributes,
    onEnded = 'find',
    ...options
  }: StartOptions & { readonly taskQueue: string; readonly user: KeywordAttribute },
): Promise<WorkflowHandle> {
  const client = await session.client();
  const { workflowId } = options;
  const handle = await client.workflow
    .start(workflowType, {
      ...options,
      ...startedFor(user, typedSearchAttributes),
      workflowIdConflictPolicy: 'USE_EXISTING',
    })
    .catch((error: unknown) => {
      if (onEnded === 'reject' || !(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      process.stderr.write('this was done before; here is its result\n');
      return client.workflow.getHandle(workflowId);
    });
  const { env, temporal } = session.config;
  const link = workflowLink({ uiUrl: env.TEMPORAL_UI_URL, namespace: temporal.namespace, workflowId });
  process.stderr.write(`${workflowId}\n${link}\n`);
  return handle;
}
