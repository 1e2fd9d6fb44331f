// npm run dev: the embedded stack and both workers; a saved file is built and its worker restarted. Ctrl-C ends it.
import { watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ROOT, ensureBuilt, ensureInstalled, run } from './lib/bootstrap.mjs';
import { createStatus } from './lib/status.mjs';

const status = createStatus();
const closers = [];
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort(new Error('stopped')));

try {
  await ensureInstalled(status);
  await ensureBuilt(status);
  const { startLocalStack, startWorker } = await import('./lib/local-stack.mjs');
  const directory = path.join(ROOT, '.devstack', 'dev');
  await mkdir(directory, { recursive: true });
  const stack = await startLocalStack({
    status,
    directory,
    durable: true,
    publish: true,
    signal: stop.signal,
    env: { all: { WORKFLOW_SOURCE: 'folder' } },
  });
  closers.push(() => stack.stop());
  let workers = [];
  const startAll = async () => {
    workers = await Promise.all(
      stack.tenants.map((tenant) => startWorker({ tenant, env: stack.environments[tenant.name], directory })),
    );
  };
  closers.push(() => Promise.all(workers.map((worker) => worker.stop())));
  await status.step('starting both workers', startAll);
  status.line(`Temporal ${stack.temporal.address}, UI ${stack.temporal.uiUrl}`);
  status.line('commands in another terminal: npx tracc db seed, npx tracc budget list --user demo; Ctrl-C ends it');

  let timer;
  let busy = Promise.resolve();
  const rebuild = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      busy = busy.then(async () => {
        try {
          await status.step('restarting', async () => {
            await run(path.join(ROOT, 'node_modules', '.bin', 'tsc'), [
              '-b',
              'apps/tracc-worker',
              'apps/timeline-worker',
            ]);
            await Promise.all(workers.map((worker) => worker.stop()));
            await startAll();
          });
          status.line('  running workflows go on with the new code; if a step changed, guard it with patched()');
        } catch (error) {
          status.line(error.message);
        }
      });
    }, 100);
  };
  for (const { name } of [
    ...stack.tenants.map(({ name: tenant }) => ({ name: `apps/${tenant}-worker/src` })),
    { name: 'packages/shared/src' },
    { name: 'packages/importer/src' },
  ]) {
    const watcher = watch(
      path.join(ROOT, name),
      { recursive: true },
      (_event, file) => file?.endsWith('.ts') && !file.endsWith('.test.ts') && rebuild(),
    );
    closers.push(async () => watcher.close());
  }
  const alive = setInterval(() => undefined, 60_000);
  await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
  clearInterval(alive);
} catch (error) {
  if (!stop.signal.aborted) {
    status.line(`dev: ${error.message}`);
    process.exitCode = 1;
  }
} finally {
  for (const close of closers.reverse()) await close();
  status.stop();
}
