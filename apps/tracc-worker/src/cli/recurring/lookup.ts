import { CliFailure } from '@backend/shared/cli';
import { type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { recurringWorkflowId } from '../../contract';
import { type TemplateRow, findTemplate } from '../../repositories';
import type { Session } from '../session';

export interface UserOption {
  user?: string;
}

export const USER_OPTION = ['--user <id>', 'whose templates; TRACC_USER by default'] as const;

/** The template's workflow, when it runs. */
export async function findRunning(session: Session, id: string): Promise<WorkflowHandle | undefined> {
  const handle = (await session.client()).workflow.getHandle(recurringWorkflowId({ templateId: id }));
  const description = await handle.describe().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  });
  return description?.status.name === 'RUNNING' ? handle : undefined;
}

/** The template, or a sentence that says how to make it. */
export async function requireTemplate(session: Session, id: string): Promise<TemplateRow> {
  const template = await session.scope(session.userId, async (tx) => findTemplate(tx, id));
  if (!template)
    throw new CliFailure(`there is no template ${id}; make it with "tracc recurring create ${id} --amount …"`);
  return template;
}
