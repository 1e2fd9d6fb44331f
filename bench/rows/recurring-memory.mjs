import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleAnchor } from '../anchor/bundle.mjs';
import { range } from '../lib/numbers.mjs';
import { addTemplates, checkAsleep, daysFromNow, startSleepers, untilAsleep } from '../lib/recurring.mjs';
import { startBenchStack, startBenchWorker } from '../lib/stack.mjs';

// What a cached template costs in memory, against the smallest workflow there can be, each in a worker of its own.
export const name = 'recurring-memory';
export const goal = 'ratio <= 1.2';

const RATIO_MAX = 1.2;
/** Nothing is evicted. */
const MAX_CACHED_WORKFLOWS = '10000';
const STATE = 'x'.repeat(120);
const ANCHOR = (file) => fileURLToPath(new URL(`../anchor/${file}`, import.meta.url));

export async function run(context) {
  const { quick, step } = context;
  const size = quick ? { warmUp: 50, sleepers: 300 } : { warmUp: 200, sleepers: 2_000 };
  const bundle = path.join(context.directory, 'anchor-bundle.js');
  await step("bundling the anchor's workflows", () => bundleAnchor(bundle));
  const stack = await startBenchStack(context);
  const total = size.warmUp + size.sleepers;

  const taskQueue = 'bench-anchor';
  const anchor = await measure({
    context,
    stack,
    size,
    label: 'empty workflows',
    start: () =>
      startBenchWorker({
        context,
        stack,
        name: 'anchor',
        bin: ANCHOR('worker.mjs'),
        env: { ANCHOR_BUNDLE: bundle, ANCHOR_TASK_QUEUE: taskQueue, MAX_CACHED_WORKFLOWS },
        collectsGarbage: true,
      }),
    executions: range(total).map((index) => ({
      type: 'Sleeper',
      taskQueue,
      workflowId: `anchor-${index}`,
      args: [STATE],
    })),
  });

  const executions = await addTemplates(stack, { prefix: 'cached', count: total, startDate: daysFromNow(90) });
  const product = await measure({
    context,
    stack,
    size,
    label: 'templates',
    start: () => startBenchWorker({ context, stack, env: { MAX_CACHED_WORKFLOWS }, collectsGarbage: true }),
    executions,
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

async function measure({ context, stack, size, label, start, executions }) {
  const worker = await context.step(`starting the worker for ${label}`, start);
  const read = async () => {
    const heapsMiB = await worker.collectGarbage();
    return { rssMiB: worker.rssMiB(), heapMiB: heapsMiB.reduce((sum, heap) => sum + heap, 0) };
  };
  const sleep = async (part, note) => {
    await startSleepers({ context, stack, worker, executions: part, note });
    await untilAsleep(stack, { executions: part, signal: context.signal });
  };
  await sleep(executions.slice(0, size.warmUp));
  const before = await read();
  await context.step(`caching ${size.sleepers} ${label}`, (note) => sleep(executions.slice(size.warmUp), note));
  const after = await read();
  await worker.stop();
  return {
    rssMiB: after.rssMiB,
    eachMiB: (after.rssMiB - before.rssMiB) / size.sleepers,
    heapMiB: (after.heapMiB - before.heapMiB) / size.sleepers,
  };
}
