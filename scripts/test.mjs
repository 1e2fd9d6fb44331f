// npm test: lint, types, and every rung of the test ladder. The last line is "N passed, N failed".
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { ROOT, ensureBuilt, ensureInstalled, run } from './lib/bootstrap.mjs';
import { createStatus } from './lib/status.mjs';

const bin = (name) => path.join(ROOT, 'node_modules', '.bin', name);
const status = createStatus();
const counts = { passed: 0, failed: 0 };
/** Skipped where there is no promtool, and then neither passed nor failed. */
const PROMTOOL_TEST = 'platform: promtool accepts the rules, and their tests pass';

/** A check that is one command counts as one test. */
async function check(name, command, args) {
  try {
    await status.step(name, () => run(command, args));
    counts.passed += 1;
  } catch (error) {
    counts.failed += 1;
    status.line(error.message);
  }
}

async function jest(args) {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'tenants-jest-'));
  const outputFile = path.join(directory, 'results.json');
  try {
    const child = spawn(bin('jest'), ['--json', '--outputFile', outputFile, '--verbose=false', ...args], {
      cwd: ROOT,
      env: { ...process.env, TEST_PREBUILT: '1' },
      // With --json jest prints the results to standard output as well; people read the reporter's lines on standard error.
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    const results = await readFile(outputFile, 'utf8').then(JSON.parse, () => undefined);
    if (!results) {
      counts.failed += 1;
      return status.line(`jest ended with exit code ${code} and left no results`);
    }
    counts.passed += results.numPassedTests;
    const withoutPromtool = isSkippedWithoutPromtool(results) ? 1 : 0;
    if (withoutPromtool)
      status.line('skipped: the tests of the alert rules, for want of promtool; `node scripts/promtool.mjs` makes it');
    // A file that cannot be run has no tests that could fail; a skipped test was not seen to pass, unless somebody who has no
    // browser said so.
    const pending = results.numPendingTests - withoutPromtool;
    const skipped = process.env['TEST_WITHOUT_BROWSER'] ? 0 : pending;
    counts.failed += results.numFailedTests + results.numRuntimeErrorTestSuites + skipped + results.numTodoTests;
    if (pending > 0) {
      const verdict = skipped > 0 ? 'a skipped test counts as failed' : 'as TEST_WITHOUT_BROWSER wants it';
      status.line(`${pending} tests were skipped; ${verdict}`);
    }
    if (results.numTodoTests > 0) status.line(`${results.numTodoTests} tests are to be written; each counts as failed`);
    if (code !== 0 && counts.failed === 0) counts.failed += 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function isSkippedWithoutPromtool({ testResults }) {
  const { findPromtool } = createRequire(import.meta.url)('@backend/devstack');
  if (findPromtool(process.env) !== undefined) return false;
  return testResults.some(({ assertionResults }) =>
    assertionResults.some(({ title, status: outcome }) => title === PROMTOOL_TEST && outcome === 'pending'),
  );
}

try {
  const args = process.argv.slice(2);
  status.line('npm test: lint, types, unit, database, replay, workflow and end-to-end tests');
  await ensureInstalled(status);
  await ensureBuilt(status);
  if (args.length === 0) {
    await check('format', bin('oxfmt'), ['--check', '.']);
    await check('lint', bin('oxlint'), ['--type-aware', '--deny-warnings']);
    await check('types', bin('tsc'), ['-b']);
  }
  if (args.length > 0) await jest(args);
  else {
    // Unit tests have processes of their own: workers and clients that other tests start leave hooks behind which make every
    // promise of their process slower, and some unit tests bound CPU time.
    await jest(['--selectProjects', 'unit']);
    await jest(['--selectProjects', 'db', 'wf', 'replay', 'e2e']);
  }
} catch (error) {
  counts.failed += 1;
  status.line(error.message);
}
status.stop();
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
process.exitCode = counts.failed > 0 ? 1 : 0;
