import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  type RunningPostgres,
  type RunningTemporal,
  resolveTimeSkippingServer,
  startPostgres,
  startTemporal,
} from '@backend/devstack';
import { searchAttributeList } from '@backend/shared/temporal';
import { makeTemplate } from '@backend/shared/testing';
import { E2E_NAMESPACES, SERVERS_VARIABLE, type TestServers } from './servers';
import { TENANTS, type TenantConfig, loadTenantConfig } from './tenants';

const ROOT = path.join(__dirname, '..', '..');
interface Started {
  users: number;
  /** Of the servers that this run has started. */
  directory?: string;
  postgres?: RunningPostgres;
  temporal?: RunningTemporal;
  servers: TestServers;
}

declare global {
  // One set of servers for all jest projects of a run: each project calls the set-up once.
  var testServers: Promise<Started> | undefined;
}

const log = (line: string): void => void process.stderr.write(`${line}\n`);

/** Starts the servers that the selected projects need, once, and leaves their addresses in the environment. */
export async function startServers(needs: {
  timeSkipping?: boolean;
  temporal?: boolean;
  built?: boolean;
}): Promise<void> {
  globalThis.testServers ??= startDatabase();
  const started = await globalThis.testServers;
  started.users += 1;
  if (needs.built || needs.timeSkipping || needs.temporal) buildOnce(started);
  if (needs.timeSkipping) started.servers.timeSkippingServer ??= await resolveTimeSkippingServer({ log });
  if (needs.temporal && !started.servers.temporalAddress) {
    started.temporal = await startTemporal({
      log,
      headless: true,
      namespaces: [...E2E_NAMESPACES],
      // How long a version counts as in use that takes nothing new: three minutes by default.
      dynamicConfig: {
        'matching.wv.VersionDrainageStatusVisibilityGracePeriod': '1s',
        'matching.wv.VersionDrainageStatusRefreshInterval': '1s',
      },
      // Of all tenants, since every file has a namespace of its own.
      searchAttributes: searchAttributeList(
        ...(await loadConfigs()).map(({ config }) => config.NAMESPACE_NEEDS.searchAttributes),
      ),
    });
    started.servers.temporalAddress = started.temporal.address;
    started.servers.temporalMetricsUrl = started.temporal.metricsUrl;
  }
  process.env[SERVERS_VARIABLE] = JSON.stringify(started.servers);
}

/** Stops everything when the last project is done. */
export async function stopServers(): Promise<void> {
  const started = await globalThis.testServers;
  if (!started || (started.users -= 1) > 0) return;
  await started.temporal?.stop();
  await started.postgres?.stop();
  if (started.directory) await rm(started.directory, { recursive: true, force: true });
  globalThis.testServers = undefined;
}

async function startDatabase(): Promise<Started> {
  // Servers of the run that has started this one: only what they lack is made.
  const given = process.env[SERVERS_VARIABLE];
  if (given) return { users: 0, servers: await withTemplates(JSON.parse(given) as TestServers) };
  const directory = await mkdtemp(path.join(os.tmpdir(), 'tenants-test-'));
  const postgres = await startPostgres({ dataDir: path.join(directory, 'postgres'), durable: false, log });
  const { adminUrl } = postgres;
  return { users: 0, directory, postgres, servers: await withTemplates({ adminUrl, templates: {} }) };
}

async function loadConfigs(): Promise<{ tenant: string; config: TenantConfig }[]> {
  return Promise.all(TENANTS.map(async (tenant) => ({ tenant, config: await loadTenantConfig(tenant) })));
}

async function withTemplates(servers: TestServers): Promise<TestServers> {
  const templates = { ...servers.templates };
  for (const { tenant, config } of await loadConfigs())
    templates[tenant] ??= await makeTemplate({ adminUrl: servers.adminUrl, tenant, sets: config.MIGRATIONS });
  return { ...servers, templates };
}

let built = false;

/** The workflow tests run the production bundles, so these must be those of the sources. Cached: a second when nothing changed. */
function buildOnce(_started: Started): void {
  if (built || process.env['TEST_PREBUILT']) return;
  execFileSync(path.join(ROOT, 'node_modules', '.bin', 'turbo'), ['run', 'build', '--output-logs=errors-only'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
  });
  built = true;
}
