import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { ConfigError } from '../config';

/**
 * Which version of which Worker Deployment a worker is; undefined without a name: the worker is not versioned then, and takes every
 * task of its queue. The build id is the one given, else the first 12 hex digits of the bundle's SHA-256: two builds with the same
 * workflows are one version. Throws ConfigError when there is neither.
 */
export function workerDeployment({
  deploymentName,
  buildId,
  bundleFile,
}: {
  deploymentName: string | undefined;
  buildId: string | undefined;
  /** The bundle that the worker runs; undefined when it bundles a folder on the fly. */
  bundleFile: string | undefined;
}): WorkerDeploymentOptions | undefined {
  if (!deploymentName) return undefined;
  const problem = nameProblem(deploymentName);
  if (problem) throw new ConfigError([`TEMPORAL_DEPLOYMENT_NAME ${problem}`]);
  const id = buildId || hashOf(bundleFile);
  if (!id) {
    throw new ConfigError([
      'TEMPORAL_WORKER_BUILD_ID is missing: a versioned worker without a workflow bundle cannot tell which build it is.',
    ]);
  }
  return {
    version: { deploymentName, buildId: id },
    useWorkerVersioning: true,
    // Each workflow says its own; one that forgets to is never moved to code that it did not begin with.
    defaultVersioningBehavior: 'PINNED',
  };
}

/** The server puts a dot between name and build id, and a few prefixes are its own. */
function nameProblem(name: string): string | undefined {
  if (!/^[\w/-]{1,200}$/.test(name)) return 'should be 1 to 200 letters, digits, -, _ or /.';
  return name.startsWith('__') ? 'should not begin with __, which the server keeps for itself.' : undefined;
}

function hashOf(file: string | undefined): string | undefined {
  if (file === undefined || !existsSync(file)) return undefined;
  // The source map names the folder of the build, which the workflows do not depend on.
  const code = readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '');
  return createHash('sha256').update(code).digest('hex').slice(0, 12);
}
