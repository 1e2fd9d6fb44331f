import {
  TABLE_COLUMNS,
  addAccounts,
  copyFile,
  importFile,
  openImportBench,
  stepsText,
  writeBankFiles,
} from '../lib/import.mjs';
import { measurePairs, pairsText } from '../lib/pairs.mjs';

// A file of which all rows, or each hundredth row, are there already, against what one would do with psql: COPY to a temporary
// table and INSERT … ON CONFLICT DO NOTHING from it. Both find as many rows of theirs in the same table.
export const name = 'import-duplicates';
export const goal = '>= 0.80 x psql COPY to a temporary table and INSERT … ON CONFLICT, all rows and 1 %';

const RATIO_MIN = 0.8;
const CASES = [
  { name: 'all rows', every: 1 },
  { name: '1 %', every: 100 },
];

export async function run(context) {
  const rows = context.quick ? 200_000 : 1_000_000;
  const { stack, worker, files } = await openImportBench(context);
  await addAccounts(stack, ['ours', 'theirs']);

  const measured = [];
  for (const { name: share, every } of CASES) {
    let last;
    const known = rows / every;
    const file = { directory: files, rows };
    const write = (account, more) =>
      writeBankFiles({ ...file, name: `${account}-${more.every ?? 'all'}`, account, ...more });
    const [ours, theirs, oursKnown, theirsKnown] = await context.step(`writing ${rows} rows`, () =>
      Promise.all([write('ours', {}), write('theirs', {}), write('ours', { every }), write('theirs', { every })]),
    );
    /** The known rows of both, and no others: in the table and in its indexes. */
    const fill = async () => {
      await stack.query('truncate transactions');
      await importFile(stack, { account: 'ours', source: oursKnown.source, more: { force: true } });
      await copyFile(stack, { table: theirsKnown.table });
    };
    const changesNothing = known === rows;
    const figures = await measurePairs({
      ...context,
      rounds: context.quick ? 3 : 5,
      prepare: async (round) => {
        if (changesNothing && round === 0) await fill();
      },
      before: async () => {
        // The second of a pair must not find the rows of the first one.
        if (!changesNothing) await fill();
        await stack.query('vacuum (analyze) transactions');
      },
      ours: async () => {
        // The same rows under another name; with `every` 1 it is the same file, which would otherwise be known as a whole.
        last = await worker.watch(() =>
          importFile(stack, { account: 'ours', source: ours.source, more: { force: true } }),
        );
        const { duplicates, imported } = last.result;
        if (duplicates !== known || imported !== rows - known)
          throw new Error(`${imported} rows imported and ${duplicates} known, of ${rows} with ${known}`);
        return last.seconds;
      },
      theirs: () =>
        copyFile(stack, {
          table: theirs.table,
          before: [
            'begin',
            `create temporary table waiting on commit drop as select ${TABLE_COLUMNS} from transactions with no data`,
          ],
          into: `waiting (${TABLE_COLUMNS})`,
          after: [
            `insert into transactions (${TABLE_COLUMNS}) select ${TABLE_COLUMNS} from waiting
             on conflict (user_id, account_id, external_key) do nothing`,
            'commit',
          ],
        }),
      after: async () => undefined,
    });
    measured.push({ share, ...figures, steps: last.steps });
  }
  const worst = measured.reduce((a, b) => (a.ratio <= b.ratio ? a : b));
  return {
    ours: rows / worst.ours,
    anchor: 'psql COPY, INSERT … ON CONFLICT',
    unit: 'rows/s',
    theirs: rows / worst.theirs,
    ratio: worst.ratio,
    otherCores: worst.otherCores,
    rssMiB: worker.peakMiB(),
    ok: worst.ratio >= RATIO_MIN,
    notes: measured.map(
      ({ share, ratio, pairs, note, steps }) =>
        `${share} of ${rows} known: ratio ${ratio.toFixed(2)}, ${pairsText(pairs)}, ${note}; steps of the last one: ${stepsText(steps)}`,
    ),
  };
}
