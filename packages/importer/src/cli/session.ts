import type { BlobStore } from '@backend/shared/blob';
import type { Scope } from '@backend/shared/pg';
import type { Client, WorkflowHandle, WorkflowStartOptions } from '@temporalio/client';

/** What an import command reaches its tenant with. */
export interface ImportSession {
  /** Whose imports they are: a user in tracc, a timeline in timeline. */
  readonly ownerId: string;
  readonly scope: Scope;
  readonly blobs: BlobStore;
  client(): Promise<Client>;
  /** Starts a workflow on the tenant's task queue, or finds the one that runs under its id. */
  start(
    workflowType: string,
    options: Pick<WorkflowStartOptions, 'args' | 'workflowIdReusePolicy'> & { workflowId: string },
  ): Promise<WorkflowHandle>;
}

/** The options of `import FILE` that both tenants have; each adds its own. */
export interface ImportOptions {
  readonly profile?: string;
  readonly id?: string;
  readonly preview?: boolean;
  readonly abort?: boolean;
  readonly force?: boolean;
  readonly watch?: boolean;
}
