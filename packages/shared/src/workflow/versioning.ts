import type { VersioningBehavior, WorkflowDefinitionOptions } from '@temporalio/common';

declare global {
  // Declared by a line in front of the bundle of a worker that is a version of a Worker Deployment, see `workflowSource`.
  var __VERSIONED__: true | undefined;
}

/**
 * Options of a workflow that say which code goes on with it when another version becomes current. Without effect in a worker that is no
 * version of anything: Temporal refuses every task of one that says it all the same.
 */
export function versioned(versioningBehavior: VersioningBehavior): WorkflowDefinitionOptions {
  return globalThis.__VERSIONED__ ? { versioningBehavior } : {};
}
