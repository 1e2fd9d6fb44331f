import { randomBytes } from 'node:crypto';
import { type MigrationSet, migrate } from './migrate';
import { createTenantDatabase, ensureTenantRoles, tenantRoles } from './roles';

/** The database URLs of a tenant: the worker's, and the owner's for migrations. */
export interface TenantUrls {
  readonly workerUrl: string;
  readonly ownerUrl: string;
}

/**
 * Roles, database and tables of a tenant on a server of one's own (the embedded stack, a test): makes what is missing,
 * gives the roles new passwords, brings the tables up to date. Needs a superuser's URL.
 */
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
  const passwords = { owner: randomBytes(18).toString('base64url'), worker: randomBytes(18).toString('base64url') };
  await ensureTenantRoles({ adminUrl, tenant, passwords });
  await createTenantDatabase({ adminUrl, tenant, database });
  const roles = tenantRoles(tenant);
  const ownerUrl = urlFor({ adminUrl, database, role: roles.owner, password: passwords.owner });
  await migrate({ ownerUrl, sets });
  return { ownerUrl, workerUrl: urlFor({ adminUrl, database, role: roles.worker, password: passwords.worker }) };
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
