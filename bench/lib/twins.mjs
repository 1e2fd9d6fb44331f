// A product's workflow beside its twin of the bare SDK: many small executions of each, in turn.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { bundleAnchor } from '../anchor/bundle.mjs';
import { ownCpuMs } from './machine.mjs';
import { inParallel, range } from './numbers.mjs';
import { measurePairs } from './pairs.mjs';
import { built, startBenchStack } from './stack.mjs';
import { bareCommand, productCommand, startWorkerProcess } from './worker-process.mjs';

const THROUGHPUT_MIN = 0.95;
const WORKER_CPU_MAX = 1.05;
export const TWIN_GOAL = `throughput >= ${THROUGHPUT_MIN}, worker CPU <= ${WORKER_CPU_MAX}`;

const TWIN_QUEUE = 'bench-twin';
const IN_FLIGHT = 30;
const SIDES = ['ours', 'theirs'];

/**
 * Measures a workflow type of a tenant against `twin` of bench/anchor/twins.mjs. `make(stack, {side, round, count})` resolves with so
 * many executions `{workflowId, args, …}` for one side, none of which was there before; ours start with `typedSearchAttributes`, as the
 * product's commands start them; `clear(stack)` comes before each side's turn.
 * `check(result)` throws unless an execution of ours has done its work. `quickly` and `fully` are numbers of executions in a round.
 * Both have to take the same steps, as their histories tell: activities, local activities and timers.
 */
export async function measureTwins(
  context,
  { tenant, type, twin, make, check, typedSearchAttributes, clear = async () => undefined, size },
) {
  const { quick, step, signal } = context;
  const [count, rounds] = quick ? [size.quick, 2] : [size.full, 7];
  const bundle = path.join(context.directory, 'twins-bundle.js');
  await step('bundling the twins', () => bundleAnchor(bundle, 'twins.mjs'));
  const stack = await startBenchStack(context, { tenant, durable: true });
  await mkdir(stack.environment.IMPORT_DIR, { recursive: true });
  const { TASK_QUEUE } = built(tenant, 'contract.js');
  const { MAX_CACHED_WORKFLOWS, MAX_CONCURRENT_ACTIVITIES } = built(tenant, 'config.js').loadEnv(stack.environment);
  const tuned = {
    maxCachedWorkflows: MAX_CACHED_WORKFLOWS,
    maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_ACTIVITIES,
  };
  const start = async (taskQueue, command) => ({
    taskQueue,
    process: await startWorkerProcess({ context, stack, taskQueue, command }),
  });
  const workers = await step('starting both workers', async () => ({
    ours: { ...(await start(TASK_QUEUE, await productCommand(tenant))), type, options: { typedSearchAttributes } },
    theirs: {
      ...(await start(
        TWIN_QUEUE,
        bareCommand({ bundle, taskQueue: TWIN_QUEUE, activities: `${tenant}-activities.cjs`, tuned }),
      )),
      type: twin,
    },
  }));

  /** Seconds from the first start to the last result; what it cost is added to `costs`. */
  const execute = async (side, executions, costs) => {
    const { taskQueue, process: worker, type: workflowType, options } = workers[side];
    const before = { worker: worker.cpuMs(), all: ownCpuMs(), own: ownProcessCpuMs() };
    const startedAt = performance.now();
    await inParallel({
      items: executions,
      concurrency: IN_FLIGHT,
      signal,
      work: async (execution) => {
        const result = await stack.client.workflow
          .execute(workflowType, { taskQueue, ...options, ...execution })
          .catch((error) => {
            throw new Error(
              `${execution.workflowId}: ${error.cause?.cause?.message ?? error.cause?.message ?? error.message}`,
            );
          });
        if (side === 'ours') check(result);
      },
    });
    const seconds = (performance.now() - startedAt) / 1000;
    await worker.untilIdle();
    const workerMs = worker.cpuMs() - before.worker;
    costs.executions += executions.length;
    costs.workerMs += workerMs;
    costs.serversMs += ownCpuMs() - before.all - workerMs - (ownProcessCpuMs() - before.own);
    return seconds;
  };

  const steps = await step('warming both up', async () => {
    const taken = {};
    for (const side of SIDES) {
      await clear(stack);
      const executions = await make(stack, { side, round: 0, count: Math.ceil(count / 2) });
      await execute(side, executions, noCosts());
      taken[side] = await stepsOf(stack, executions[0]);
    }
    return taken;
  });
  if (steps.ours.steps.join() !== steps.theirs.steps.join())
    throw new Error(`the steps differ: ${steps.ours.steps.join(', ')}; the twin's ${steps.theirs.steps.join(', ')}`);

  const costs = { ours: noCosts(), theirs: noCosts() };
  const { ours, theirs, ratio, otherCores, note } = await measurePairs({
    ...context,
    rounds,
    prepare: async (round) => ({
      ours: await make(stack, { side: 'ours', round: round + 1, count }),
      theirs: await make(stack, { side: 'theirs', round: round + 1, count }),
    }),
    before: () => clear(stack),
    ours: (executions) => execute('ours', executions.ours, costs.ours),
    theirs: (executions) => execute('theirs', executions.theirs, costs.theirs),
    after: () => undefined,
  });
  const each = (side, figure) => costs[side][figure] / costs[side].executions;
  const workerRatio = each('ours', 'workerMs') / each('theirs', 'workerMs');
  const cost = (figure) => `${each('ours', figure).toFixed(1)} ms to ${each('theirs', figure).toFixed(1)} ms`;
  return {
    ours: count / ours,
    theirs: count / theirs,
    unit: 'workflows/s',
    anchor: 'the same steps on the bare SDK',
    ratio,
    otherCores,
    rssMiB: workers.ours.process.rssMiB(),
    ok: ratio >= THROUGHPUT_MIN && workerRatio <= WORKER_CPU_MAX,
    notes: [
      note,
      `CPU for each of ${count * rounds}: worker ${cost('workerMs')}, ratio ${workerRatio.toFixed(2)}; PostgreSQL and Temporal ${cost('serversMs')}`,
      `steps of both: ${steps.ours.steps.join(', ')}; ${steps.ours.events} events of history to ${steps.theirs.events}`,
      'the twin runs the same activities on the same pollers and places, and leaves out handlers, checks of the input, summaries, search attributes, details, versions, retries of its own; its worker has no probes, no metrics and no log',
    ],
  };
}

function noCosts() {
  return { executions: 0, workerMs: 0, serversMs: 0 };
}

function ownProcessCpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The activities, local activities and timers of a history, in their order. */
async function stepsOf({ client }, { workflowId }) {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const steps = events.flatMap((event) => {
    if (event.activityTaskScheduledEventAttributes)
      return [event.activityTaskScheduledEventAttributes.activityType.name];
    if (event.timerStartedEventAttributes) return ['timer'];
    return event.markerRecordedEventAttributes?.markerName === 'core_local_activity' ? ['local activity'] : [];
  });
  return { steps, events: events.length };
}

/** `ours-2-0`, `ours-2-1`, … */
export function namesOf({ side, round, count }) {
  return range(count).map((index) => `${side}-${round}-${index}`);
}
