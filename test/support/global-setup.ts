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
import { makeTemplate } from '@backend/shared/testing';
import { MIGRATIONS as TIMELINE_MIGRATIONS } from '../../apps/timeline-worker/src/config';
import { MIGRATIONS as TRACC_MIGRATIONS } from '../../apps/tracc-worker/src/config';
import { E2E_NAMESPACES, SERVERS_VARIABLE, type TestServers } from './servers';

const ROOT = path.join(__dirname, '..', '..');

interface Started {
  users: number;
  directory: string;
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
  if (needs.temporal && !started.temporal) {
    started.temporal = await startTemporal({ log, headless: true, namespaces: [...E2E_NAMESPACES] });
    started.servers.temporalAddress = started.temporal.address;
  }
  process.env[SERVERS_VARIABLE] = JSON.stringify(started.servers);
}

/** Stops everything when the last project is done. */
export async function stopServers(): Promise<void> {
  const started = await globalThis.testServers;
  if (!started || (started.users -= 1) > 0) return;
  await started.temporal?.stop();
  await started.postgres?.stop();
  await rm(started.directory, { recursive: true, force: true });
  globalThis.testServers = undefined;
}

async function startDatabase(): Promise<Started> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'tenants-test-'));
  const postgres = await startPostgres({ dataDir: path.join(directory, 'postgres'), durable: false, log });
  const { adminUrl } = postgres;
  const [tracc, timeline] = [
    await makeTemplate({ adminUrl, tenant: 'tracc', sets: TRACC_MIGRATIONS }),
    await makeTemplate({ adminUrl, tenant: 'timeline', sets: TIMELINE_MIGRATIONS }),
  ];
  return { users: 0, directory, postgres, servers: { adminUrl, templates: { tracc, timeline } } };
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
