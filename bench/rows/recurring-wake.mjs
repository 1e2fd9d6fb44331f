import { inParallel, median, range } from '../lib/numbers.mjs';
import { addTemplates, checkAsleep, daysFromNow, startSleepers } from '../lib/recurring.mjs';
import { startBenchStack, startBenchWorker, tracc } from '../lib/stack.mjs';

// What it costs a worker to wake a template that it has evicted, against one that it still holds: the same templates are
// woken twice in the same way, the first time from their history.
export const name = 'recurring-wake';
export const goal = 'ratio <= 2';

const RATIO_MAX = 2;
const CACHED = 200;
const CONCURRENCY = 20;

export async function run(context) {
  const { quick, signal, step } = context;
  // One round more than is counted: the first warms the code up. Fewer at a time than are cached, so that the second
  // waking finds them; and the cache is full of others, started later, when the first one comes.
  const size = quick ? { rounds: 3, each: 20 } : { rounds: 5, each: 100 };
  const stack = await startBenchStack(context);
  const worker = await step('starting the worker', () =>
    startBenchWorker({ context, stack, env: { MAX_CACHED_WORKFLOWS: String(CACHED) } }),
  );
  const inRounds = (size.rounds + 1) * size.each;
  const executions = await addTemplates(stack, {
    prefix: 'wake',
    count: 2 * inRounds + CACHED,
    startDate: daysFromNow(90),
  });
  await step(`putting ${executions.length} templates to sleep`, (note) =>
    startSleepers({ context, stack, worker, executions, note }),
  );
  await checkAsleep(stack, executions);

  const wakeAll = async (group, wake) => {
    await worker.untilIdle();
    const before = worker.cpuMs();
    await inParallel({ items: group, concurrency: CONCURRENCY, signal, work: wake });
    await worker.untilIdle();
    return (worker.cpuMs() - before) / group.length;
  };
  /** Wakes each group twice, the second time cached; CPU ms of the worker for each waking. */
  const measure = async (groups, { wake, takeBack }) => {
    const pairs = [];
    for (const group of groups) {
      const evicted = await wakeAll(group, wake);
      if (takeBack) await wakeAll(group, takeBack);
      const cached = await wakeAll(group, wake);
      pairs.push({ evicted, cached, ratio: evicted / cached });
    }
    const counted = pairs.slice(1);
    return {
      evicted: median(counted.map(({ evicted }) => evicted)),
      cached: median(counted.map(({ cached }) => cached)),
      ratio: median(counted.map(({ ratio }) => ratio)),
    };
  };
  const groups = range(2 * (size.rounds + 1)).map((round) =>
    executions.slice(round * size.each, (round + 1) * size.each),
  );
  const full = await step('waking templates to post', async () =>
    measure(groups.slice(0, size.rounds + 1), posting(stack)),
  );
  const rssMiB = worker.rssMiB();
  const bare = await step('waking templates with a signal only', () =>
    measure(groups.slice(size.rounds + 1), pausing(stack)),
  );
  return {
    ours: full.evicted,
    theirs: full.cached,
    unit: 'ms CPU',
    anchor: 'the same template, cached',
    ratio: full.ratio,
    rssMiB,
    ok: full.ratio <= RATIO_MAX,
    notes: [
      `woken by the update postNow, which posts an occurrence and sets the next timer; median of ${size.rounds} rounds of ${size.each}`,
      `woken by the signal pause, with next to nothing to do: ${bare.evicted.toFixed(1)} ms evicted, ${bare.cached.toFixed(1)} ms cached, ratio ${bare.ratio.toFixed(2)}`,
    ],
  };
}

/** Posts the next occurrence: an activity that writes to the database, and a new timer. */
function posting(stack) {
  const { RECURRING_HANDLERS } = tracc('contract.js');
  return {
    wake: ({ workflowId }) => stack.client.workflow.getHandle(workflowId).executeUpdate(RECURRING_HANDLERS.postNow),
  };
}

/** A change of state, and nothing else. */
function pausing(stack) {
  const { RECURRING_HANDLERS } = tracc('contract.js');
  const signal =
    (name) =>
    async ({ workflowId }) =>
      stack.client.workflow.getHandle(workflowId).signal(name);
  return { wake: signal(RECURRING_HANDLERS.pause), takeBack: signal(RECURRING_HANDLERS.resume) };
}
