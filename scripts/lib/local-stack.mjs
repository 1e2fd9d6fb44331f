// The embedded stack with all tenants in it: servers, databases, settings files for the commands, workers.
import { spawn } from 'node:child_process';
import { createWriteStream, readdirSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { ROOT } from './bootstrap.mjs';

const require = createRequire(import.meta.url);

/** All tenants, by the names of their folders; their packages must be built. */
export function tenants() {
  const apps = path.join(ROOT, 'apps');
  const names = readdirSync(apps).flatMap((folder) => /^([a-z][a-z0-9]*)-worker$/.exec(folder)?.[1] ?? []);
  return names.map((name) => {
    const app = path.join(apps, `${name}-worker`);
    const { MIGRATIONS, NAMESPACE_NEEDS } = require(path.join(app, 'dist', 'config.js'));
    const { NAMESPACE } = require(path.join(app, 'dist', 'contract.js'));
    return {
      name,
      app,
      bin: path.join(app, 'bin', `${name}.js`),
      migrations: MIGRATIONS,
      namespace: NAMESPACE,
      searchAttributes: NAMESPACE_NEEDS.searchAttributes,
    };
  });
}

/**
 * Starts the servers and provisions all tenants. `directory` keeps the data; `durable` keeps Temporal's state too.
 * `env` adds settings: for `all`, or by a tenant's name. Leaves `.devstack/<tenant>.env` for commands in other terminals while it is up.
 */
export async function startLocalStack({ status, directory, durable, publish, env = {}, signal }) {
  const { startStack } = require('@backend/devstack');
  const { provisionTenant } = require('@backend/shared/pg');
  const { searchAttributeList } = require('@backend/shared/temporal');
  const all = tenants();
  const stack = await status.step('starting PostgreSQL and Temporal', (note) =>
    startStack({
      dataDir: directory,
      durable,
      log: (text) => note(text),
      signal,
      temporal: {
        namespaces: all.map(({ namespace }) => namespace),
        searchAttributes: searchAttributeList(...all.map(({ searchAttributes }) => searchAttributes)),
      },
      postgres: { removeOnStop: false },
    }),
  );
  const envFiles = [];
  try {
    const environments = {};
    await status.step('preparing the databases', async () => {
      for (const { name, migrations } of all) {
        const { workerUrl, ownerUrl } = await provisionTenant({
          adminUrl: stack.postgres.adminUrl,
          tenant: name,
          sets: migrations,
        });
        const probePort = await freePort();
        environments[name] = {
          DATABASE_URL: workerUrl,
          DATABASE_OWNER_URL: ownerUrl,
          TEMPORAL_ADDRESS: stack.temporal.address,
          TEMPORAL_UI_URL: stack.temporal.uiUrl ?? 'http://127.0.0.1:8080',
          BLOB_DIR: path.join(directory, 'blobs', name),
          IMPORT_DIR: path.join(directory, 'imports', name),
          PROBE_PORT: String(probePort),
          ...env.all,
          ...env[name],
        };
        await mkdir(environments[name].IMPORT_DIR, { recursive: true });
        if (!publish) continue;
        const file = path.join(ROOT, '.devstack', `${name}.env`);
        await mkdir(path.dirname(file), { recursive: true });
        const lines = Object.entries(environments[name]).map(([key, value]) => `${key}=${value}\n`);
        await writeFile(file, lines.join(''), { mode: 0o600 });
        envFiles.push(file);
      }
    });
    return {
      ...stack,
      tenants: all,
      environments,
      async stop() {
        await Promise.all(envFiles.map((file) => rm(file, { force: true })));
        await stack.stop();
      },
    };
  } catch (error) {
    await Promise.all(envFiles.map((file) => rm(file, { force: true })));
    await stack.stop();
    throw error;
  }
}

/** Starts a tenant's worker as its users do; resolves when its probe says that it is ready. Its log goes to a file. */
export async function startWorker({ tenant, env, directory }) {
  const logFile = path.join(directory, `${tenant.name}-worker.log`);
  const log = createWriteStream(logFile, { flags: 'a' });
  // Memory as the image has it: with the usual young generation and the allocator's usual arenas a worker holds 40 MiB more.
  const child = spawn(process.execPath, ['--max-semi-space-size=8', tenant.bin, 'worker', 'start'], {
    env: { MALLOC_ARENA_MAX: '2', ...process.env, ...env },
    // The channel carries nothing: when it closes, because this process has ended in whatever way, the worker ends too.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      tail = (tail + chunk).slice(-4000);
      log.write(chunk);
    });
  }
  let exited = false;
  const exit = new Promise((resolve) => {
    child.once('exit', (code) => {
      exited = true;
      resolve(code);
    });
  });
  const until = Date.now() + 60_000;
  while (!(await isReady(env.PROBE_PORT))) {
    if (exited) throw new Error(`the ${tenant.name} worker ended while it started:\n${tail.trim()}`);
    if (Date.now() > until) throw new Error(`the ${tenant.name} worker was not ready within 60 s:\n${tail.trim()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    logFile,
    child,
    exit,
    async stop() {
      if (!exited) child.kill('SIGTERM');
      await exit;
      log.end();
    },
  };
}

async function isReady(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** A TCP port that nothing listens on at the moment, on the loopback interface. */
export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
