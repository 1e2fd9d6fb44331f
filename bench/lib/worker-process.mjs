// Worker processes, ours and bare ones, started in the same way and watched from outside: neither has a say in when it polls.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../scripts/lib/local-stack.mjs';
import { cpuMsOf, ownCpuMs, rssMiBOf, untilIdle } from './machine.mjs';
import { binOf } from './stack.mjs';

const START_BOUND_MS = 60_000;
/** Between two questions to the server, which take about as long. */
const ASK_EVERY_MS = 4;
/** temporal.api.enums.v1.TaskQueueType */
const WORKFLOW_QUEUE = 1;

const ANCHOR = (file) => fileURLToPath(new URL(`../anchor/${file}`, import.meta.url));

/** `tracc worker start`, or another tenant's: `{args, env}` for {@link startWorkerProcess}. */
export async function productCommand(tenant) {
  return { args: [binOf(tenant), 'worker', 'start'], env: { PROBE_PORT: String(await freePort()) } };
}

/**
 * A worker of the bare SDK on a bundle. `activities` is a file of bench/anchor; `tuned` gives it the product's numbers of pollers and
 * places beside those that are named there.
 */
export function bareCommand({ bundle, taskQueue, activities, tuned, env }) {
  return {
    args: [ANCHOR('bare-worker.cjs')],
    env: {
      BARE_BUNDLE: bundle,
      BARE_TASK_QUEUE: taskQueue,
      BARE_ACTIVITIES: ANCHOR(activities),
      ...(tuned ? { BARE_TUNED: JSON.stringify(tuned) } : {}),
      ...env,
    },
  };
}

/**
 * Starts a worker, with memory as the image has it, and resolves once the server knows of a poll of this process for workflow tasks.
 * Resolves with
 * - `pollsAfter`: `{seconds, cpuMs}` from the start of the process until then,
 * - `cpuMs()`: processor time, that of processes it has started included; `rssMiB()`, `untilIdle()`,
 * - `stop()`: SIGTERM; resolves when it has ended.
 */
export async function startWorkerProcess({ context, stack, taskQueue, command: { args, env } }) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['--max-semi-space-size=8', ...args], {
    env: { MALLOC_ARENA_MAX: '2', ...process.env, ...stack.environment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (tail = (tail + chunk).slice(-4000)));
  const ended = once(child, 'exit');
  const { pid } = child;
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  context.onClose(stop);
  while (!(await polls(stack, { taskQueue, pid }))) {
    if (child.exitCode !== null) throw new Error(`the worker ended while it started:\n${tail.trim()}`);
    if (performance.now() - startedAt > START_BOUND_MS)
      throw new Error(`the worker did not poll ${taskQueue} within ${START_BOUND_MS / 1000} s:\n${tail.trim()}`);
    await pause(ASK_EVERY_MS, undefined, { signal: context.signal });
  }
  return {
    pollsAfter: { seconds: (performance.now() - startedAt) / 1000, cpuMs: cpuMsOf(pid) },
    cpuMs: () => ownCpuMs(pid) ?? cpuMsOf(pid),
    rssMiB: () => rssMiBOf(pid),
    untilIdle: async () => untilIdle(pid, context),
    stop,
  };
}

/** Both sides' identities begin with their process id, as the SDK's own do. */
async function polls({ client }, { taskQueue, pid }) {
  const { pollers } = await client.connection.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: WORKFLOW_QUEUE,
  });
  return pollers.some(({ identity }) => identity.startsWith(`${pid}@`));
}
