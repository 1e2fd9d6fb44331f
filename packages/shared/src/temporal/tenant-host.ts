import { profileOf } from '../config';
import { type MigrationSet, pendingMigrations } from '../pg';
import { workflowSource } from './bundle';
import { type NamespaceNeeds, requireSearchAttributes } from './namespace';
import type { TenantSettings } from './tenant-settings';
import { workerDeployment } from './versioning';
import type { WorkerHost } from './worker-host';

/** A tenant, as its `config.ts` describes it. */
export interface Tenant {
  readonly name: string;
  /** The prebuilt workflow bundle, and the folder that it is made of. */
  readonly files: { readonly bundle: string; readonly workflows: string };
  readonly migrations: readonly MigrationSet[];
  readonly needs: Omit<NamespaceNeeds, 'namespace'>;
}

/** What of a worker host follows from its tenant and the settings alone. Throws ConfigError when they cannot go together. */
export function hostSettings(
  { name, files, migrations, needs }: Tenant,
  { env, temporal, traces }: TenantSettings,
): Pick<WorkerHost, 'temporal' | 'workflows' | 'deployment' | 'prepare' | 'probes' | 'limits'> {
  return {
    temporal,
    workflows: workflowSource({
      source: env.WORKFLOW_SOURCE,
      profile: profileOf(env),
      bundleFile: files.bundle,
      workflowsPath: files.workflows,
      encodeFailures: temporal.payloadKeys !== undefined,
      traced: traces,
      versioned: env.TEMPORAL_DEPLOYMENT_NAME !== undefined,
    }),
    deployment: workerDeployment({
      deploymentName: env.TEMPORAL_DEPLOYMENT_NAME,
      buildId: env.TEMPORAL_WORKER_BUILD_ID,
      bundleFile: env.WORKFLOW_SOURCE === 'bundle' ? files.bundle : undefined,
    }),
    prepare: async () => {
      const [pending] = await Promise.all([
        pendingMigrations({ url: env.DATABASE_URL, sets: migrations }),
        requireSearchAttributes(temporal, { ...needs, setup: `${name} temporal setup` }),
      ]);
      if (pending.length > 0)
        throw new Error(`The database lacks ${pending.join(', ')}; run "${name} db migrate" first.`);
    },
    probes: { host: env.PROBE_HOST, port: env.PROBE_PORT },
    limits: {
      maxCachedWorkflows: env.MAX_CACHED_WORKFLOWS,
      maxConcurrentActivities: env.MAX_CONCURRENT_ACTIVITIES,
      startDeadlineMs: env.START_DEADLINE_S * 1000,
    },
  };
}
