import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { median, range } from '../lib/numbers.mjs';
import { BUSY_CORES } from '../lib/run-row.mjs';
import { built, startBenchStack } from '../lib/stack.mjs';
import { bareCommand, productCommand, startWorkerProcess } from '../lib/worker-process.mjs';

// From the start of the process to its first poll: `tracc worker start` and `timeline worker start` against a bare worker with the
// same bundle file and activities of the same names.
export const name = 'worker-start';
export const goal = 'ratio <= 1.15; busy: the same of CPU time';

const RATIO_MAX = 1.15;
const TENANTS = ['tracc', 'timeline'];
const BARE_QUEUE = 'bench-bare';

export async function run(context) {
  const rounds = context.quick ? 3 : 9;
  const results = [];
  for (const tenant of TENANTS) results.push(await measureTenant(context, { tenant, rounds }));
  // The slower one is the row's.
  const [worst] = results.toSorted((a, b) => b.ratio - a.ratio);
  return {
    ours: worst.ours.seconds,
    theirs: worst.theirs.seconds,
    unit: 's',
    anchor: 'a bare SDK worker, the same bundle',
    ratio: worst.ratio,
    rssMiB: worst.rssMiB,
    otherCores: worst.otherCores,
    ok: worst.ratio <= RATIO_MAX,
    notes: results
      .map(
        ({ tenant, ours, theirs, wallRatio, cpuRatio, byCpu }) =>
          `${tenant}: ${ours.seconds.toFixed(2)} s to ${theirs.seconds.toFixed(2)} s, median of ${rounds} pairs, wall ratio ${wallRatio.toFixed(2)}; ` +
          `CPU until the poll ${Math.round(ours.cpuMs)} ms to ${Math.round(theirs.cpuMs)} ms, ratio ${cpuRatio.toFixed(2)}; judged by ${byCpu ? 'CPU time, the machine had other work' : 'wall time'}`,
      )
      .concat(
        'it polls when the server lists a poller of that process; ours has by then looked at its database, its migrations and its search attributes',
      ),
  };
}

async function measureTenant(context, { tenant, rounds }) {
  const { signal, step } = context;
  const directory = path.join(context.directory, tenant);
  await mkdir(directory);
  const stack = await startBenchStack({ ...context, directory }, { tenant });
  const { TASK_QUEUE } = built(tenant, 'contract.js');
  const { FILES } = built(tenant, 'config.js');
  const { createActivities } = built(tenant, 'activities/index.js');
  const env = { BARE_ACTIVITY_NAMES: Object.keys(createActivities({})).join(',') };
  let rssMiB;
  const sides = {
    ours: async () => startOnce({ taskQueue: TASK_QUEUE, command: await productCommand(tenant) }),
    theirs: async () =>
      startOnce({
        taskQueue: BARE_QUEUE,
        command: bareCommand({ bundle: FILES.bundle, taskQueue: BARE_QUEUE, activities: 'empty-activities.cjs', env }),
      }),
  };
  const startOnce = async (options) => {
    const worker = await startWorkerProcess({ context, stack, ...options });
    rssMiB = worker.rssMiB();
    await worker.stop();
    return worker.pollsAfter;
  };
  // Once each before it counts, so that both find their files in memory.
  await step(`${tenant}: starting both once`, async () => {
    await sides.theirs();
    await sides.ours();
  });
  const busy = context.busyMeter();
  const pairs = await step(`${tenant}: starting both ${rounds} times`, async (note) => {
    const measured = [];
    for (const round of range(rounds)) {
      signal.throwIfAborted();
      const pair = {};
      for (const side of round % 2 === 0 ? ['ours', 'theirs'] : ['theirs', 'ours']) pair[side] = await sides[side]();
      measured.push(pair);
      note(`${round + 1} of ${rounds}`);
    }
    return measured;
  });
  const otherCores = busy.otherCores();
  const of = (side) => ({
    seconds: median(pairs.map((pair) => pair[side].seconds)),
    cpuMs: median(pairs.map((pair) => pair[side].cpuMs)),
  });
  const ratioOf = (figure) => median(pairs.map(({ ours, theirs }) => ours[figure] / theirs[figure]));
  const [wallRatio, cpuRatio] = [ratioOf('seconds'), ratioOf('cpuMs')];
  const byCpu = otherCores > BUSY_CORES;
  return {
    tenant,
    ours: of('ours'),
    theirs: of('theirs'),
    wallRatio,
    cpuRatio,
    byCpu,
    ratio: byCpu ? cpuRatio : wallRatio,
    rssMiB,
    otherCores,
  };
}
