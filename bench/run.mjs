// npm run bench: measures this product against an anchor in the same run, and prints ratios. It reports, it does not fail:
// the exit code is 1 only when a row could not be measured.
//   -- <name…>   only these rows
//   -- --json    one JSON object on standard output, everything else on standard error
//   -- --quick   smaller sizes, for trying a row out: not the figures to publish
import { ensureBuilt, ensureInstalled } from '../scripts/lib/bootstrap.mjs';
import { createStatus } from '../scripts/lib/status.mjs';
import { loadRows } from './lib/load-rows.mjs';
import { jsonOf, printTable } from './lib/output.mjs';
import { runRow } from './lib/run-row.mjs';

const args = process.argv.slice(2);
const options = new Set(args.filter((arg) => arg.startsWith('-')));
const names = args.filter((arg) => !arg.startsWith('-'));
const json = options.has('--json');
const quick = options.has('--quick');

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  // The second one does not wait: servers and workers end with this process in any case.
  process.on(signal, () => {
    if (interrupted.signal.aborted) process.exit(130);
    interrupted.abort(new Error('interrupted'));
  });
}

const status = createStatus();
try {
  const rows = await loadRows();
  const chosen = choose(rows);
  status.line(`bench: ${chosen.map(({ name }) => name).join(', ')}${quick ? ' (quick: small sizes)' : ''}`);
  await ensureInstalled(status);
  await ensureBuilt(status);
  const results = [];
  for (const row of chosen) results.push(await runRow({ row, status, quick, signal: interrupted.signal }));
  status.stop();
  if (json) process.stdout.write(`${JSON.stringify(jsonOf(results))}\n`);
  else printTable(results, { quick });
  if (results.some(({ error }) => error)) process.exitCode = 1;
} catch (error) {
  status.line(`bench: ${error.message}`);
  process.exitCode = 1;
}
status.stop();
if (interrupted.signal.aborted) process.exitCode = 130;
// The SDK's runtime, where a row has loaded it into this process, has threads that would keep it alive.
process.stdout.write('', () => process.exit());

function choose(rows) {
  const known = rows.map(({ name }) => name).join(', ');
  const unknown = [
    ...[...options].filter((option) => !['--json', '--quick'].includes(option)),
    ...names.filter((name) => !rows.some((row) => row.name === name)),
  ];
  if (unknown.length > 0) {
    throw new Error(`there is no ${unknown.join(', ')}; there are --json, --quick and the rows ${known}`);
  }
  return names.length === 0 ? rows : rows.filter(({ name }) => names.includes(name));
}
