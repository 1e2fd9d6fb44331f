// npm run verify:infra: the stack on one machine, for real: starts it with Docker, stops it in the middle, restores it, and tries what
// is to be refused. Not a part of `npm test`, which runs without Docker.
//   -- <path…>   only these files, as jest takes them
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT, ensureBuilt, ensureInstalled } from './lib/bootstrap.mjs';
import { createStatus } from './lib/status.mjs';
import { checkDocker } from './stack/docker.mjs';

const status = createStatus();
try {
  await ensureInstalled(status);
  await ensureBuilt(status);
  await checkDocker();
  // One after the other: each has a stack of its own, and a machine has the memory for one.
  const args = ['--selectProjects', 'docker', '--runInBand', '--verbose', ...process.argv.slice(2)];
  const child = spawn(path.join(ROOT, 'node_modules', '.bin', 'jest'), args, {
    cwd: ROOT,
    env: { ...process.env, TEST_PREBUILT: '1' },
    stdio: 'inherit',
  });
  process.exitCode = await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
} catch (error) {
  status.line(error.message);
  process.exitCode = 1;
}
status.stop();
