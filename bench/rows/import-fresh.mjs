import { addAccounts, copyFile, importFile, openImportBench, stepsText, writeBankFiles } from '../lib/import.mjs';
import { measurePairs, pairsText } from '../lib/pairs.mjs';

// A bank's CSV of new rows, from the start of its workflow to the result, against psql copying the same columns of the same rows
// into the same table with its indexes.
export const name = 'import-fresh-1m';
export const goal = '>= 0.80 x psql \\copy; <= 50 events, <= 20 kB of history';

const RATIO_MIN = 0.8;

export async function run(context) {
  const rows = context.quick ? 300_000 : 1_000_000;
  const { stack, worker, files } = await openImportBench(context);
  await addAccounts(stack, ['main']);

  let last;
  const { pairs, ours, theirs, ratio, otherCores, note } = await measurePairs({
    ...context,
    rounds: context.quick ? 3 : 5,
    prepare: (round) =>
      writeBankFiles({ directory: files, name: `fresh-${round}`, rows, account: 'main', first: round * rows }),
    before: () => stack.query('truncate transactions'),
    ours: async ({ source }) => {
      last = await worker.watch(() => importFile(stack, { account: 'main', source }));
      if (last.result.imported !== rows) throw new Error(`imported ${last.result.imported} of ${rows} rows`);
      return last.seconds;
    },
    theirs: ({ table }) => copyFile(stack, { table }),
    after: ({ remove }) => remove(),
  });
  const { historyLength, historyBytes, result, steps } = last;
  return {
    ours: rows / ours,
    anchor: 'psql \\copy',
    unit: 'rows/s',
    theirs: rows / theirs,
    ratio,
    otherCores,
    rssMiB: worker.peakMiB(),
    ok: ratio >= RATIO_MIN && historyLength <= 50 && historyBytes <= 20_000,
    notes: [
      `${rows} rows, ${pairsText(pairs)}`,
      note,
      `history ${historyLength} events, ${historyBytes} bytes; loaded by ${result.loadedBy}`,
      `steps of the last one: ${stepsText(steps)}`,
      `worker ${Math.round(worker.idleMiB)} MiB idle, ${Math.round(worker.peakMiB())} MiB at its peak`,
    ],
  };
}
