export { type Queryable, type Scope, createPool, inScope, inTransaction, openScope } from './transaction';
export { type MigrationSet, migrate, sharedMigrations, pendingMigrations } from './migrate';
export { createTenantDatabase, ensureTenantRoles, tenantRoles, type TenantRoles } from './roles';
export { type TenantUrls, provision, provisionTenant } from './provision';
export { type SharedPlaces, createSharedPlaces } from './places';
export { createPoolCheck, pingDatabase, pingUrl } from './ping';
export { idempotent, requestHash } from './idempotency';
export { describeDatabaseError, maskUrl, sqlState } from './errors';
export {
  type CopyCell,
  type CopyTarget,
  copyRows,
  encodeCopyRows,
  findLoaderRole,
  firstCells,
  pickCopyRows,
  trySavepoint,
} from './copy';
