import { type WorkflowExecutionDescription, defaultPayloadConverter } from '@temporalio/client';

type Described = Pick<WorkflowExecutionDescription, 'raw'>;

/** PENDING_ACTIVITY_STATE_SCHEDULED: no worker has it in hand. */
const SCHEDULED = 1;

/** Why an activity of the workflow failed that waits to be tried again; undefined while the work goes on. */
export function failureWaitedOn({ raw }: Described): string | undefined {
  const waiting = raw.pendingActivities?.find(({ state, lastFailure }) => state === SCHEDULED && lastFailure?.message);
  return waiting?.lastFailure?.message ?? undefined;
}

/** A number of the last heartbeat of the workflow's activity; 0 when it has said none. */
export function heartbeatNumber({ raw }: Described, name: string): number {
  const payload = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0];
  if (!payload) return 0;
  const value = defaultPayloadConverter.fromPayload<Readonly<Record<string, unknown>>>(payload)[name];
  return typeof value === 'number' ? value : 0;
}
