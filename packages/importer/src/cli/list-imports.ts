import { UsageError, fitTable, printJson, terminal } from '@backend/shared/cli';
import { findExecutions } from '@backend/shared/temporal';
import {
  IMPORT_SEARCH_ATTRIBUTES,
  IMPORT_WORKFLOW_TYPE,
  type ImportSearchStatus,
  parseImportWorkflowId,
} from '../contract';
import { type ImportJob, listJobs } from '../repositories';
import { printLines } from './layout-text';
import type { ImportSession } from './session';
import { statusText } from './show-import';

/** What a list is asked for. */
export interface ListOptions {
  /** Only those that have not ended. */
  readonly open?: boolean | undefined;
  readonly status?: string | undefined;
  /** Id of what they go into. */
  readonly target?: string | undefined;
}

/** An import as the list tells it; one that was not inspected yet has no job. */
type Listed = { readonly importId: string; readonly status: string; readonly createdAt: Date } & Partial<ImportJob>;

const SHOWN = 20;

/** Those of an import that has not ended are known to the server alone. */
const OPEN: readonly ImportSearchStatus[] = ['running', 'needsInput', 'paused'];
const ENDED = ['completed', 'completed_with_errors', 'aborted', 'cancelled', 'failed', 'reverting', 'reverted'];
const STATUSES: readonly string[] = [...OPEN, ...ENDED];

/** What `--status` may be. */
export const STATUS_OPTION = [
  '--status <status>',
  `only those that are ${STATUSES.slice(0, -1).join(', ')} or ${STATUSES.at(-1)}`,
] as const;

/** `import list`: the newest imports, as they are stored; those that have not ended, as they wait or work. */
export async function listImports(
  session: ImportSession,
  { open = false, status, target }: ListOptions,
  { targetTitle, json }: { readonly targetTitle: string | undefined; readonly json: boolean },
): Promise<void> {
  if (status !== undefined && !STATUSES.includes(status))
    throw new UsageError(`--status should be one of ${STATUSES.join(', ')}, not ${status}`);
  const isOpen = open || OPEN.some((each) => each === status);
  const found = isOpen
    ? await openImports(session, { status, target })
    : await session.scope(session.ownerId, async (tx) => listJobs(tx, { limit: SHOWN, status, target }));
  if (json) return printJson(found);
  if (found.length === 0) {
    const isFiltered = isOpen || status !== undefined || target !== undefined;
    return printLines([isFiltered ? 'there are no such imports' : 'there are no imports yet']);
  }
  printLines(listText(found, targetTitle, terminal().width));
}

/** Asks the server which imports have not ended, and the database what they are. */
async function openImports(
  session: ImportSession,
  { status, target }: { readonly status: string | undefined; readonly target: string | undefined },
): Promise<readonly Listed[]> {
  const { user, status: statusKey } = IMPORT_SEARCH_ATTRIBUTES;
  const executions = await findExecutions(
    await session.client(),
    {
      workflowType: IMPORT_WORKFLOW_TYPE,
      open: true,
      attributes: [
        { key: user, value: session.ownerId },
        ...(status === undefined ? [] : [{ key: statusKey, value: status }]),
      ],
    },
    { limit: SHOWN },
  );
  const open = executions.flatMap(({ workflowId, startTime, typedSearchAttributes }) => {
    const importId = parseImportWorkflowId(workflowId)?.importId;
    if (importId === undefined) return [];
    return [{ importId, status: typedSearchAttributes.get(statusKey) ?? 'running', createdAt: startTime }];
  });
  const importIds = open.map(({ importId }) => importId);
  const jobs = await session.scope(session.ownerId, async (tx) => listJobs(tx, { limit: SHOWN, importIds }));
  return open
    .map((each): Listed => ({ ...jobs.find(({ importId }) => importId === each.importId), ...each }))
    .filter((each) => target === undefined || each.target === target);
}

function listText(listed: readonly Listed[], targetTitle: string | undefined, width: number): string[] {
  return fitTable({
    head: ['id', 'begun', 'file', targetTitle ?? '', 'status', 'rows', 'imported', 'duplicates', 'refused'],
    rows: listed.map((job) => [
      job.importId,
      job.createdAt.toISOString().slice(0, 10),
      job.source?.filename ?? '',
      targetTitle === undefined ? '' : (job.target ?? ''),
      listedStatus(job),
      ...[job.rows, job.importedRows, job.duplicateRows, job.errorRows].map((figure) => String(figure ?? '')),
    ]),
    width,
    whole: ['id', 'begun', 'status'],
  });
}

function listedStatus({ mode, status }: Listed): string {
  if (status === 'needsInput') return 'waits for an answer';
  if (mode === 'preview') return 'preview';
  // That rows were refused stands beside it.
  return statusText(status.replace('completed_with_errors', 'completed'));
}
