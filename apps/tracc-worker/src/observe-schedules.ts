import type { Client } from '@temporalio/client';
import { WORKFLOW_TYPES } from './contract';
import type { TraccMetrics } from './metrics';

const DAY_MS = 24 * 3_600_000;
const { scheduledBudget, monthlyBudget } = WORKFLOW_TYPES;

/** Reads from the Temporal server how the budget Schedules do: three calls, of one entry each at most. */
export async function observeSchedules(client: Client, metrics: TraccMetrics): Promise<void> {
  metrics.schedulesActive.set((await hasActiveSchedule(client)) ? 1 : 0);
  const query = `WorkflowType = '${scheduledBudget}' AND ExecutionStatus = 'Completed'`;
  // The server lists what has closed last first. Once it has forgotten the run, the figure stays what it was.
  for await (const { closeTime } of client.workflow.list({ query, pageSize: 1 })) {
    if (closeTime) metrics.scheduleSuccess.set(closeTime.getTime() / 1000);
    break;
  }
  const since = new Date(Date.now() - DAY_MS).toISOString();
  // A month that a person asked for fails before that person's eyes.
  const { count } = await client.workflow.count(
    `(WorkflowType = '${scheduledBudget}' OR (WorkflowType = '${monthlyBudget}' AND ParentWorkflowId IS NOT NULL)) AND ExecutionStatus IN ('Failed', 'TimedOut') AND CloseTime > '${since}'`,
  );
  metrics.budgetRunsFailed.set(count);
}

async function hasActiveSchedule(client: Client): Promise<boolean> {
  for await (const _schedule of client.schedule.list({ query: 'TemporalSchedulePaused = false', pageSize: 1 }))
    return true;
  return false;
}
