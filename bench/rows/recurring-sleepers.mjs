import { setTimeout as pause } from 'node:timers/promises';
import { addTemplates, checkAsleep, daysFromNow, startSleepers } from '../lib/recurring.mjs';
import { startBenchStack, startBenchWorker } from '../lib/stack.mjs';

// Thousands of templates that sleep: what they cost a worker that keeps 200 of them in memory.
export const name = 'recurring-sleepers';
export const goal = 'RSS <= 500 MiB, <= 1 % of a core';

const RSS_MIB_MAX = 500;
const CORE_PERCENT_MAX = 1;
const MAX_CACHED_WORKFLOWS = 200;
/** Half a minute after its last work V8 gives memory back, once: half a second of CPU that is not the sleepers'. */
const SETTLE_MS = 60_000;

export async function run(context) {
  const { quick, signal, step } = context;
  const size = quick
    ? { sleepers: 500, settleMs: 0, watchMs: 5_000 }
    : { sleepers: 10_000, settleMs: SETTLE_MS, watchMs: 30_000 };
  const stack = await startBenchStack(context);
  const worker = await step('starting the worker', () =>
    startBenchWorker({ context, stack, env: { MAX_CACHED_WORKFLOWS: String(MAX_CACHED_WORKFLOWS) } }),
  );
  await worker.untilIdle();
  const idleMiB = worker.rssMiB();
  const executions = await addTemplates(stack, {
    prefix: 'sleeper',
    count: size.sleepers,
    startDate: daysFromNow(90),
  });
  const beforeMs = worker.cpuMs();
  await step(`putting ${size.sleepers} templates to sleep`, (note) =>
    startSleepers({ context, stack, worker, executions, note }),
  );
  const startCpuMs = (worker.cpuMs() - beforeMs) / size.sleepers;
  const startedMiB = worker.rssMiB();
  await checkAsleep(stack, executions);
  await step('letting the worker settle', async () => {
    await worker.untilIdle();
    await pause(size.settleMs, undefined, { signal });
  });

  const { cpuMs, otherCores } = await step(`watching them sleep for ${size.watchMs / 1000} s`, async () => {
    const busy = context.busyMeter();
    const before = worker.cpuMs();
    await pause(size.watchMs, undefined, { signal });
    return { cpuMs: worker.cpuMs() - before, otherCores: busy.otherCores() };
  });
  const corePercent = (cpuMs / size.watchMs) * 100;
  const rssMiB = worker.rssMiB();
  return {
    ours: rssMiB,
    theirs: idleMiB,
    unit: 'MiB',
    anchor: 'the same worker before the first template',
    ratio: rssMiB / idleMiB,
    rssMiB,
    otherCores,
    ok: rssMiB <= RSS_MIB_MAX && corePercent <= CORE_PERCENT_MAX,
    notes: [
      `${size.sleepers} asleep, ${MAX_CACHED_WORKFLOWS} cached: ${corePercent.toFixed(2)} % of a core over ${size.watchMs / 1000} s`,
      `putting one to sleep took ${startCpuMs.toFixed(1)} ms of the worker's CPU; RSS right after the last ${Math.round(startedMiB)} MiB`,
    ],
  };
}
