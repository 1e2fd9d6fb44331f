import { mkdtemp, rm } from 'node:fs/promises';
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
import { TRACC_METRICS } from '../src/metrics';

/** A tracc worker under time-skipping, on a database of its own, with real activities. */
export interface TraccRig extends Rig {
  readonly env: TestWorkflowEnvironment;
  readonly database: TestDatabase;
  readonly blobs: BlobStore;
  readonly directory: string;
}

/** What activities need, with blobs and files in a directory of the test's own: no mail, no network, no log. */
export function testDeps({ scope, directory }: { scope: Scope; directory: string }): Deps {
  return {
    scope,
    blobs: createBlobStore(path.join(directory, 'blobs')),
    fetch: createGuardedFetch({ allowHosts: [] }),
    mailer: undefined,
    importDirectory: directory,
    metrics: createMetrics(TRACC_METRICS).metrics,
    reportBaseUrl: undefined,
    log: pino({ level: 'silent' }),
  };
}

/** Starts one; `change` wraps activities (to make one fail). */
export async function startTraccRig(
  options: { deps?: Partial<Deps>; change?: (activities: Activities) => Partial<Activities> } = {},
): Promise<TraccRig> {
  const database = await openTestDatabase('tracc');
  const directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-rig-'));
  const env = await startTimeSkipping(testServers().timeSkippingServer!, NAMESPACE_NEEDS.searchAttributes);
  const deps = { ...testDeps({ scope: database.scope, directory }), ...options.deps };
  const activities = createActivities(deps);
  const rig = await createRig({
    client: env.client,
    connection: env.nativeConnection,
    bundlePath: FILES.bundle,
    record: recorder('tracc'),
    activities: { ...activities, ...options.change?.(activities) },
  });
  return {
    ...rig,
    env,
    database,
    blobs: deps.blobs,
    directory,
    async stop() {
      await rig.stop();
      await env.teardown();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A user with an account in euros and two categories. */
export async function addUser(
  database: Pick<TestDatabase, 'query'>,
  userId = 'u1',
  zone = 'Europe/Berlin',
): Promise<void> {
  await database.query(`insert into users (user_id, display_name, zone) values ($1, $1, $2)`, [userId, zone]);
  await database.query(
    `insert into accounts (user_id, account_id, name, kind, currency) values ($1, 'checking', 'Checking', 'checking', 'EUR'), ($1, 'savings', 'Savings', 'savings', 'EUR')`,
    [userId],
  );
  await database.query(
    `insert into categories (user_id, category_id, name, kind) values ($1, 'food', 'Food', 'expense'), ($1, 'rent', 'Rent', 'expense'), ($1, 'salary', 'Salary', 'income')`,
    [userId],
  );
}

/** An account in euros; answers with its id. */
export async function addAccount(
  database: Pick<TestDatabase, 'query'>,
  { userId, accountId }: { userId: string; accountId: string },
): Promise<string> {
  await database.query(
    `insert into accounts (user_id, account_id, name, kind, currency) values ($1, $2, $2, 'checking', 'EUR')`,
    [userId, accountId],
  );
  return accountId;
}
