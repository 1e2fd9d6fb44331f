import { isDeepStrictEqual } from 'node:util';
import { CliFailure, UsageError, isJson, printJson, printTable } from '@backend/shared/cli';
import { startedFor } from '@backend/shared/temporal';
import {
  type CalendarSpecDescription,
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  type ScheduleOptions,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { type Command, Option } from 'commander';
import {
  type BudgetScheduleKind,
  SEARCH_ATTRIBUTES,
  type ScheduledBudgetInput,
  TASK_QUEUE,
  WORKFLOW_TYPES,
  budgetScheduleId,
  budgetScheduleRunId,
} from '../contract';
import { findBudgets, findUser } from '../repositories';
import { type Session, describeError, withSession } from './session';

const KINDS = ['report', 'check'] as const satisfies readonly BudgetScheduleKind[];
const DAY_MS = 24 * 60 * 60_000;
/** What the Temporal server missed while it was away is made up for that far back. */
const CATCH_UP_MS = 30 * DAY_MS;
/** A run that has not ended by then never will; as long as it is open, the ones after it are skipped. */
const LONGEST_RUN_MS = 7 * DAY_MS;
const SHOWN_RUNS = 3;

interface ScheduleCommandOptions {
  user?: string;
  off?: boolean;
  pause?: boolean;
  resume?: boolean;
}

/** `tracc budget schedule` */
export function addScheduleCommand(budget: Command): void {
  budget
    .command('schedule')
    .description("make a user's months run by themselves: a check every day, a report on each start day")
    .option('--user <id>', 'whose budgets; TRACC_USER by default')
    .addOption(new Option('--off', 'remove both schedules').conflicts(['pause', 'resume']))
    .addOption(new Option('--pause', 'nothing runs until it is resumed').conflicts(['off', 'resume']))
    .addOption(new Option('--resume', 'go on after a pause').conflicts(['off', 'pause']))
    .addHelpText('after', '\nExample:\n  tracc budget schedule')
    .action(async (options: ScheduleCommandOptions, command: Command) =>
      withSession(options, async (session) => {
        const client = await session.client();
        if (options.off) return removeSchedules(client, session.userId, command);
        if (options.pause || options.resume) await holdSchedules(client, session.userId, options.pause === true);
        const changes = options.pause ? {} : await ensureSchedules(client, await readPlan(session));
        await showSchedules(client, session.userId, changes, command);
      }),
    );
}

/** What the schedules of a user follow from. */
interface SchedulePlan {
  readonly userId: string;
  /** The user's, in which days and times of day are meant. */
  readonly zone: string;
  /** The distinct start days of the user's budgets, in order. */
  readonly startDays: readonly number[];
}

type Change = 'made' | 'changed' | 'unchanged';

/** The distinct start days of the user's budgets, in order. */
export async function readStartDays(session: Session): Promise<number[]> {
  const budgets = await session.scope(session.userId, async (tx) => findBudgets(tx));
  return [...new Set(budgets.map(({ monthStartDay }) => monthStartDay))].sort((a, b) => a - b);
}

async function readPlan(session: Session): Promise<SchedulePlan> {
  const { userId } = session;
  const user = await session.scope(userId, async (tx) => findUser(tx));
  if (!user) throw new CliFailure(`there is no user ${userId}`);
  const startDays = await readStartDays(session);
  if (startDays.length === 0)
    throw new UsageError(`${userId} has no budget to schedule; set one with "tracc budget set" first`);
  return { userId, zone: user.zone, startDays };
}

/**
 * Keeps schedules that exist in step with start days that were just changed. The change itself is done already: a Temporal server
 * that cannot be asked is a warning on standard error.
 */
export async function followStartDays(session: Session, before: readonly number[]): Promise<void> {
  if (isDeepStrictEqual(await readStartDays(session), before)) return;
  try {
    const client = await session.client();
    const { userId } = session;
    if (!(await describe(client.schedule.getHandle(budgetScheduleId({ userId, kind: 'report' }))))) return;
    await ensureSchedules(client, await readPlan(session));
  } catch (error) {
    const reason = describeError(error) ?? (error instanceof Error ? error.message : String(error));
    process.stderr.write(
      `tracc: the budget is set, but a schedule that the user may have does not know its start day; run "tracc budget schedule" later. ${reason}\n`,
    );
  }
}

/** Makes the two schedules, or changes what differs from the plan; a pause stays. */
async function ensureSchedules(client: Client, plan: SchedulePlan): Promise<Record<BudgetScheduleKind, Change>> {
  return {
    report: await ensureSchedule(client, wantedSchedule(plan, 'report')),
    check: await ensureSchedule(client, wantedSchedule(plan, 'check')),
  };
}

async function ensureSchedule(client: Client, wanted: WantedSchedule): Promise<Change> {
  const handle = client.schedule.getHandle(wanted.scheduleId);
  try {
    const known = await describe(handle);
    if (!known) {
      await client.schedule.create(wanted);
      return 'made';
    }
    if (isDeepStrictEqual(comparable(known), comparable(wanted))) return 'unchanged';
    await handle.update(({ state }) => ({ ...wanted, state }));
    return 'changed';
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning)
      throw new CliFailure(`${wanted.scheduleId} was made by somebody else just now; run the command again`);
    throw error;
  }
}

interface WantedSchedule extends ScheduleOptions {
  readonly policies: NonNullable<ScheduleOptions['policies']>;
  /** The SDK sends a priority too; its type leaves that out. */
  readonly action: ScheduleOptions['action'] & Pick<WorkflowStartOptions, 'priority'>;
}

/**
 * 00:15 on start days, 07:00 every day. A local time that daylight saving drops is no run on that day: the check of the
 * morning makes up for a report.
 */
