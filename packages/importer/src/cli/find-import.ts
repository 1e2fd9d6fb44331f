import { CliFailure } from '@backend/shared/cli';
import { type WorkflowHandle, defaultPayloadConverter, isGrpcServiceError } from '@temporalio/client';
import { type DataImportInput, importWorkflowId } from '../contract';
import { type ImportJob, findJob } from '../repositories';
import type { ImportSession } from './session';

/** What is known of an import: its job, once the file was inspected, and its workflow, as long as the server keeps it. */
export interface FoundImport {
  readonly job: ImportJob | undefined;
  readonly handle: WorkflowHandle;
}

/** An import of the session's owner. Throws CliFailure when there is none of that id. */
export async function findImport(
  session: ImportSession,
  { tenant, importId }: { tenant: string; importId: string },
): Promise<FoundImport> {
  const job = await session.scope(session.ownerId, async (tx) => findJob(tx, importId));
  const handle = (await session.client()).workflow.getHandle(importWorkflowId({ tenant, importId }));
  if (job) return { job, handle };
  // Before its inspection an import has no job; a workflow id tells nothing of its owner.
  const input = await readInput(handle).catch((error: unknown) => {
    // gRPC: 5 NOT_FOUND
    if (isGrpcServiceError(error) && error.code === 5) return undefined;
    throw error;
  });
  if (input?.userId !== session.ownerId) throw new CliFailure(`there is no import ${importId}`);
  return { job: undefined, handle };
}

/** The input of an import, which is the first event of its history. */
export async function readInput(handle: WorkflowHandle): Promise<Partial<DataImportInput> | undefined> {
  const { events } = await handle.fetchHistory();
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return payload && defaultPayloadConverter.fromPayload<Partial<DataImportInput>>(payload);
}
