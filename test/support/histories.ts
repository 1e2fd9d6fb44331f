import path from 'node:path';
import { loadHistories } from '@backend/shared/testing';
import { TENANTS, sourceOf } from './tenants';

/** Recorded histories: a folder for each tenant, in it one for each set (docs/versions.md). */
export const HISTORIES = path.join(__dirname, '..', 'histories');

/** Tenants with histories; that there are others is said once, by test/replay.replay.test.ts. */
export const RECORDED_TENANTS = TENANTS.filter((tenant) => loadHistories(path.join(HISTORIES, tenant)).length > 0);

/** The production bundle of a tenant. */
export function bundleOf(tenant: string): string {
  return path.join(sourceOf(tenant), '..', 'dist', 'workflow-bundle.js');
}
