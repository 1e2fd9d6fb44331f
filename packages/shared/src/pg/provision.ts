import { randomBytes } from 'node:crypto';
import { type MigrationSet, migrate } from './migrate';
import { createTenantDatabase, ensureTenantRoles, tenantRoles } from './roles';

/** The database URLs of a tenant: the worker's, and the owner's for migrations. */
export interface TenantUrls {
  readonly workerUrl: string;
  readonly ownerUrl: string;
}

/**
 * Roles, database and tables of a tenant: makes what is missing, gives the roles the passwords of the URLs, brings the tables up to
 * date. Needs the URL of a role that may create roles and databases; a superuser's lets files be loaded by COPY. Returns the names of
 * the migrations that it applied. Throws Error when the URLs are not those of the tenant's roles.
 */
export async function provision({
  adminUrl,
  tenant,
  urls: { workerUrl, ownerUrl },
  sets,
}: {
  adminUrl: string;
  tenant: string;
  urls: TenantUrls;
  sets: readonly MigrationSet[];
}): Promise<string[]> {
  const roles = tenantRoles(tenant);
  const [worker, owner] = [accountOf(workerUrl), accountOf(ownerUrl)];
  if (worker.role !== roles.worker) throw new Error(`DATABASE_URL should have the user ${roles.worker}.`);
  if (owner.role !== roles.owner) throw new Error(`DATABASE_OWNER_URL should have the user ${roles.owner}.`);
  if (!worker.password || !owner.password)
    throw new Error('DATABASE_URL and DATABASE_OWNER_URL should have the passwords that their roles are to get.');
  if (worker.database === '' || worker.database !== owner.database)
    throw new Error('DATABASE_URL and DATABASE_OWNER_URL should name the same database.');
  await ensureTenantRoles({ adminUrl, tenant, passwords: { owner: owner.password, worker: worker.password } });
  await createTenantDatabase({ adminUrl, tenant, database: worker.database });
  return migrate({ ownerUrl, sets });
}

/** As {@link provision}, with new passwords, on a server of one's own (the embedded stack, a test). */
export async function provisionTenant({
  adminUrl,
  tenant,
  database = tenant,
  sets,
}: {
  adminUrl: string;
  tenant: string;
  database?: string;
  sets: readonly MigrationSet[];
}): Promise<TenantUrls> {
  const roles = tenantRoles(tenant);
  const urls = {
    ownerUrl: urlFor({ adminUrl, database, role: roles.owner, password: randomBytes(18).toString('base64url') }),
    workerUrl: urlFor({ adminUrl, database, role: roles.worker, password: randomBytes(18).toString('base64url') }),
  };
  await provision({ adminUrl, tenant, urls, sets });
  return urls;
}

function accountOf(url: string): { role: string; password: string; database: string } {
  const { username, password, pathname } = new URL(url);
  return {
    role: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  };
}

function urlFor({
  adminUrl,
  database,
  role,
  password,
}: {
  adminUrl: string;
  database: string;
  role: string;
  password: string;
}): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = password;
  url.pathname = `/${database}`;
  return url.href;
}
