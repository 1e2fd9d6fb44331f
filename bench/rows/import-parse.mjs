import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeBankFiles } from '../lib/import.mjs';
import { median } from '../lib/numbers.mjs';

// From the bytes of a bank's CSV to validated rows with exact dates and amounts, against uDSV, from the same bytes to all rows as
// texts in memory. How uDSV does that keeps no row is told beside it.
export const name = 'import-parse';
export const goal = '>= 0.9 x uDSV parsing alone, all rows kept in memory (rows per CPU second)';

const RATIO_MIN = 0.9;
const CHILD = fileURLToPath(new URL('../anchor/parse-alone.mjs', import.meta.url));

export async function run({ quick, step, signal, directory }) {
  const rows = quick ? 300_000 : 1_000_000;
  const rounds = quick ? 3 : 5;
  const { csv } = await step(`writing ${rows} rows`, () =>
    writeBankFiles({ directory, name: 'parse', rows, account: 'main', table: false }),
  );
  const { stdout } = await step(`${rounds} rounds`, () =>
    promisify(execFile)(process.execPath, [CHILD, csv, String(rows), String(rounds)], { signal }),
  );
  const pairs = JSON.parse(stdout);
  for (const { oursRows, theirsRows, streamedRows } of pairs)
    if ([oursRows, theirsRows, streamedRows].some((count) => count !== rows))
      throw new Error(`ours read ${oursRows} and uDSV ${theirsRows} and ${streamedRows} of ${rows} rows`);
  const ratio = median(pairs.map(({ ours, theirs }) => theirs / ours));
  const streaming = median(pairs.map(({ ours, streamed }) => streamed / ours));
  return {
    ours: rows / median(pairs.map(({ ours }) => ours)),
    anchor: 'uDSV, all rows kept in memory',
    unit: 'rows/CPU s',
    theirs: rows / median(pairs.map(({ theirs }) => theirs)),
    ratio,
    ok: ratio >= RATIO_MIN,
    notes: [
      `${rows} rows, CPU seconds: ${pairs.map(({ ours, theirs }) => `${ours.toFixed(2)} to ${theirs.toFixed(2)}`).join(', ')}`,
      `ratio to uDSV that streams, keeps no row and leaves the cells in the text of their piece: ${streaming.toFixed(2)}`,
    ],
  };
}
