import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { MigrationSet } from '@backend/shared/pg';
import type { NamespaceNeeds } from '@backend/shared/temporal';
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
  const file = path.join(APPS, `${tenant}-worker`, 'test', 'scope-rows.ts');
  return jest.requireActual<{ SCOPE_ROWS: ScopeRows }>(file).SCOPE_ROWS;
}
