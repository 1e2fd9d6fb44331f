// node scripts/promtool.mjs: prints where promtool is, and builds it first where there is none.
// node scripts/promtool.mjs --check: checks and tests the alert rules with it.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ROOT, ensureBuilt, ensureInstalled } from './lib/bootstrap.mjs';
import { createStatus } from './lib/status.mjs';

const status = createStatus();
try {
  await ensureInstalled(status);
  await ensureBuilt(status);
  const { makePromtool } = createRequire(import.meta.url)('@backend/devstack');
  const promtool = await makePromtool({ env: process.env, log: (line) => status.line(line) });
  if (process.argv.includes('--check')) {
    const folder = path.join(ROOT, 'infra', 'observability', 'prometheus');
    const files = (name) => readdirSync(path.join(folder, name)).map((file) => path.join(folder, name, file));
    execFileSync(promtool, ['check', 'rules', ...files('rules')], { stdio: 'inherit' });
    execFileSync(promtool, ['test', 'rules', ...files('tests')], { stdio: 'inherit' });
  } else {
    process.stdout.write(`${promtool}\n`);
  }
} catch (error) {
  status.line(`promtool: ${error.message}`);
  process.exitCode = 1;
} finally {
  status.stop();
}
