// What a workflow costs a worker that keeps it in its cache, against the smallest one there can be.
import { setTimeout as pause } from 'node:timers/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleAnchor } from '../anchor/bundle.mjs';
import { inParallel, range } from './numbers.mjs';
import { startSleepers } from './recurring.mjs';
import { startBenchWorker } from './stack.mjs';

/** Nothing is evicted. */
export const CACHES_ALL = { MAX_CACHED_WORKFLOWS: '10000' };
const STATE = 'x'.repeat(120);
const ANCHOR_QUEUE = 'bench-anchor';
/** How often an execution that is not parked yet is looked at. */
const PARKED_EVERY_MS = 250;

/**
 * Caches `size.warmUp` executions and then `size.sleepers` more in a worker of their own, which `start` starts with `collectsGarbage`;
 * `untilAsleep(part)` resolves when all of a part wait. Resolves with what each of the latter has added, MiB: `eachMiB` of resident
 * memory, `heapMiB` of it on the JavaScript heaps; and the worker's `rssMiB` at the end.
 */
export async function measureCached({ context, stack, size, label, start, executions, untilAsleep }) {
  const worker = await context.step(`starting the worker for ${label}`, start);
  const read = async () => {
    const heapsMiB = await worker.collectGarbage();
    return { rssMiB: worker.rssMiB(), heapMiB: heapsMiB.reduce((sum, heap) => sum + heap, 0) };
  };
  const sleep = async (part, note) => {
    await startSleepers({ context, stack, worker, executions: part, note });
    await untilAsleep(part);
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

/** The same of empty sleeping workflows. */
export async function measureEmpty({ context, stack, size, untilAsleep }) {
  const bundle = path.join(context.directory, 'anchor-bundle.js');
  await context.step("bundling the anchor's workflows", () => bundleAnchor(bundle));
  return measureCached({
    context,
    stack,
    size,
    label: 'empty workflows',
    start: () =>
      startBenchWorker({
        context,
        stack,
        name: 'anchor',
        bin: fileURLToPath(new URL('../anchor/worker.mjs', import.meta.url)),
        env: { ANCHOR_BUNDLE: bundle, ANCHOR_TASK_QUEUE: ANCHOR_QUEUE, ...CACHES_ALL },
        collectsGarbage: true,
      }),
    executions: range(size.warmUp + size.sleepers).map((index) => ({
      type: 'Sleeper',
      taskQueue: ANCHOR_QUEUE,
      workflowId: `anchor-${index}`,
      args: [STATE],
    })),
    untilAsleep,
  });
}

/** Resolves when each of the executions has nothing left to do but wait: no task, no activity; rejects for one that has ended. */
export async function untilParked(stack, { executions, signal }) {
  await inParallel({
    items: executions,
    concurrency: 20,
    signal,
    work: async ({ workflowId }) => {
      for (;;) {
        const { status, raw } = await stack.client.workflow.getHandle(workflowId).describe();
        if (status.name !== 'RUNNING') throw new Error(`${workflowId} is ${status.name} and does not wait`);
        if (!raw.pendingWorkflowTask && !raw.pendingActivities?.length) return;
        await pause(PARKED_EVERY_MS, undefined, { signal });
      }
    },
  });
}
