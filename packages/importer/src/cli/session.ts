import type { BlobStore } from '@backend/shared/blob';
import type { Scope } from '@backend/shared/pg';
import type { KeywordAttribute } from '@backend/shared/temporal';
import type { Client, WorkflowHandle, WorkflowStartOptions } from '@temporalio/client';
import type { ProfileOptions } from './profile';

/** What an import command reaches its tenant with. */
export interface ImportSession {
  /** Whose imports they are: a user in tracc, a timeline in timeline. */
  readonly ownerId: string;
  readonly scope: Scope;
  readonly blobs: BlobStore;
  client(): Promise<Client>;
  /**
   * Starts a workflow on the tenant's task queue, or finds the one that runs under its id. Rejects with the
   * WorkflowExecutionAlreadyStartedError when one has ended under it that the reuse policy keeps.
   */
  start(
    workflowType: string,
    options: Pick<WorkflowStartOptions, 'args' | 'staticSummary' | 'workflowIdReusePolicy'> & {
      readonly workflowId: string;
      /** Beside the owner, by whom every execution can be found. */
      readonly typedSearchAttributes?: KeywordAttribute[];
    },
  ): Promise<WorkflowHandle>;
}

/** The options of `import FILE` that both tenants have; each adds its own. */
export interface ImportOptions extends ProfileOptions {
  readonly id?: string;
  readonly format?: string;
  readonly preview?: boolean;
  readonly abort?: boolean;
  readonly force?: boolean;
  readonly watch?: boolean;
}

/** What a tenant's import commands are called and know. */
export interface ImportTenantWords {
  /** The first part of the workflow ids. */
  readonly tenant: string;
  /** How the commands are called: `tracc import`. */
  readonly call: string;
  /** Names that `--format` takes. */
  readonly formats: readonly string[];
  /** Roles that a column may have. */
  readonly roles: readonly string[];
  /** A profile as this tenant's files may need it. */
  readonly exampleProfile: string;
  /** The command that shows what of an import may have been there already. */
  duplicatesCall(importId: string): string;
}
