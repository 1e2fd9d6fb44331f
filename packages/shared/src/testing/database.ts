import { randomBytes } from 'node:crypto';
import { Client, Pool, escapeIdentifier } from 'pg';
import { type MigrationSet, type Scope, type TenantUrls, createPool, openScope, provisionTenant } from '../pg';

/** A database of one test file's own, copied from the tenant's migrated template. */
export interface TestDatabase extends TenantUrls {
  readonly name: string;
  /** As the worker role. */
  readonly pool: Pool;
  readonly scope: Scope;
  /** Statements as the superuser, past row-level security: for what a test asserts. */
  query<T extends object>(sql: string, values?: unknown[]): Promise<T[]>;
  drop(): Promise<void>;
}

/** Makes a tenant's template database, migrated. Returns the URLs, which {@link createTestDatabase} takes. */
export async function makeTemplate({
  adminUrl,
  tenant,
  sets,
}: {
  adminUrl: string;
  tenant: string;
  sets: readonly MigrationSet[];
}): Promise<TenantUrls> {
  return provisionTenant({ adminUrl, tenant, database: `${tenant}_template`, sets });
}

/** Copies the template: about 50 ms, and no test sees another's rows. */
export async function createTestDatabase({
  adminUrl,
  tenant,
  template,
}: {
  adminUrl: string;
  tenant: string;
  template: TenantUrls;
}): Promise<TestDatabase> {
  const name = `${tenant}_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, async (admin) => {
    await admin.query(
      `create database ${escapeIdentifier(name)} template ${escapeIdentifier(`${tenant}_template`)} owner ${escapeIdentifier(`${tenant}_owner`)}`,
    );
    await admin.query(`revoke all on database ${escapeIdentifier(name)} from public`);
    await admin.query(
      `grant connect, temporary on database ${escapeIdentifier(name)} to ${escapeIdentifier(`${tenant}_worker`)}`,
    );
  });
  const workerUrl = inDatabase(template.workerUrl, name);
  const pool = createPool({ url: workerUrl, max: 10, name: 'test' });
  // One session, for tests that hold a transaction open in it; statements that are asked for at once wait for each other.
  const superuser = new Pool({ connectionString: inDatabase(adminUrl, name), max: 1, idleTimeoutMillis: 0 });
  // Its session may still be ending when the database is dropped, and is then told so.
  superuser.on('connect', (client) => client.on('error', () => undefined));
  superuser.on('error', () => undefined);
  return {
    name,
    workerUrl,
    ownerUrl: inDatabase(template.ownerUrl, name),
    pool,
    scope: openScope(pool),
    query: async <T extends object>(sql: string, values?: unknown[]) => (await superuser.query<T>(sql, values)).rows,
    drop: async () => {
      // A client that was not given back would hang the end of the pool: name the leak instead.
      if (pool.idleCount !== pool.totalCount)
        throw new Error(`${pool.totalCount - pool.idleCount} database clients were not released`);
      await pool.end();
      await superuser.end();
      await asAdmin(adminUrl, async (admin) => admin.query(`drop database ${escapeIdentifier(name)} with (force)`));
    },
  };
}

async function asAdmin<T>(adminUrl: string, work: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

function inDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
