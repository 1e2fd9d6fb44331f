import type { TestDatabase } from '@backend/shared/testing';
import { Client } from 'pg';
import { openTestDatabase, testServers } from '../support/servers';
import { TENANTS, scopeRowsOf } from '../support/tenants';

describe.each(TENANTS)('the worker role of %s', (tenant) => {
  const { table } = scopeRowsOf(tenant);
  const others = TENANTS.filter((name) => name !== tenant);
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

  test('platform: cannot connect to any database of another tenant, nor to those of Temporal', async () => {
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
    expect(open.filter((name) => [...others, 'temporal'].some((start) => name.startsWith(start)))).toEqual([]);

    for (const other of others) {
      const url = new URL(templates[tenant]!.workerUrl);
      url.pathname = `/${other}_template`;
      const client = new Client({ connectionString: url.href });
      await expect(client.connect()).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('platform: the password of one tenant opens nothing of another', async () => {
    for (const other of others) {
      const url = new URL(testServers().templates[other]!.workerUrl);
      url.password = new URL(testServers().templates[tenant]!.workerUrl).password;
      const client = new Client({ connectionString: url.href });
      await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
    }
  });
});
