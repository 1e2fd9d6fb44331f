import type { TestDatabase } from '@backend/shared/testing';
import { Client } from 'pg';
import { openTestDatabase, testServers } from '../support/servers';

describe.each([
  { tenant: 'tracc', other: 'timeline', table: 'transactions' },
  { tenant: 'timeline', other: 'tracc', table: 'events' },
] as const)('the worker role of $tenant', ({ tenant, other, table }) => {
  const role = `${tenant}_worker`;
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase(tenant);
  });
  afterAll(async () => database.drop());

  test('platform: has no attribute that would set it above row-level security, and is in no other role than the loader, which it must take on', async () => {
    const attributes = await database.query(
      `select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin from pg_roles where rolname in ($1, $2)`,
      [role, `${tenant}_owner`],
    );
    const none = {
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      rolcanlogin: true,
    };
    expect(attributes).toEqual([none, none]);
    expect(
      await database.query(
        `select o.rolname as role, m.inherit_option as inherited, o.rolcanlogin as login from pg_auth_members m
         join pg_roles r on r.oid = m.member join pg_roles o on o.oid = m.roleid where r.rolname = $1`,
        [role],
      ),
    ).toEqual([{ role: `${tenant}_loader`, inherited: false, login: false }]);
  });

  test('platform: owns nothing', async () => {
    const owned = await database.query(
      `with worker as (select oid from pg_roles where rolname = $1)
       select 'table ' || relname as what from pg_class, worker where relowner = worker.oid
       union all select 'function ' || proname from pg_proc, worker where proowner = worker.oid
       union all select 'schema ' || nspname from pg_namespace, worker where nspowner = worker.oid
       union all select 'database ' || datname from pg_database, worker where datdba = worker.oid
       union all select 'type ' || typname from pg_type, worker where typowner = worker.oid`,
      [role],
    );
    expect(owned).toEqual([]);
  });

  test.each([
    'create table mine (id int)',
    'create table app.mine (id int)',
    'create schema mine',
    'create view mine as select 1 as one',
    `create function mine() returns int language sql as 'select 1'`,
    `create or replace function app.scope_id() returns text language sql as $$ select 'another' $$`,
    'create extension dblink',
    `alter table ${table} disable row level security`,
    `alter table ${table} add column mine int`,
    `alter table ${table} owner to ${role}`,
    `create policy mine on ${table} using (true)`,
    `create index mine on ${table} (created_at)`,
    `create trigger mine before insert on ${table} execute function app.scope_id()`,
    `drop table ${table}`,
    `truncate ${table} cascade`,
    `set role ${tenant}_owner`,
    `alter role ${role} bypassrls`,
    `alter role ${role} createdb`,
    `create role mine`,
    `copy (select 1) to program 'true'`,
    `select pg_read_file('/etc/hostname')`,
    `alter system set log_statement = 'all'`,
    `set session_replication_role = replica`,
  ])('platform: may not %s', async (statement) => {
    // 42501 insufficient privilege, in all of its wordings
    await expect(database.pool.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  test.each([
    `select 1 from ${table} limit 1`,
    `update ${table} set created_at = now()`,
    `delete from ${table}`,
    `insert into imports (import_id) values ('mine')`,
    'create temporary table mine as select 1 as one',
    'create table mine (id int)',
  ])('platform: may not %s as the loader either', async (statement) => {
    const client = await database.pool.connect();
    try {
      await client.query(`set role ${tenant}_loader`);
      await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.query('reset role');
      client.release();
    }
  });

  test('platform: may not pass on what it may do', async () => {
    expect(
      await database.query(
        `select table_name from information_schema.role_table_grants where grantee = $1 and is_grantable = 'YES'`,
        [role],
      ),
    ).toEqual([]);
  });

  test('platform: with row security off its queries are refused, not widened', async () => {
    const client = await database.pool.connect();
    try {
      await client.query('set row_security = off');
      await expect(client.query(`select * from ${table}`)).rejects.toThrow(
        'query would be affected by row-level security policy',
      );
    } finally {
      await client.query('reset row_security');
      client.release();
    }
  });

  test('platform: cannot connect to any database of the other tenant, nor to those of Temporal', async () => {
    const { adminUrl, templates } = testServers();
    const admin = new Client({ connectionString: adminUrl });
    await admin.connect();
    const { rows } = await admin.query<{ name: string; may: boolean }>(
      `select datname as name, has_database_privilege($1, oid, 'connect') as may from pg_database where datallowconn`,
      [role],
    );
    await admin.end();
    const open = rows.filter(({ may }) => may).map(({ name }) => name);
    expect(open).toContain(database.name);
    expect(open.filter((name) => name.startsWith(other) || name.startsWith('temporal'))).toEqual([]);

    const url = new URL(templates[tenant].workerUrl);
    url.pathname = `/${other}_template`;
    const client = new Client({ connectionString: url.href });
    await expect(client.connect()).rejects.toMatchObject({ code: '42501' });
  });

  test('platform: the password of one tenant opens nothing of the other', async () => {
    const url = new URL(testServers().templates[other].workerUrl);
    url.password = new URL(testServers().templates[tenant].workerUrl).password;
    const client = new Client({ connectionString: url.href });
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
  });
});
