import { CACHES_ALL, measureCached, measureEmpty } from '../lib/cached-memory.mjs';
import { addTemplates, checkAsleep, daysFromNow, untilAsleep } from '../lib/recurring.mjs';
import { startBenchStack, startBenchWorker } from '../lib/stack.mjs';

// What a cached template costs in memory, against the smallest workflow there can be, each in a worker of its own.
export const name = 'recurring-memory';
export const goal = 'ratio <= 1.2';

const RATIO_MAX = 1.2;

export async function run(context) {
  const { quick, signal } = context;
  const size = quick ? { warmUp: 50, sleepers: 300 } : { warmUp: 200, sleepers: 2_000 };
  const stack = await startBenchStack(context);
  const asleep = (executions) => untilAsleep(stack, { executions, signal });
  const anchor = await measureEmpty({ context, stack, size, untilAsleep: asleep });

  const count = size.warmUp + size.sleepers;
  const executions = await addTemplates(stack, { prefix: 'cached', count, startDate: daysFromNow(90) });
  const product = await measureCached({
    context,
    stack,
    size,
    label: 'templates',
    start: () => startBenchWorker({ context, stack, env: CACHES_ALL, collectsGarbage: true }),
    executions,
    untilAsleep: asleep,
  });
  await checkAsleep(stack, executions);

  const ratio = product.eachMiB / anchor.eachMiB;
  return {
    ours: product.eachMiB,
    theirs: anchor.eachMiB,
    unit: 'MiB each',
    anchor: 'an empty sleeping workflow',
    ratio,
    rssMiB: product.rssMiB,
    ok: ratio <= RATIO_MAX,
    notes: [
      `RSS gained by ${size.sleepers} more, cached, after ${size.warmUp} to warm up; before each reading three full collections in every thread`,
      `of it on the JavaScript heaps: ours ${product.heapMiB.toFixed(3)} MiB, anchor ${anchor.heapMiB.toFixed(3)} MiB each`,
    ],
  };
}
