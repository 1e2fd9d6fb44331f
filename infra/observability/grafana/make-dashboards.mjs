// Writes dashboards/*.json from source/*.mjs: node infra/observability/grafana/make-dashboards.mjs
// With --check it writes nothing, and names the files that are not what it would write.
import { readFile, writeFile } from 'node:fs/promises';
import budgets from './source/budgets.mjs';
import imports from './source/imports.mjs';
import timeline from './source/timeline.mjs';
import workers from './source/workers.mjs';

const DASHBOARDS = { workers, imports, 'timeline-cost': timeline, 'budgets-recurring': budgets };

for (const [name, dashboard] of Object.entries(DASHBOARDS)) {
  const file = new URL(`dashboards/${name}.json`, import.meta.url);
  const text = `${JSON.stringify(dashboard, null, 2)}\n`;
  if (!process.argv.includes('--check')) {
    await writeFile(file, text);
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    process.stderr.write(`dashboards/${name}.json is not what source/ says\n`);
    process.exitCode = 1;
  }
}
