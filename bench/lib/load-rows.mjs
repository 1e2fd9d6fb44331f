import { readdir } from 'node:fs/promises';

const FOLDER = new URL('../rows/', import.meta.url);

/**
 * Every row of bench/rows, by file name. A row is a file that exports
 * - `name`: as it is called on the command line,
 * - `goal`: a text such as `ratio <= 1.2`,
 * - `run(context)`: measures, and resolves with `{ours, theirs, unit, anchor, ratio, rssMiB, ok, notes}`; see run-row.mjs.
 * Rows load what has to be built first inside `run`: a bare clone has nothing installed when this is called.
 */
export async function loadRows() {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.mjs')).sort();
  return Promise.all(files.map((file) => import(new URL(file, FOLDER).href)));
}
