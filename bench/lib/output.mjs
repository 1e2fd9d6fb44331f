import { BUSY_CORES } from './run-row.mjs';
import { rounded } from './numbers.mjs';

/** The object that `--json` prints. A figure that is not known is null. */
export function jsonOf(results) {
  const figure = (value) => (value === undefined ? null : rounded(value));
  return {
    rows: results.map(({ name, ours, anchor, theirs, ratio, goal, rssMiB, ok }) => ({
      name,
      ours: figure(ours),
      anchor: anchor ?? null,
      theirs: figure(theirs),
      ratio: figure(ratio),
      goal,
      rssMiB: figure(rssMiB),
      ok,
    })),
  };
}

/** The table for people, on standard output, and below it what each row has to say. */
export function printTable(results, { quick }) {
  const header = ['name', 'ours', 'anchor', 'ratio', 'goal', 'RSS', 'ok', 'other work'];
  const lines = results.map((row) => [
    row.name,
    amount(row.ours, row.unit),
    row.anchor === undefined ? 'n/a' : `${amount(row.theirs, row.unit)} (${row.anchor})`,
    amount(row.ratio),
    row.goal,
    amount(row.rssMiB, 'MiB'),
    row.ok ? 'yes' : 'NO',
    row.otherCores === undefined ? 'n/a' : `${row.otherCores.toFixed(2)} cores`,
  ]);
  const widths = header.map((title, column) => Math.max(...[header, ...lines].map((line) => line[column].length)));
  const print = (line) =>
    process.stdout.write(
      `${line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd()}\n`,
    );
  print(header);
  print(widths.map((width) => '-'.repeat(width)));
  lines.forEach(print);
  for (const { name, notes = [] } of results) for (const note of notes) process.stdout.write(`${name}: ${note}\n`);
  if (quick) process.stdout.write('Quick sizes: to try a row out, not to judge by.\n');
  if (results.some(({ otherCores }) => otherCores > BUSY_CORES)) {
    process.stdout.write(
      `The machine had other work (over ${BUSY_CORES} cores): ratios of wall times give way to those of CPU time.\n`,
    );
  }
}

function amount(value, unit) {
  if (value === undefined) return 'n/a';
  const text = Math.abs(value) >= 1000 ? String(Math.round(value)) : String(rounded(value));
  return unit ? `${text} ${unit}` : text;
}
