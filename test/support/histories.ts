import path from 'node:path';
import { sourceOf } from './tenants';

/** Recorded histories: a folder for each tenant, in it one for each set (docs/versions.md). */
export const HISTORIES = path.join(__dirname, '..', 'histories');

/** The production bundle of a tenant. */
export function bundleOf(tenant: string): string {
  return path.join(sourceOf(tenant), '..', 'dist', 'workflow-bundle.js');
}
