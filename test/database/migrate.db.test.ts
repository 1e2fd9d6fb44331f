import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  type MigrationSet,
  createTenantDatabase,
  ensureTenantRoles,
  migrate,
  sharedMigrations,
  pendingMigrations,
  tenantRoles,
} from '@backend/shared/pg';
import { Client } from 'pg';
import { testServers } from '../support/servers';
import { TENANTS, loadTenantConfig } from '../support/tenants';

// A tenant of this file's own: the roles of the real ones are in use by other files.
const TENANT = `migrated_${randomBytes(4).toString('hex')}`;
const passwords = { owner: randomBytes(9).toString('hex'), worker: randomBytes(9).toString('hex') };
const databases: string[] = [];
const directories: string[] = [];

const as = (database: string, user?: { name: string; password: string }): string => {
  const url = new URL(testServers().adminUrl);
  url.pathname = `/${database}`;
  if (user) Object.assign(url, { username: user.name, password: user.password });
  return url.href;
};

async function query<T extends object>(url: string, sql: string): Promise<T[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** An empty database of the tenant. */
async function emptyDatabase(): Promise<{ ownerUrl: string; workerUrl: string; adminUrl: string }> {
  const database = `${TENANT}_${databases.length}`;
  databases.push(database);
  await createTenantDatabase({ adminUrl: testServers().adminUrl, tenant: TENANT, database });
  const { owner, worker } = tenantRoles(TENANT);
  return {
    ownerUrl: as(database, { name: owner, password: passwords.owner }),
    workerUrl: as(database, { name: worker, password: passwords.worker }),
    adminUrl: as(database),
  };
}

function migrations(
  files: Readonly<Record<string, string>>,
): MigrationSet & { write: (file: string, sql: string) => void } {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'migrations-'));
  directories.push(directory);
  const write = (file: string, sql: string): void => writeFileSync(path.join(directory, file), sql);
  for (const [file, sql] of Object.entries(files)) write(file, sql);
  return { component: 'demo', directory, write };
}

const tablesOf = async (url: string): Promise<string[]> =>
  (
    await query<{ name: string }>(url, `select tablename as name from pg_tables where schemaname = 'public' order by 1`)
  ).map(({ name }) => name);

beforeAll(async () => ensureTenantRoles({ adminUrl: testServers().adminUrl, tenant: TENANT, passwords }));
afterAll(async () => {
  for (const database of databases) await query(testServers().adminUrl, `drop database ${database} with (force)`);
  for (const role of Object.values(tenantRoles(TENANT))) await query(testServers().adminUrl, `drop role ${role}`);
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

describe.each(TENANTS)('the migrations of %s', (tenant) => {
  let sets: readonly MigrationSet[];
  beforeAll(async () => {
    sets = (await loadTenantConfig(tenant)).MIGRATIONS;
  });

  test('platform: apply to an empty database in order, and a second time not at all', async () => {
    const { ownerUrl, workerUrl } = await emptyDatabase();
    const pending = await pendingMigrations({ url: workerUrl, sets });
    expect(pending.length).toBeGreaterThanOrEqual(sets.length);
    expect(await migrate({ ownerUrl, sets })).toEqual(pending);
    expect(await pendingMigrations({ url: workerUrl, sets })).toEqual([]);
    expect(await migrate({ ownerUrl, sets })).toEqual([]);
  });

  test('platform: five processes at once apply each file once', async () => {
    const { ownerUrl, adminUrl } = await emptyDatabase();
    const applied = await Promise.all([1, 2, 3, 4, 5].map(async () => migrate({ ownerUrl, sets })));
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
    const recorded = await query<{ id: string }>(
      adminUrl,
      `select component || '/' || name as id from app.schema_migrations order by applied_at, number`,
    );
    expect(new Set(recorded.map(({ id }) => id))).toEqual(new Set(applied.flat()));
    expect(recorded).toHaveLength(applied.flat().length);
  });
});

test('platform: a file that was changed after it was applied is refused, and nothing new is applied', async () => {
  const { ownerUrl, adminUrl } = await emptyDatabase();
  const set = migrations({ '0001_a.sql': 'create table a (id int)' });
  expect(await migrate({ ownerUrl, sets: [set] })).toEqual(['demo/0001_a.sql']);
  set.write('0001_a.sql', 'create table a (id bigint)');
  set.write('0002_b.sql', 'create table b (id int)');
  await expect(migrate({ ownerUrl, sets: [set] })).rejects.toThrow(
    'demo/0001_a.sql was changed after it was applied; write a new migration instead',
  );
  expect(await tablesOf(adminUrl)).toEqual(['a']);
});

test.each([
  ['a gap', ['0001_a.sql', '0003_c.sql'], '0003_c.sql should be numbered 0002'],
  ['a number twice', ['0001_a.sql', '0001_b.sql'], '0001_b.sql should be numbered 0002'],
  ['a start above one', ['0002_b.sql'], '0002_b.sql should be numbered 0001'],
  ['no number', ['add_things.sql'], 'add_things.sql should be numbered 0001'],
  ['three digits', ['001_a.sql'], '001_a.sql should be numbered 0001'],
  ['capitals', ['0001_Add.sql'], '0001_Add.sql should be numbered 0001'],
])('platform: %s in the numbers is refused before anything is applied', async (_what, files, message) => {
  const { ownerUrl, adminUrl } = await emptyDatabase();
  const set = migrations(Object.fromEntries(files.map((file, index) => [file, `create table t${index} (id int)`])));
  await expect(migrate({ ownerUrl, sets: [set] })).rejects.toThrow(message);
  expect(await tablesOf(adminUrl)).toEqual([]);
});

test('platform: a file that fails is undone as a whole, what came before it stays, and the mended file goes on from there', async () => {
  const { ownerUrl, adminUrl } = await emptyDatabase();
  const set = migrations({
    '0001_a.sql': 'create table a (id int)',
    '0002_b.sql': 'create table b (id int); create table a (id int)',
    '0003_c.sql': 'create table c (id int)',
  });
  await expect(migrate({ ownerUrl, sets: [set] })).rejects.toThrow(
    'demo/0002_b.sql failed: relation "a" already exists',
  );
  expect(await tablesOf(adminUrl)).toEqual(['a']);
  set.write('0002_b.sql', 'create table b (id int)');
  expect(await migrate({ ownerUrl, sets: [set] })).toEqual(['demo/0002_b.sql', 'demo/0003_c.sql']);
  expect(await tablesOf(adminUrl)).toEqual(['a', 'b', 'c']);
});

test('platform: the worker may read which migrations there are, and not write it', async () => {
  const { ownerUrl, workerUrl } = await emptyDatabase();
  await migrate({ ownerUrl, sets: [sharedMigrations] });
  expect(await query(workerUrl, 'select name from app.schema_migrations')).toEqual([
    { name: '0001_scope_and_idempotency.sql' },
  ]);
  await expect(query(workerUrl, `delete from app.schema_migrations`)).rejects.toThrow('permission denied');
  await expect(query(workerUrl, `update app.schema_migrations set sha256 = ''`)).rejects.toThrow('permission denied');
  await expect(query(workerUrl, `insert into app.schema_migrations values ('demo', 9, 'x', 'x')`)).rejects.toThrow(
    'permission denied',
  );
});
