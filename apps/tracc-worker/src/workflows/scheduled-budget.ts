import {
  CancellationScope,
  type ChildWorkflowHandle,
  TemporalFailure,
  proxyActivities,
  setWorkflowOptions,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { failureType, userFailure } from '@backend/shared/failures';
import { summarized, versioned } from '@backend/shared/workflow';
import type { Activities } from '../activities';
import {
  FAILURES,
  type MonthlyBudgetInput,
  SEARCH_ATTRIBUTES,
  type ScheduledBudgetInput,
  type ScheduledBudgetResult,
  type ScheduledBudgetRun,
  WORKFLOW_TYPES,
  budgetWorkflowId,
} from '../contract';
import { schedulePlanOptions } from './activity-options';
import { SUMMARIES } from './summaries';

const { planBudgetRuns } = summarized(proxyActivities<Activities>(schedulePlanOptions), SUMMARIES);

/** What the server puts on every run that a Schedule starts. */
const SCHEDULED_START = { name: 'TemporalScheduledStartTime', type: 'DATETIME' } as const;

type Plan = Awaited<ReturnType<typeof planBudgetRuns>>[number];

// Another run of the month, somebody's own check, is over in moments as a rule; one that waits for a receiver of alerts
// takes hours. After a day the next Schedule's run is there.
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 15 * 60_000;
const GIVE_UP_MS = 24 * 60 * 60_000;

/**
 * What a user's Schedules start. A Schedule's arguments are fixed and its workflow ids carry a time, so this finds out which
 * months are meant and runs each as MonthlyBudgetWorkflow under the month's own id. A month that fails, or stays busy,
 * is in the result and does not keep the others from being run. Fails with `InvalidInput`, or when the months cannot be
 * found out (`UserNotFound`).
 */
export async function ScheduledBudgetWorkflow(input: ScheduledBudgetInput): Promise<ScheduledBudgetResult> {
  const { userId, mode } = validate(input);
  const at = scheduledAt().toISOString();
  const plans = await planBudgetRuns({ userId, mode, at });
  // The months differ, so that none waits for another.
  return { at, runs: await Promise.all(plans.map(runMonth)) };
}

// It waits for up to a day and starts months, which are to run with the current code: changes are behind `patched`.
setWorkflowOptions(versioned('AUTO_UPGRADE'), ScheduledBudgetWorkflow);

/** The time of the Schedule, which stays what it was when the run is late: it belongs to that day's month. */
function scheduledAt(): Date {
  const { typedSearchAttributes, startTime } = workflowInfo();
  return typedSearchAttributes.get(SCHEDULED_START) ?? startTime;
}

async function runMonth(plan: Plan): Promise<ScheduledBudgetRun> {
  const { month, mode = 'full' } = plan.input;
  const child = await startWhenFree(plan);
  if (!child) return { month, mode, outcome: 'busy' };
  try {
    await child.result();
    return { month, mode, outcome: 'completed' };
  } catch (error) {
    // The month's own cancellation is its failure; ours ends this run.
    if (CancellationScope.current().consideredCancelled) throw error;
    return { month, mode, outcome: 'failed', failure: kindOf(error) };
  }
}

/** Starts the month's run once no other is under way; undefined when that took too long. */
async function startWhenFree(plan: Plan): Promise<ChildWorkflowHandle<MonthlyRun> | undefined> {
  let waitedMs = 0;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await startMonth(plan);
    } catch (error) {
      if (!isUnderWay(error)) throw error;
    }
    if (waitedMs >= GIVE_UP_MS) return undefined;
    const pause = Math.min(pauseMs, GIVE_UP_MS - waitedMs);
    await sleep(pause, { summary: `Another run of ${plan.input.month} is under way` });
    waitedMs += pause;
  }
}

/** The class of it is not part of the sandbox's API; its name is. */
function isUnderWay(error: unknown): boolean {
  return error instanceof TemporalFailure && error.name === 'WorkflowExecutionAlreadyStartedError';
}

type MonthlyRun = (input: MonthlyBudgetInput) => Promise<unknown>;

async function startMonth({ input, request }: Plan): Promise<ChildWorkflowHandle<MonthlyRun>> {
  return startChild<MonthlyRun>(WORKFLOW_TYPES.monthlyBudget, {
    workflowId: budgetWorkflowId(input),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    // Once started the run is the month's: the end of this one, however it comes, leaves it alone.
    parentClosePolicy: 'ABANDON',
    cancellationType: 'ABANDON',
    memo: { request },
    staticSummary: `Budgets of ${input.month}`,
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.user, value: input.userId },
      { key: SEARCH_ATTRIBUTES.month, value: input.month },
    ],
    args: [input],
  });
}

function kindOf(error: unknown): string {
  let kind = 'Unknown';
  for (let current = error; current instanceof Error; current = current.cause) kind = current.name;
  return failureType(error) ?? kind;
}

function validate(input: ScheduledBudgetInput): ScheduledBudgetInput {
  const refuse = (field: string, wanted: string, value: unknown) =>
    userFailure(FAILURES.InvalidInput, `${field} should be ${wanted}, not ${JSON.stringify(value)}.`);
  const { userId, mode } = input ?? {};
  if (typeof userId !== 'string' || userId === '') throw refuse('userId', 'the id of a user', userId);
  if (mode !== 'full' && mode !== 'check') throw refuse('mode', 'full or check', mode);
  return input;
}
