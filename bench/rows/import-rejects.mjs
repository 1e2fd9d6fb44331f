import { addAccounts, copyFile, importFile, openImportBench, stepsText, writeBankFiles } from '../lib/import.mjs';
import { measurePairs, pairsText } from '../lib/pairs.mjs';

// A bank's CSV in which each hundredth amount cannot be read, with its reject file, against psql copying the good rows alone.
export const name = 'import-rejects';
export const goal = '>= 0.75 x psql \\copy of the good rows';

const RATIO_MIN = 0.75;

export async function run(context) {
  const rows = context.quick ? 200_000 : 1_000_000;
  const bad = rows / 100;
  const { stack, worker, files } = await openImportBench(context);
  await addAccounts(stack, ['main']);

  let last;
  const { pairs, ours, theirs, ratio, otherCores, note } = await measurePairs({
    ...context,
    rounds: context.quick ? 3 : 5,
    prepare: (round) =>
      writeBankFiles({
        directory: files,
        name: `rejects-${round}`,
        rows,
        account: 'main',
        first: round * rows,
        isBad: (n) => n % 100 === 42,
      }),
    before: () => stack.query('truncate transactions'),
    ours: async ({ source }) => {
      last = await worker.watch(() => importFile(stack, { account: 'main', source }));
      const { imported, errors, errorReportRef } = last.result;
      if (imported !== rows - bad || errors !== bad || !errorReportRef)
        throw new Error(`imported ${imported} and refused ${errors} of ${rows} rows, of which ${bad} are bad`);
      return last.seconds;
    },
    theirs: ({ table }) => copyFile(stack, { table }),
    after: ({ remove }) => remove(),
  });
  return {
    ours: rows / ours,
    anchor: 'psql \\copy of the good rows',
    unit: 'rows/s',
    theirs: rows / theirs,
    ratio,
    otherCores,
    rssMiB: worker.peakMiB(),
    ok: ratio >= RATIO_MIN,
    notes: [
      `${rows} rows, ${bad} of them bad, ${pairsText(pairs)}`,
      note,
      `steps of the last one: ${stepsText(last.steps)}`,
    ],
  };
}
