import { addAccounts, importFile, openImportBench, writeBankFiles } from '../lib/import.mjs';
import { median, range } from '../lib/numbers.mjs';

// A file of 50 rows, imported while the same worker is at a large one, against the same on an idle worker.
export const name = 'import-small-beside';
export const goal = 'done in < 10 s beside a large one';

const SECONDS_MAX = 10;
const SMALL_ROWS = 50;

export async function run(context) {
  const rows = context.quick ? 300_000 : 1_000_000;
  const count = context.quick ? 3 : 5;
  const { stack, worker, files } = await openImportBench(context);
  await addAccounts(stack, ['small', 'large']);
  const importSmall = async (number) => {
    const written = await writeBankFiles({
      directory: files,
      name: `small-${number}`,
      rows: SMALL_ROWS,
      first: number * SMALL_ROWS,
      account: 'small',
      table: false,
    });
    const { result, seconds } = await importFile(stack, { account: 'small', source: written.source });
    if (result.imported !== SMALL_ROWS) throw new Error(`imported ${result.imported} of ${SMALL_ROWS} rows`);
    return seconds;
  };
  const inTurn = async (from) => {
    const seconds = [];
    for (const number of range(count)) seconds.push(await importSmall(from + number));
    return seconds;
  };
  const alone = await context.step('small imports alone', () => inTurn(0));
  const { source } = await context.step(`writing ${rows} rows`, () =>
    writeBankFiles({ directory: files, name: 'large', rows, account: 'large', table: false }),
  );
  const large = { ended: false };
  const importing = worker
    .watch(() => importFile(stack, { account: 'large', source }))
    .finally(() => (large.ended = true));
  // Heard below.
  importing.catch(() => undefined);
  const beside = await context.step('small imports beside a large one', () => inTurn(count));
  const endedEarly = large.ended;
  // One that has failed rejects here, with its own reason.
  const { result } = await context.step('ending the large import', () => importing);
  if (endedEarly) throw new Error('the large import ended before the small ones; the machine is too fast for its size');
  if (result.imported !== rows) throw new Error(`imported ${result.imported} of ${rows} rows`);
  const [ours, theirs] = [Math.max(...beside), median(alone)];
  return {
    ours,
    anchor: 'the same alone',
    unit: 's',
    theirs,
    ratio: theirs / ours,
    rssMiB: worker.peakMiB(),
    ok: ours < SECONDS_MAX,
    notes: [`${SMALL_ROWS} rows alone: ${secondsText(alone)}; beside ${rows} rows: ${secondsText(beside)}`],
  };
}

function secondsText(all) {
  return all.map((seconds) => `${seconds.toFixed(1)} s`).join(', ');
}