function wantedSchedule({ userId, zone, startDays }: SchedulePlan, kind: BudgetScheduleKind): WantedSchedule {
  const input: ScheduledBudgetInput = { userId, mode: kind === 'report' ? 'full' : 'check' };
  return {
    scheduleId: budgetScheduleId({ userId, kind }),
    spec: {
      timezone: zone,
      calendars: [
        kind === 'report'
          ? calendar({ dayOfMonth: startDays.map((day) => only(day)), hour: 0, minute: 15 })
          : calendar({ dayOfMonth: [{ start: 1, end: 31, step: 1 }], hour: 7, minute: 0 }),
      ],
    },
    policies: { overlap: 'SKIP', catchupWindow: CATCH_UP_MS },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPES.scheduledBudget,
      workflowId: budgetScheduleRunId({ userId, kind }),
      taskQueue: TASK_QUEUE,
      workflowExecutionTimeout: LONGEST_RUN_MS,
      ...startedFor({ key: SEARCH_ATTRIBUTES.user, value: userId }),
      staticSummary: kind === 'report' ? "The last month's report" : 'Check of the running months',
      args: [input],
    },
  };
}

/** Written out as the server tells it, so that what is wanted compares with what is there. */
function calendar({
  dayOfMonth,
  hour,
  minute,
}: {
  dayOfMonth: CalendarSpecDescription['dayOfMonth'];
  hour: number;
  minute: number;
}): CalendarSpecDescription {
  return {
    second: [only(0)],
    minute: [only(minute)],
    hour: [only(hour)],
    dayOfMonth,
    month: [{ start: 'JANUARY', end: 'DECEMBER', step: 1 }],
    year: [],
    dayOfWeek: [{ start: 'SUNDAY', end: 'SATURDAY', step: 1 }],
  };
}

const only = (value: number) => ({ start: value, end: value, step: 1 });

/** What makes two schedules the same: everything that is wanted, and nothing that was added by hand. */
function comparable({ spec, policies, action }: WantedSchedule | ScheduleDescription) {
  return {
    zone: spec.timezone,
    calendars: (spec.calendars ?? []).map(({ comment: _comment, ...fields }) => fields),
    intervals: spec.intervals?.length ?? 0,
    skipped: spec.skip?.length ?? 0,
    from: spec.startAt,
    to: spec.endAt,
    jitter: spec.jitter || 0,
    overlap: policies.overlap,
    catchUpMs: policies.catchupWindow,
    pauseOnFailure: policies.pauseOnFailure ?? false,
    workflowType: action.workflowType,
    workflowId: action.workflowId,
    taskQueue: action.taskQueue,
    timeoutMs: action.workflowExecutionTimeout,
    // A list when it is wanted, an object when the server tells it; as JSON they are the same.
    searchAttributes: JSON.stringify(action.typedSearchAttributes ?? []),
    fairnessKey: action.priority?.fairnessKey,
    args: action.args,
  };
}

async function holdSchedules(client: Client, userId: string, pause: boolean): Promise<void> {
  let held = 0;
  for (const kind of KINDS) {
    const handle = client.schedule.getHandle(budgetScheduleId({ userId, kind }));
    const known = await describe(handle);
    if (!known) continue;
    held += 1;
    if (pause && !known.state.paused) await handle.pause('tracc budget schedule --pause');
    if (!pause && known.state.paused) await handle.unpause('tracc budget schedule --resume');
  }
  if (held === 0) throw new CliFailure(`${userId} has no schedules; "tracc budget schedule" makes them`);
}

async function removeSchedules(client: Client, userId: string, command: Command): Promise<void> {
  const removed: string[] = [];
  for (const kind of KINDS) {
    const scheduleId = budgetScheduleId({ userId, kind });
    try {
      await client.schedule.getHandle(scheduleId).delete();
      removed.push(scheduleId);
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  }
  if (isJson(command)) return printJson({ removed });
  process.stdout.write(removed.length > 0 ? `removed ${removed.join(', ')}\n` : `${userId} has no schedules\n`);
}

async function showSchedules(
  client: Client,
  userId: string,
  changes: Partial<Record<BudgetScheduleKind, Change>>,
  command: Command,
): Promise<void> {
  const shown: ShownSchedule[] = [];
  for (const kind of KINDS) {
    const scheduleId = budgetScheduleId({ userId, kind });
    const known = await describe(client.schedule.getHandle(scheduleId));
    if (!known) continue;
    const change = changes[kind] ?? 'unchanged';
    const { paused } = known.state;
    const next = paused ? [] : known.info.nextActionTimes.slice(0, SHOWN_RUNS).map((time) => time.toISOString());
    shown.push({ kind, scheduleId, change, paused, zone: known.spec.timezone ?? 'UTC', next });
  }
  if (isJson(command)) return printJson(shown);
  printTable(
    ['schedule', 'state', `next, ${shown[0]?.zone ?? ''}`],
    shown.map(({ kind, change, paused, zone, next }) => [
      kind,
      paused ? `${change}, paused` : change,
      next.map((instant) => localTime(instant, zone)).join(', '),
    ]),
  );
}

interface ShownSchedule {
  readonly kind: BudgetScheduleKind;
  readonly scheduleId: string;
  readonly change: Change;
  readonly paused: boolean;
  /** IANA zone of its days and times of day. */
  readonly zone: string;
  /** The next runs, RFC 3339 UTC; none while it is paused. */
  readonly next: readonly string[];
}

/** `2026-12-01 00:15`, which is how Swedes write it. */
function localTime(instant: string, zone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  return format.format(new Date(instant));
}

/** The schedule as it is; undefined when there is none. */
async function describe(handle: ScheduleHandle): Promise<ScheduleDescription | undefined> {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}
