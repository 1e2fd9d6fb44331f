import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { MigrationSet } from '@backend/shared/pg';
import type { NamespaceNeeds } from '@backend/shared/temporal';
import type { ForeignIds } from './foreign-ids';
import type { ScopeRows } from './scope-rows';

const APPS = path.join(__dirname, '..', '..', 'apps');

/** Every tenant, by name: the folders `apps/<name>-worker`. */
export const TENANTS: readonly string[] = readdirSync(APPS).flatMap(
  (folder) => /^([a-z][a-z0-9]*)-worker$/.exec(folder)?.[1] ?? [],
);

/** Where a tenant's sources are. */
export function sourceOf(tenant: string): string {
  return path.join(APPS, `${tenant}-worker`, 'src');
}

/** What every tenant's `src/config.ts` has. */
export interface TenantConfig {
  readonly MIGRATIONS: readonly MigrationSet[];
  readonly NAMESPACE_NEEDS: Omit<NamespaceNeeds, 'namespace'>;
}

export async function loadTenantConfig(tenant: string): Promise<TenantConfig> {
  return (await import(path.join(sourceOf(tenant), 'config'))) as TenantConfig;
}

/** What the tenant's tests tell of its tables. */
export function scopeRowsOf(tenant: string): ScopeRows {
  return requireOwn<{ SCOPE_ROWS: ScopeRows }>(tenant, 'scope-rows.ts').SCOPE_ROWS;
}

/** What the tenant's tests tell of calls that name another's things. */
export function foreignIdsOf(tenant: string): ForeignIds {
  return requireOwn<{ FOREIGN_IDS: ForeignIds }>(tenant, 'foreign-ids.ts').FOREIGN_IDS;
}

function requireOwn<T extends object>(tenant: string, name: string): T {
  const file = path.join(APPS, `${tenant}-worker`, 'test', name);
  if (!existsSync(file))
    throw new Error(
      `The tenant ${tenant} lacks apps/${tenant}-worker/test/${name}; see "A new tenant" in CONTRIBUTING.md.`,
    );
  return jest.requireActual<T>(file);
}
