// npm run dev: the embedded stack and both workers; a saved file is built and its worker restarted. Ctrl-C ends it.
import { watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ROOT, ensureBuilt, ensureInstalled, run } from './lib/bootstrap.mjs';
import { createStatus } from './lib/status.mjs';

const status = createStatus();
const closers = [];
const stop = new AbortController();
// npm passes on the signal that the terminal has sent to both: the second one must not end this process while it closes.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort(new Error('stopped')));

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
  const workers = new Map();
  const start = async (tenant) => {
    workers.set(tenant.name, await startWorker({ tenant, env: stack.environments[tenant.name], directory }));
  };
  const each = async (list, work) => Promise.all(list.map(work));
  closers.push(() => each([...workers.values()], (worker) => worker.stop()));
  await status.step('starting both workers', () => each(stack.tenants, start));
  status.line(`Temporal ${stack.temporal.address}, UI ${stack.temporal.uiUrl}`);
  status.line('commands in another terminal: npx tracc db seed, npx tracc budget list --user demo; Ctrl-C ends it');

  // Only the tenants whose code has changed are built and restarted; a package belongs to both.
  const changed = new Set();
  let timer;
  let busy = Promise.resolve();
  const restart = async () => {
    const tenants = stack.tenants.filter(({ name }) => changed.has(name));
    changed.clear();
    if (tenants.length === 0) return;
    try {
      await status.step(`restarting ${tenants.map(({ name }) => name).join(' and ')}`, async () => {
        const apps = tenants.map(({ name }) => `apps/${name}-worker`);
        await run(path.join(ROOT, 'node_modules', '.bin', 'tsc'), ['-b', ...apps]);
        await each(tenants, ({ name }) => workers.get(name).stop());
        await each(tenants, start);
      });
      status.line('  running workflows go on with the new code; if a step changed, guard it with patched()');
    } catch (error) {
      status.line(error.message);
    }
  };
  const watched = [
    ...stack.tenants.map(({ name }) => ({ folder: `apps/${name}-worker/src`, tenants: [name] })),
    ...['shared', 'importer'].map((name) => ({
      folder: `packages/${name}/src`,
      tenants: stack.tenants.map((tenant) => tenant.name),
    })),
  ];
  for (const { folder, tenants } of watched) {
    const watcher = watch(path.join(ROOT, folder), { recursive: true }, (_event, file) => {
      if (!file?.endsWith('.ts') || file.endsWith('.test.ts')) return;
      for (const name of tenants) changed.add(name);
      clearTimeout(timer);
      timer = setTimeout(() => {
        busy = busy.then(restart);
      }, 100);
    });
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
