// npm run demo: all four workflows on the sample data, on real servers that it starts and stops itself.
//   -- --json   prints one JSON object last
//   -- --keep   leaves everything up until Ctrl-C
import { ensureBuilt, ensureInstalled } from './lib/bootstrap.mjs';
import { createStatus } from './lib/status.mjs';

const options = new Set(process.argv.slice(2));
const unknown = [...options].filter((option) => !['--json', '--keep'].includes(option));
if (unknown.length > 0) {
  process.stderr.write(`demo: ${unknown.join(', ')} is not an option; there are --json and --keep\n`);
  process.exit(2);
}

const status = createStatus();
try {
  status.line('demo: both tenants, four workflows, real PostgreSQL and Temporal');
  await ensureInstalled(status);
  await ensureBuilt(status);
  const { runDemo } = await import('./demo/run.mjs');
  await runDemo({
    status,
    json: options.has('--json'),
    keep: options.has('--keep'),
    ...(process.env.DEMO_DIRECTORY ? { directory: process.env.DEMO_DIRECTORY } : {}),
  });
} catch (error) {
  status.line(`demo: ${error.message}`);
  process.exitCode = 1;
} finally {
  status.stop();
}
