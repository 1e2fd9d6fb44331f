import { inParallel } from '../lib/numbers.mjs';
import { addTemplates, daysFromNow, startSleepers, timersOf } from '../lib/recurring.mjs';
import { startBenchStack, startBenchWorker } from '../lib/stack.mjs';

// Templates that are due at one minute: whether they fall on the servers at once, from when their timers fire.
export const name = 'recurring-herd';
export const goal = 'spread >= 50 s, <= 10 % in a second';

const JITTER_S = 60;
const SPREAD_S_MIN = 50;
const SHARE_MAX = 0.1;

export async function run(context) {
  const { quick, signal, step } = context;
  const count = quick ? 200 : 1_000;
  const stack = await startBenchStack(context);
  const worker = await step('starting the worker', () => startBenchWorker({ context, stack }));
  const executions = await addTemplates(stack, { prefix: 'herd', count, startDate: daysFromNow(90) });
  await step(`putting ${count} templates to sleep`, (note) =>
    startSleepers({ context, stack, worker, executions, note }),
  );
  const firesAtMs = [];
  await step('reading when they will wake', () =>
    inParallel({
      items: executions,
      concurrency: 20,
      signal,
      work: async (execution) => {
        const timer = (await timersOf(stack, execution)).at(-1);
        if (!timer) throw new Error(`${execution.workflowId} has no timer`);
        firesAtMs.push(timer.firesAtMs);
      },
    }),
  );

  const spreadS = (Math.max(...firesAtMs) - Math.min(...firesAtMs)) / 1000;
  const perSecond = new Map();
  for (const atMs of firesAtMs) {
    const second = Math.floor(atMs / 1000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  const share = Math.max(...perSecond.values()) / count;
  return {
    ours: spreadS,
    theirs: JITTER_S,
    unit: 's',
    anchor: 'the window of the jitter',
    ratio: spreadS / JITTER_S,
    rssMiB: worker.rssMiB(),
    // No further apart than the window: they are still due at that minute.
    ok: spreadS >= SPREAD_S_MIN && spreadS <= JITTER_S + 5 && share <= SHARE_MAX,
    notes: [
      `${count} templates in ${perSecond.size} different seconds, ${(share * 100).toFixed(1)} % of them in the fullest`,
    ],
  };
}
