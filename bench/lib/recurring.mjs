// Templates of recurring transactions, and executions of them that sleep.
import { setTimeout as pause } from 'node:timers/promises';
import { inParallel, range } from './numbers.mjs';
import { tracc } from './stack.mjs';

const USER = 'bench';
const ZONE = 'Europe/Berlin';
const DAY_MS = 86_400_000;
/** Starts under way at once: enough to keep the server busy. */
const CONCURRENCY = 150;
/** How often an execution that does not sleep yet is looked at. */
const ASLEEP_EVERY_MS = 250;

/** A civil date so many days from now. */
export function daysFromNow(days, nowMs = Date.now()) {
  return new Date(nowMs + days * DAY_MS).toISOString().slice(0, 10);
}

/** A user with an account, and `count` templates of a monthly rent: `<prefix>-0`, `<prefix>-1`, … */
export async function addTemplates(stack, { prefix, count, startDate, end }) {
  const rule = {
    startDate,
    schedule: { kind: 'monthly', every: 1, day: Number(startDate.slice(8)) },
    zone: ZONE,
    postAt: '00:05',
    monthEnd: 'clamp',
    weekend: 'none',
    ...(end ? { end } : {}),
  };
  await stack.query('insert into users (user_id, display_name, zone) values ($1, $1, $2) on conflict do nothing', [
    USER,
    ZONE,
  ]);
  await stack.query(
    `insert into accounts (user_id, account_id, name, kind, currency) values ($1, 'checking', 'Checking', 'checking', 'EUR')
     on conflict do nothing`,
    [USER],
  );
  await stack.query(
    `insert into recurring_templates (template_id, user_id, description, account_id, amount_minor, currency, rule)
     select $2 || '-' || n, $1, 'Rent', 'checking', -85000, 'EUR', $4 from generate_series(0, $3 - 1) as n`,
    [USER, prefix, count, JSON.stringify(rule)],
  );
  const { TASK_QUEUE, WORKFLOW_TYPES, recurringWorkflowId } = tracc('contract.js');
  return range(count).map((index) => {
    const templateId = `${prefix}-${index}`;
    return {
      type: WORKFLOW_TYPES.recurringTransaction,
      taskQueue: TASK_QUEUE,
      workflowId: recurringWorkflowId({ templateId }),
      args: [{ templateId, userId: USER, ...rule }],
    };
  });
}

/** Starts executions, with their `signal` if they have one, and resolves when the worker has put all of them to sleep. */
export async function startSleepers({ context, stack, worker, executions, note }) {
  let started = 0;
  await inParallel({
    items: executions,
    concurrency: Math.min(CONCURRENCY, executions.length),
    signal: context.signal,
    work: async ({ type, ...options }) => {
      if (options.signal) await stack.client.workflow.signalWithStart(type, options);
      else await stack.client.workflow.start(type, options);
      started += 1;
      note?.(`${started} of ${executions.length} started`);
    },
  });
  await worker.untilIdle();
}

/** The timers that an execution has started: `{startedAtMs, firesAtMs}`. */
export async function timersOf(stack, { workflowId }) {
  const { events } = await stack.client.workflow.getHandle(workflowId).fetchHistory();
  return events
    .filter(({ timerStartedEventAttributes: timer }) => timer)
    .map(({ eventTime, timerStartedEventAttributes: { startToFireTimeout } }) => {
      const startedAtMs = msOf(eventTime);
      return { startedAtMs, firesAtMs: startedAtMs + msOf(startToFireTimeout) };
    });
}

/** Resolves when each of the executions has started a timer: an idle worker of a busy server may have some of them before it still. */
export async function untilAsleep(stack, { executions, signal }) {
  await inParallel({
    items: executions,
    concurrency: 20,
    signal,
    work: async (execution) => {
      while ((await timersOf(stack, execution)).length === 0) await pause(ASLEEP_EVERY_MS, undefined, { signal });
    },
  });
}

/** Rejects unless the executions (a sample of them) sleep for weeks: a figure of others would say nothing. */
export async function checkAsleep(stack, executions) {
  const step = Math.max(1, Math.floor(executions.length / 5));
  for (const execution of executions.filter((_, index) => index % step === 0)) {
    const [timer, ...others] = await timersOf(stack, execution);
    if (!timer || others.length > 0 || timer.firesAtMs < Date.now() + 7 * DAY_MS) {
      throw new Error(`${execution.workflowId} does not sleep as it should: it has ${others.length + 1} timers`);
    }
  }
}

function msOf({ seconds, nanos }) {
  return Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6;
}
