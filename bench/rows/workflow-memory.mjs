import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CACHES_ALL, measureCached, measureEmpty, untilParked } from '../lib/cached-memory.mjs';
import { addAccounts } from '../lib/import.mjs';
import { range } from '../lib/numbers.mjs';
import { built, startBenchStack, startBenchWorker } from '../lib/stack.mjs';

// What the other workflows that can stay open for long cost in memory while they wait: an import that asks something, and a timeline
// run that is paused. recurring-memory has the templates; a budget's workflow ends with its report.
export const name = 'workflow-memory';
export const goal = 'ratio of the heaps <= 1.2';

const RATIO_MAX = 1.2;
const WAITING = {
  tracc: { label: 'imports that wait for an answer', make: waitingImports },
  timeline: { label: 'timeline runs that are paused', make: pausedRuns },
};

export async function run(context) {
  const size = context.quick ? { warmUp: 50, sleepers: 150 } : { warmUp: 200, sleepers: 1_000 };
  const results = [];
  for (const [tenant, { label, make }] of Object.entries(WAITING)) {
    const directory = path.join(context.directory, tenant);
    await mkdir(directory);
    const own = { ...context, directory };
    const stack = await startBenchStack(own, { tenant });
    const common = {
      context: own,
      stack,
      size,
      untilAsleep: (executions) => untilParked(stack, { executions, signal: context.signal }),
    };
    const empty = await measureEmpty(common);
    const waiting = await measureCached({
      ...common,
      label,
      start: () => startBenchWorker({ context: own, stack, name: tenant, env: CACHES_ALL, collectsGarbage: true }),
      executions: await make(stack, size.warmUp + size.sleepers),
    });
    results.push({ label, waiting, empty, ratio: waiting.heapMiB / empty.heapMiB });
  }
  // The larger one is the row's.
  const [worst] = results.toSorted((a, b) => b.ratio - a.ratio);
  return {
    ours: worst.waiting.heapMiB,
    theirs: worst.empty.heapMiB,
    unit: 'MiB each',
    anchor: 'an empty sleeping workflow',
    ratio: worst.ratio,
    rssMiB: worst.waiting.rssMiB,
    ok: worst.ratio <= RATIO_MAX,
    notes: [
      ...results.map(
        ({ label, waiting, empty, ratio }) =>
          `${label}: ${waiting.heapMiB.toFixed(3)} MiB on the JavaScript heaps to ${empty.heapMiB.toFixed(3)}, ratio ${ratio.toFixed(2)}; ` +
          `of RSS ${waiting.eachMiB.toFixed(3)} MiB to ${empty.eachMiB.toFixed(3)}`,
      ),
      `gained by ${size.sleepers} more, cached, after ${size.warmUp} to warm up; before each reading three full collections in every thread`,
    ],
  };
}

/** Imports of a file of which nobody can tell whether its dates begin with the day or the month. */
async function waitingImports(stack, count) {
  const { TASK_QUEUE, WORKFLOW_TYPES } = built('tracc', 'contract.js');
  const csv = `Date,Amount,Description\n${range(12)
    .map((n) => `0${1 + (n % 9)}/0${1 + (n % 5)}/2025,-${n + 1}.50,purchase number ${n}\n`)
    .join('')}`;
  const { IMPORT_DIR } = stack.environment;
  await mkdir(IMPORT_DIR, { recursive: true });
  await writeFile(path.join(IMPORT_DIR, 'ambiguous.csv'), csv);
  await addAccounts(stack, ['main']);
  const source = {
    ref: 'file:ambiguous.csv',
    sha256: createHash('sha256').update(csv).digest('hex'),
    bytes: Buffer.byteLength(csv),
    filename: 'ambiguous.csv',
  };
  return range(count).map((index) => ({
    type: WORKFLOW_TYPES.dataImport,
    taskQueue: TASK_QUEUE,
    workflowId: `tracc/import/waiting-${index}`,
    args: [{ importId: `waiting-${index}`, userId: 'bench', accountId: 'main', source }],
  }));
}

/** Runs that are told to pause before they begin, and do so once they have read their source. */
async function pausedRuns(_stack, count) {
  const { GENERATION_HANDLERS, TASK_QUEUE, WORKFLOW_TYPES, generationWorkflowId } = built('timeline', 'contract.js');
  return range(count).map((index) => {
    const request = { timelineId: `paused-${index}`, requestId: 'r1' };
    const text = 'On 4 May 1803 the bridge of the town was opened.';
    return {
      type: WORKFLOW_TYPES.aiTimelineGeneration,
      taskQueue: TASK_QUEUE,
      workflowId: generationWorkflowId(request),
      signal: GENERATION_HANDLERS.pause,
      args: [
        {
          ...request,
          topic: 'A town',
          sources: [{ sourceId: 'chronicle', title: 'Chronicle', tier: 1, kind: 'text', text }],
        },
      ],
    };
  });
}
