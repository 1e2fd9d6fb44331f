import { Client, escapeIdentifier, escapeLiteral } from 'pg';

/**
 * The roles of a tenant: the owner runs migrations; the worker owns nothing and is confined by row-level security; the loader
 * cannot log in, and may only insert into the tables that files are loaded into: the worker takes it on for COPY.
 */
export interface TenantRoles {
  readonly owner: string;
  readonly worker: string;
  readonly loader: string;
}

/** Role names of a tenant: `tracc_owner`, `tracc_worker`, `tracc_loader`. */
export function tenantRoles(tenant: string): TenantRoles {
  return { owner: `${tenant}_owner`, worker: `${tenant}_worker`, loader: `${tenant}_loader` };
}

async function withAdmin<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'provision', connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes the roles of a tenant, or sets their passwords when they exist. Needs a role that may create roles. */
export async function ensureTenantRoles({
  adminUrl,
  tenant,
  passwords,
}: {
  adminUrl: string;
  tenant: string;
  passwords: { owner: string; worker: string };
}): Promise<void> {
  const roles = tenantRoles(tenant);
  await withAdmin(adminUrl, async (client) => {
    for (const kind of ['owner', 'worker'] as const) {
      const attributes = 'login nosuperuser nocreatedb nocreaterole noreplication nobypassrls';
      const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [roles[kind]]);
      await client.query(
        `${rowCount ? 'alter' : 'create'} role ${escapeIdentifier(roles[kind])} ${attributes} password ${escapeLiteral(passwords[kind])}`,
      );
    }
    await client.query(`grant ${escapeIdentifier(roles.owner)} to current_user`);
    await ensureLoaderRole(client, roles);
  });
}

/**
 * Makes the role for COPY where the server lets us: a managed database may allow nobody to pass row-level security, and
 * files are loaded by INSERT then.
 */
async function ensureLoaderRole(client: Client, { worker, loader }: TenantRoles): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [loader]);
  await whereAllowed(async () => {
    if (!rowCount)
      await client.query(`create role ${escapeIdentifier(loader)} nologin nosuperuser nocreaterole bypassrls`);
    // Not inherited: only a transaction that takes the role on has its rights.
    await client.query(`grant ${escapeIdentifier(loader)} to ${escapeIdentifier(worker)} with inherit false, set true`);
  });
}

/** What only a superuser may do is left out on a server that has none for us. */
async function whereAllowed(work: () => Promise<unknown>): Promise<void> {
  await work().catch((error: { code?: string }) => {
    if (error.code !== '42501') throw error;
  });
}

/**
 * Makes a tenant's database, owned by its owner role, closed to every other role, in which what the owner creates may be
 * read and written (never altered) by the worker. Does nothing when it exists.
 */
export async function createTenantDatabase({
  adminUrl,
  tenant,
  database,
}: {
  adminUrl: string;
  tenant: string;
  database: string;
}): Promise<void> {
  const { owner, worker } = tenantRoles(tenant);
  const name = escapeIdentifier(database);
  await withAdmin(adminUrl, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (!rowCount) await client.query(`create database ${name} owner ${escapeIdentifier(owner)}`);
    await client.query(`revoke all on database ${name} from public`);
    // A temporary table is where a chunk of a file waits whose rows may be there already.
    await client.query(`grant connect, temporary on database ${name} to ${escapeIdentifier(worker)}`);
  });
  const inDatabase = new URL(adminUrl);
  inDatabase.pathname = `/${database}`;
  await withAdmin(inDatabase.href, async (client) => {
    const [o, w] = [escapeIdentifier(owner), escapeIdentifier(worker)];
    await client.query(`
      create schema if not exists app authorization ${o};
      revoke create on schema public from public;
      grant usage, create on schema public to ${o};
      grant usage on schema public, app to ${w};
      alter default privileges for role ${o} grant select, insert, update, delete on tables to ${w};
      alter default privileges for role ${o} grant usage on sequences to ${w};
      alter default privileges for role ${o} grant execute on functions to ${w}`);
    // Large objects have no scope and no policies: whoever may make one keeps it past its transaction.
    await whereAllowed(async () =>
      client.query('revoke execute on function lo_creat(int), lo_create(oid), lo_from_bytea(oid, bytea) from public'),
    );
  });
}
