// Makes a bare clone usable: installs when the lock file changed, builds what changed. Built-in modules only, since nothing
// may be installed yet.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const STAMP = path.join(ROOT, 'node_modules', '.install-stamp');

/** Installs exactly what the lock file says, unless that is what is there. */
export async function ensureInstalled(status) {
  checkNode();
  const lock = createHash('sha256')
    .update(readFileSync(path.join(ROOT, 'package-lock.json')))
    .digest('hex');
  const stamp = `${lock} ${process.platform}-${process.arch} ${process.versions.modules}`;
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp) return;
  await status.step('installing packages', () => run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']));
  writeFileSync(STAMP, stamp);
}

/** Builds every package and both workflow bundles; what has not changed comes from the cache. */
export async function ensureBuilt(status) {
  const turbo = path.join(ROOT, 'node_modules', '.bin', process.platform === 'win32' ? 'turbo.cmd' : 'turbo');
  await status.step('building', () =>
    run(turbo, ['run', 'build', '--output-logs=errors-only', '--no-update-notifier']),
  );
}

/** Runs a command in the repository; rejects with the end of its output when it fails. */
export async function run(command, args, { env = {}, cwd = ROOT } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  let output = '';
  const keep = (chunk) => {
    output = (output + chunk).slice(-20_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...result) => resolve(result));
  });
  if (code !== 0)
    throw new Error(
      `${path.basename(command)} ${args.join(' ')} failed (${signal ?? `exit code ${code}`}):\n${output.trim()}`,
    );
  return output;
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Error(`Node ${process.versions.node} is too old; install Node 20.19 or later.`);
  }
}
