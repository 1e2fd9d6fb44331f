import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { type BlobStore, createBlobStore } from '@backend/shared/blob';
import { createGuardedFetch } from '@backend/shared/http';
import type { Scope } from '@backend/shared/pg';
import { createMetrics } from '@backend/shared/telemetry';
import { type Rig, type TestDatabase, createRig, startTimeSkipping } from '@backend/shared/testing';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import pino from 'pino';
import { recorder } from '../../../test/support/record';
import { openTestDatabase, testServers } from '../../../test/support/servers';
import { type Activities, type Deps, createActivities } from '../src/activities';
import { FILES, NAMESPACE_NEEDS } from '../src/config';
import { createExtractors } from '../src/extraction';
import { TIMELINE_METRICS } from '../src/metrics';

/** What activities need, on a database and a folder of their own. */
export interface TimelineDeps {
  readonly database: TestDatabase;
  readonly directory: string;
  readonly blobs: BlobStore;
  readonly deps: Deps;
  readonly close: () => Promise<void>;
}

/** What activities need, with blobs and files in a directory of the test's own: extraction by rules, no network, no log. */
export function testDeps({ scope, directory }: { scope: Scope; directory: string }): Deps {
  return {
    scope,
    blobs: createBlobStore(path.join(directory, 'blobs')),
    fetch: createGuardedFetch({ allowHosts: [] }),
    extractors: createExtractors({ provider: 'rules', maxConcurrent: 4 }),
    importDirectory: directory,
    metrics: createMetrics(TIMELINE_METRICS).metrics,
    log: pino({ level: 'silent' }),
  };
}

export async function openTimelineDeps(change: Partial<Deps> = {}): Promise<TimelineDeps> {
  const database = await openTestDatabase('timeline');
  const directory = await mkdtemp(path.join(os.tmpdir(), 'timeline-test-'));
  const deps = testDeps({ scope: database.scope, directory });
  return {
    database,
    directory,
    blobs: deps.blobs,
    deps: { ...deps, ...change },
    async close() {
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A timeline worker under time-skipping, on a database of its own, with real activities. */
export interface TimelineRig extends Rig {
  readonly env: TestWorkflowEnvironment;
  readonly database: TestDatabase;
  readonly blobs: BlobStore;
  readonly directory: string;
}

/** Starts one; `change` wraps activities (to make one fail). */
export async function startTimelineRig(
  options: { deps?: Partial<Deps>; change?: (activities: Activities) => Partial<Activities> } = {},
): Promise<TimelineRig> {
  const { database, directory, blobs, deps, close } = await openTimelineDeps(options.deps);
  const env = await startTimeSkipping(testServers().timeSkippingServer!, NAMESPACE_NEEDS.searchAttributes);
  const activities = createActivities(deps);
  const rig = await createRig({
    client: env.client,
    connection: env.nativeConnection,
    bundlePath: FILES.bundle,
    record: recorder('timeline'),
    activities: { ...activities, ...options.change?.(activities) },
  });
  return {
    ...rig,
    env,
    database,
    blobs,
    directory,
    async stop() {
      await rig.stop();
      await env.teardown();
      await close();
    },
  };
}

/** A web server of the test's own: what stands behind it is the test's choice. */
export interface TestSite {
  /** `127.0.0.1:port`, for allow-lists. */
  readonly host: string;
  readonly url: string;
  readonly close: () => Promise<void>;
}

export async function startSite(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<TestSite> {
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => answer(request, response, Buffer.concat(parts).toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
