import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { addAccounts, copyFile, importFile, writeBankFiles } from '../lib/import.mjs';
import { median, range } from '../lib/numbers.mjs';
import { startBenchStack, startBenchWorker } from '../lib/stack.mjs';

// A bank's CSV of new rows, from the start of its workflow to the result, against psql copying the same columns of the same rows
// into the same table with its indexes.
export const name = 'import-fresh-1m';
export const goal = '>= 0.80 x psql \\copy; <= 50 events, <= 20 kB of history';

const RATIO_MIN = 0.8;

export async function run(context) {
  const { quick, step, signal, directory } = context;
  const rows = quick ? 300_000 : 1_000_000;
  const rounds = quick ? 3 : 5;
  const stack = await startBenchStack(context, { durable: true });
  const files = path.join(directory, 'imports');
  await mkdir(files, { recursive: true });
  const worker = await startBenchWorker({ context, stack });
  const idleMiB = worker.rssMiB();
  await addAccounts(stack, ['main']);

  let peakMiB = 0;
  let last;
  const pairs = [];
  for (const round of range(rounds)) {
    signal.throwIfAborted();
    const written = await step(`writing ${rows} rows`, () =>
      writeBankFiles({ directory: files, name: `fresh-${round}`, rows, account: 'main', first: round * rows }),
    );
    const empty = () => stack.query('truncate transactions');
    const ours = async () => {
      const watch = setInterval(() => (peakMiB = Math.max(peakMiB, worker.rssMiB())), 100);
      try {
        last = await importFile(stack, { importId: `fresh-${round}`, account: 'main', source: written.source });
        if (last.result.imported !== rows) throw new Error(`imported ${last.result.imported} of ${rows} rows`);
        return last.seconds;
      } finally {
        clearInterval(watch);
      }
    };
    const theirs = async () => copyFile(stack, { table: written.table });
    const measured = await step(`round ${round + 1} of ${rounds}`, async () => {
      const order = round % 2 === 0 ? [ours, theirs] : [theirs, ours];
      const times = [];
      for (const one of order) {
        await empty();
        times.push(await one());
      }
      return round % 2 === 0 ? { ours: times[0], theirs: times[1] } : { ours: times[1], theirs: times[0] };
    });
    pairs.push(measured);
    await Promise.all([written.csv, written.table].map((file) => rm(file)));
  }
  const ratio = median(pairs.map(({ ours, theirs }) => theirs / ours));
  const perSecond = (seconds) => Math.round(rows / seconds);
  const { historyLength, historyBytes, result } = last;
  return {
    ours: perSecond(median(pairs.map(({ ours }) => ours))),
    anchor: 'psql \\copy',
    unit: 'rows/s',
    theirs: perSecond(median(pairs.map(({ theirs }) => theirs))),
    ratio,
    rssMiB: peakMiB,
    ok: ratio >= RATIO_MIN && historyLength <= 50 && historyBytes <= 20_000,
    notes: [
      `${rows} rows, ${rounds} pairs: ${pairs.map(({ ours, theirs }) => `${ours.toFixed(1)} s to ${theirs.toFixed(1)} s`).join(', ')}`,
      `history ${historyLength} events, ${historyBytes} bytes; loaded by ${result.loadedBy}`,
      `worker ${Math.round(idleMiB)} MiB idle, ${Math.round(peakMiB)} MiB at its peak`,
    ],
  };
}
