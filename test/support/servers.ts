import type { TenantUrls } from '@backend/shared/pg';
import { type TestDatabase, createTestDatabase } from '@backend/shared/testing';

/** Addresses of the servers that the global set-up started. */
export interface TestServers {
  readonly adminUrl: string;
  /** By the tenant's name. */
  readonly templates: Readonly<Record<string, TenantUrls>>;
  timeSkippingServer?: string;
  temporalAddress?: string;
  /** Where the Temporal server's own metrics are. */
  temporalMetricsUrl?: string | undefined;
}

/**
 * Namespaces of the end-to-end tests' server. Files run side by side, each with workers on a database of its own, so each
 * takes a namespace that no other file takes.
 */
export const E2E_NAMESPACES = [
  'tracc',
  'swaminarayan',
  'tracc-alerts',
  'tracc-schedules',
  'tracc-recurring',
  'tracc-imports',
  'tracc-previews',
  'timeline-previews',
  'timeline-undisturbed',
  'timeline-kills',
  'timeline-volume',
  'timeline-control',
  'payload-keys',
  'tracc-traces',
  'tracc-logs',
  'tracc-metrics',
  'timeline-metrics',
  'tracc-outages',
  'tracc-starts',
  'tracc-rolling',
  'timeline-stops',
  'tracc-versions',
  'tracc-visibility',
  'tracc-exports',
] as const;

/** Carries the servers from the global set-up to the test files, which run in other processes. */
export const SERVERS_VARIABLE = 'TEST_SERVERS';

/** The servers of this run. */
export function testServers(): TestServers {
  const text = process.env[SERVERS_VARIABLE];
  if (!text) throw new Error('the test servers were not started: run this file in the project of its suffix');
  return JSON.parse(text) as TestServers;
}

/** A database of the calling test file's own. */
export async function openTestDatabase(tenant: string): Promise<TestDatabase> {
  const { adminUrl, templates } = testServers();
  const template = templates[tenant];
  if (!template) throw new Error(`there is no tenant ${tenant}: there is no folder apps/${tenant}-worker`);
  return createTestDatabase({ adminUrl, tenant, template });
}
