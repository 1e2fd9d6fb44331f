import { setTimeout as pause } from 'node:timers/promises';
import { addAccounts, importFile, openImportBench, writeBankFiles } from '../lib/import.mjs';

// How late the worker's event loop is while it imports, and whether its probe answers: a worker that is late to its heartbeats
// or its probes is taken for dead.
export const name = 'import-event-loop';
export const goal = 'p99 delay < 200 ms while importing, /livez always answers';

const P99_MAX_MS = 200;
const PROBE_EVERY_MS = 100;
/** What a probe of an orchestrator usually waits. */
const PROBE_TIMEOUT_MS = 1000;

export async function run(context) {
  const rows = context.quick ? 200_000 : 1_000_000;
  const { stack, files, startWorker } = await openImportBench(context, { worker: false });
  await addAccounts(stack, ['main']);
  const worker = await startWorker({ watchesEventLoop: true });
  const { source } = await context.step(`writing ${rows} rows`, () =>
    writeBankFiles({ directory: files, name: 'loop', rows, account: 'main', table: false }),
  );

  const probes = { answered: 0, missed: 0, slowestMs: 0 };
  const done = new AbortController();
  const probing = (async () => {
    while (!done.signal.aborted) {
      const startedAt = performance.now();
      try {
        const { ok } = await fetch(`${worker.probeUrl}/livez`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
        probes[ok ? 'answered' : 'missed'] += 1;
      } catch {
        probes.missed += 1;
      }
      probes.slowestMs = Math.max(probes.slowestMs, performance.now() - startedAt);
      await pause(PROBE_EVERY_MS);
    }
  })();
  let importing;
  let delays;
  try {
    // What came before does not count.
    await worker.eventLoop();
    importing = await context.step(`importing ${rows} rows`, () =>
      worker.watch(() => importFile(stack, { account: 'main', source })),
    );
    delays = await worker.eventLoop();
  } finally {
    done.abort();
    await probing;
  }
  const { result, seconds } = importing;
  const { p99Ms, maxMs } = delays;
  if (result.imported !== rows) throw new Error(`imported ${result.imported} of ${rows} rows`);
  return {
    ours: p99Ms,
    anchor: 'limit',
    unit: 'ms',
    theirs: P99_MAX_MS,
    ratio: p99Ms / P99_MAX_MS,
    rssMiB: worker.peakMiB(),
    ok: p99Ms < P99_MAX_MS && probes.missed === 0,
    notes: [
      `${rows} rows in ${seconds.toFixed(1)} s: delay p99 ${p99Ms.toFixed(0)} ms, at most ${maxMs.toFixed(0)} ms`,
      `/livez: ${probes.answered} answers, ${probes.missed} missed, the slowest after ${probes.slowestMs.toFixed(0)} ms`,
    ],
  };
}
