import { createPool } from '@backend/shared/pg';
import type { TestDatabase } from '@backend/shared/testing';
import { Client, type DatabaseError, type Pool, type PoolClient } from 'pg';
import { openTestDatabase } from '../support/servers';
import { TENANTS, scopeRowsOf } from '../support/tenants';
import { FORBIDDEN, FORBIDDEN_TO_LOADER, FORBIDDEN_TO_ONE } from './forbidden';

/** Whatever a statement could have left behind or changed: objects, their owners, rights and policies, and the tenant's roles. */
const SCHEMA_DIGEST = `
  with tenant_role as (select * from pg_roles where rolname like current_setting('test.tenant') || '\\_%')
  select md5(string_agg(line, e'\\n' order by line)) as digest from (
    select concat_ws(' ', 'relation', oid, relname, relowner, relacl, relrowsecurity, relnatts) from pg_class
      where relnamespace::regnamespace::text !~ '^pg_' and relpersistence <> 't'
    union all select concat_ws(' ', 'function', oid, proname, proowner, prosecdef, proacl, prosrc) from pg_proc
      where pronamespace::regnamespace::text !~ '^pg_' or proname ~ '^lo_'
    union all select concat_ws(' ', 'type', oid, typname, typowner) from pg_type where typnamespace::regnamespace::text !~ '^pg_'
    union all select concat_ws(' ', 'policy', polname, polrelid, pg_get_expr(polqual, polrelid)) from pg_policy
    union all select concat_ws(' ', 'trigger', tgname, tgrelid, tgenabled) from pg_trigger
    union all select concat_ws(' ', 'schema', nspname, nspowner, nspacl) from pg_namespace where nspname !~ '^pg_'
    union all select concat_ws(' ', 'extension', extname) from pg_extension
    union all select concat_ws(' ', 'comment', objoid, description) from pg_description where objoid >= 16384
    union all select concat_ws(' ', 'large object', oid) from pg_largeobject_metadata
    union all select concat_ws(' ', 'default rights', defaclrole, defaclobjtype, defaclacl) from pg_default_acl
    union all select concat_ws(' ', 'role', rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolconfig) from tenant_role
    union all select concat_ws(' ', 'member', roleid, member, inherit_option, set_option) from pg_auth_members
      where roleid in (select oid from tenant_role) or member in (select oid from tenant_role)
    union all select concat_ws(' ', 'database', datdba, datacl) from pg_database where datname = current_database()
  ) as lines (line)`;

describe.each(TENANTS)('reliability S11: the worker role of %s', (tenant) => {
  const { table, policy, loads } = scopeRowsOf(tenant);
  const other = TENANTS.find((name) => name !== tenant)!;
  const forbidden = [...FORBIDDEN, ...(FORBIDDEN_TO_ONE[tenant] ?? [])];
  let database: TestDatabase;
  let pool: Pool;
  let owner: Client;
  let before: readonly object[];
  let words: Readonly<Record<string, string>>;
  beforeAll(async () => {
    database = await openTestDatabase(tenant);
    pool = createPool({ url: database.workerUrl, max: 1, name: 'test' });
    // A session of the owner, for the worker to try to end.
    owner = new Client({ connectionString: database.ownerUrl });
    await owner.connect();
    const { rows } = await owner.query<{ pid: number }>('select pg_backend_pid() as pid');
    words = { tenant, other, table, policy, database: database.name, owner_pid: String(rows[0]!.pid) };
    await database.query(`select set_config('test.tenant', $1, false)`, [tenant]);
    before = await database.query(SCHEMA_DIGEST);
  });
  afterAll(async () => {
    await pool.end();
    await owner.end();
    await database.drop();
  });

  const filled = (sql: string): string =>
    sql.replace(/\$(owner_pid|tenant|other|table|policy|database)/g, (_sign, word: string) => words[word]!);

  /** The SQLSTATE of the refusal, or of the warning that nothing was done; undefined for a statement that is carried out. */
  async function refusalOf(client: PoolClient, sql: string): Promise<string | undefined> {
    let warning: string | undefined;
    const onNotice = ({ severity, code }: { severity?: string | undefined; code?: string | undefined }): void => {
      if (severity === 'WARNING') warning = code;
    };
    client.on('notice', onNotice);
    try {
      await client.query(filled(sql));
      return warning;
    } catch (error) {
      return (error as DatabaseError).code;
    } finally {
      client.off('notice', onNotice);
    }
  }

  async function asWorker<T>(work: (client: PoolClient) => Promise<T>, role?: string): Promise<T> {
    const client = await pool.connect();
    try {
      if (role) await client.query(`set role ${role}`);
      return await work(client);
    } finally {
      await client.query('discard all');
      client.release();
    }
  }

  const unchanged = async (): Promise<void> => {
    expect(await database.query(SCHEMA_DIGEST)).toEqual(before);
    expect((await owner.query('select 1 as alive')).rows).toEqual([{ alive: 1 }]);
  };

  test('reliability S11: has at least 40 different statements to be refused', () => {
    expect(new Set(forbidden.map(({ sql }) => sql)).size).toBe(forbidden.length);
    expect(forbidden.length).toBeGreaterThanOrEqual(40);
  });

  test.each(forbidden)('reliability S11: $why: $sql', async ({ sql, code = '42501' }) => {
    expect(await asWorker(async (client) => refusalOf(client, sql))).toBe(code);
    await unchanged();
  });

  test.each(FORBIDDEN_TO_LOADER)('reliability S11: as the loader, $why: $sql', async ({ sql, code = '42501' }) => {
    expect(await asWorker(async (client) => refusalOf(client, sql), `${tenant}_loader`)).toBe(code);
    await unchanged();
  });

  test('reliability S11: the loader may insert the columns that files have, and has no other right at all', async () => {
    const rights = await database.query(
      `select table_name as table, privilege_type as right, count(*)::int as columns from information_schema.column_privileges
       where grantee = $1 group by 1, 2 union all
       select table_name, privilege_type, 0 from information_schema.table_privileges where grantee = $1`,
      [`${tenant}_loader`],
    );
    expect(rights).toEqual(loads.map((load) => ({ ...load, right: 'INSERT' })));
  });

  test('reliability S11: worker and loader own nothing, of whatever kind, in any database', async () => {
    expect(
      await database.query(
        `select d.classid::regclass::text as kind, count(*)::int as objects from pg_shdepend d join pg_roles r on r.oid = d.refobjid
         where d.refclassid = 'pg_authid'::regclass and d.deptype = 'o' and r.rolname in ($1, $2) group by 1`,
        [`${tenant}_worker`, `${tenant}_loader`],
      ),
    ).toEqual([]);
  });

  test("reliability S11: the planner's statistics of tables with row-level security are hidden", async () => {
    await database.query('analyze');
    const { rows } = await pool.query(
      `select tablename from pg_stats join pg_class c on c.oid = (schemaname || '.' || quote_ident(tablename))::regclass
       where schemaname in ('public', 'app') and c.relrowsecurity`,
    );
    expect(rows).toEqual([]);
  });
});
