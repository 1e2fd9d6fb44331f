import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../scripts/lib/bootstrap.mjs';
import { freePort, startWorker } from '../../scripts/lib/local-stack.mjs';
import { cpuMsOf, rssMiBOf, untilIdle } from './machine.mjs';

const require = createRequire(import.meta.url);
const appOf = (tenant) => path.join(ROOT, 'apps', `${tenant}-worker`);
const preload = (file) => `--require ${JSON.stringify(fileURLToPath(new URL(file, import.meta.url)))}`;

/** A built file of a tenant: `built('tracc', 'contract.js')`. */
export function built(tenant, file) {
  return require(path.join(appOf(tenant), 'dist', file));
}

/** A built file of tracc: `tracc('contract.js')`. */
export function tracc(file) {
  return built('tracc', file);
}

/** The command of a tenant, as node is given it. */
export function binOf(tenant) {
  return path.join(appOf(tenant), 'bin', `${tenant}.js`);
}

/**
 * PostgreSQL, migrated for a tenant, and (unless `temporal` is false) Temporal, for one row; all of it ends with the row.
 * Resolves with `{environment, client, query}` and more: `environment` is a worker's, `query(sql, values)` runs as
 * the superuser in the tenant's database.
 */
export async function startBenchStack(
  { directory, signal, step, onClose },
  { tenant = 'tracc', temporal = true, durable = false } = {},
) {
  const { startPostgres, startStack } = require('@backend/devstack');
  const { provisionTenant } = require('@backend/shared/pg');
  const { connectClient } = require('@backend/shared/temporal');
  const { Client } = require('pg');
  const { NAMESPACE, TENANT } = built(tenant, 'contract.js');
  const { MIGRATIONS, NAMESPACE_NEEDS } = built(tenant, 'config.js');

  const servers = await step(temporal ? 'starting PostgreSQL and Temporal' : 'starting PostgreSQL', async (note) => {
    const common = { log: note, signal };
    const postgres = { removeOnStop: true };
    return temporal
      ? startStack({
          ...common,
          dataDir: directory,
          durable,
          postgres,
          temporal: {
            namespaces: [NAMESPACE],
            searchAttributes: NAMESPACE_NEEDS.searchAttributes,
            headless: true,
          },
        })
      : {
          postgres: await startPostgres({
            ...common,
            ...postgres,
            durable,
            dataDir: path.join(directory, 'postgres'),
          }),
        };
  });
  onClose(() => (servers.stop ? servers.stop() : servers.postgres.stop()));
  const { adminUrl } = servers.postgres;
  const { workerUrl, ownerUrl } = await provisionTenant({ adminUrl, tenant: TENANT, sets: MIGRATIONS });

  const url = new URL(adminUrl);
  url.pathname = new URL(workerUrl).pathname;
  const superuser = new Client({ connectionString: url.href });
  // The server ends with the row, before or after this connection does.
  superuser.on('error', () => undefined);
  await superuser.connect();
  onClose(() => superuser.end());

  let client;
  if (temporal) {
    const { address } = servers.temporal;
    const connected = await connectClient({ address, namespace: NAMESPACE, connection: { address } });
    onClose(connected.close);
    client = connected.client;
  }
  return {
    client,
    workerUrl,
    superuserUrl: url.href,
    query: async (sql, values) => (await superuser.query(sql, values)).rows,
    environment: {
      NODE_ENV: 'test',
      LOG_LEVEL: 'warn',
      DATABASE_URL: workerUrl,
      DATABASE_OWNER_URL: ownerUrl,
      BLOB_DIR: path.join(directory, 'blobs'),
      IMPORT_DIR: path.join(directory, 'imports'),
      ...(temporal ? { TEMPORAL_ADDRESS: servers.temporal.address, TEMPORAL_NAMESPACE: NAMESPACE } : {}),
    },
  };
}

/**
 * Starts a worker process and waits until it polls: a tenant's (`tracc worker start`) unless `bin` says otherwise.
 * With `collectsGarbage` the process has NODE_OPTIONS `--expose-gc --require collect-garbage.cjs`, and `collectGarbage()`
 * makes full collections in all of its threads and resolves with the heaps that are left. With `watchesEventLoop`
 * `eventLoop()` resolves with `{p99Ms, maxMs}` of its main thread since it was asked last.
 */
export async function startBenchWorker({
  context,
  stack,
  name = 'tracc',
  bin = binOf(name),
  env,
  collectsGarbage = false,
  watchesEventLoop = false,
}) {
  const nodeOptions = [
    ...(collectsGarbage ? ['--expose-gc', preload('collect-garbage.cjs')] : []),
    ...(watchesEventLoop ? [preload('event-loop.cjs')] : []),
  ].join(' ');
  const probePort = await freePort();
  const worker = await startWorker({
    tenant: { name, bin },
    directory: context.directory,
    env: {
      ...stack.environment,
      PROBE_PORT: String(probePort),
      ...(nodeOptions ? { NODE_OPTIONS: nodeOptions } : {}),
      ...env,
    },
  });
  const { child } = worker;
  const { pid } = child;
  const stop = async () => worker.stop();
  context.onClose(stop);
  const untilQuiet = () => untilIdle(pid, context);
  const ask = async (type) => {
    const request = randomUUID();
    return new Promise((resolve, reject) => {
      const settle = (how) => {
        child.off('message', onMessage);
        child.off('exit', onExit);
        how();
      };
      const onMessage = (message) => message.request === request && settle(() => resolve(message));
      const onExit = () => settle(() => reject(new Error(`the ${name} worker ended`)));
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.send({ type, request });
    });
  };
  return {
    stop,
    probeUrl: `http://127.0.0.1:${probePort}`,
    cpuMs: () => cpuMsOf(pid),
    rssMiB: () => rssMiBOf(pid),
    untilIdle: untilQuiet,
    async collectGarbage() {
      await untilQuiet();
      return (await ask('collect-garbage')).heapsMiB;
    },
    eventLoop: async () => ask('event-loop'),
  };
}
