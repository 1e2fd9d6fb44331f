import { UsageError, isJson, printJson, printTable } from '@backend/shared/cli';
import { findExecutions } from '@backend/shared/temporal';
import type { Command } from 'commander';
import {
  type GenerationSearchStatus,
  SEARCH_ATTRIBUTES,
  WORKFLOW_TYPES,
  parseGenerationWorkflowId,
} from '../../contract';
import { listRequests } from '../../repositories';
import { type Session, withSession } from '../session';
import { minuteOf } from './result-text';

interface ListOptions {
  timeline?: string;
  open?: boolean;
  status?: string;
}

/** Those of a request that has not ended are known to the server alone. */
const OPEN: readonly GenerationSearchStatus[] = ['running', 'paused', 'waitingQuota', 'budgetExhausted'];
const ENDED = ['completed', 'completed_with_errors', 'budget_exhausted', 'cancelled', 'failed'];
const STATUSES: readonly string[] = [...OPEN, ...ENDED];
/** The server lists the newest; a timeline has fewer open ones. */
const MOST_OPEN = 50;

/** `timeline generate list` */
export function addListCommand(generate: Command): void {
  generate
    .command('list')
    .description('the newest requests of a timeline')
    .option('--open', 'only those that have not ended')
    .option('--status <status>', `only those that are ${STATUSES.slice(0, -1).join(', ')} or ${STATUSES.at(-1)}`)
    .option('--timeline <id>', 'whose requests; TIMELINE_ID by default')
    .addHelpText('after', '\nExample:\n  timeline generate list --timeline swaminarayan --status budgetExhausted')
    .action(async (options: ListOptions, command: Command) =>
      withSession(options, async (session) => list(session, options, isJson(command))),
    );
}

async function list(session: Session, { open = false, status }: ListOptions, json: boolean): Promise<void> {
  if (status !== undefined && !STATUSES.includes(status))
    throw new UsageError(`--status should be one of ${STATUSES.join(', ')}, not ${status}`);
  const isOpen = open || OPEN.some((each) => each === status);
  const found = isOpen ? await openRequests(session, status) : await storedRequests(session, status);
  if (json) return printJson(found);
  if (found.length === 0) {
    const nothing = isOpen || status !== undefined ? 'there are no such requests' : 'nothing was ever asked for';
    return void process.stdout.write(`${nothing}\n`);
  }
  printTable(
    ['request', 'begun', 'topic', 'model', 'status'],
    found.map((request) => [
      request.settings.requestId,
      minuteOf(request.createdAt),
      request.settings.topic,
      request.settings.model,
      request.status.replaceAll('_', ' '),
    ]),
  );
}

async function storedRequests(session: Session, status: string | undefined) {
  return session.scope(session.timelineId(), async (tx) => listRequests(tx, { status }));
}

/** Asks the server which requests have not ended, and the database what they are; one is stored before its sources are read. */
async function openRequests(session: Session, status: string | undefined) {
  const { user, generationStatus } = SEARCH_ATTRIBUTES;
  const executions = await findExecutions(
    await session.client(),
    {
      workflowType: WORKFLOW_TYPES.aiTimelineGeneration,
      open: true,
      attributes: [
        { key: user, value: session.timelineId() },
        ...(status === undefined ? [] : [{ key: generationStatus, value: status }]),
      ],
    },
    { limit: MOST_OPEN },
  );
  const statuses = new Map(
    executions.flatMap(({ workflowId, typedSearchAttributes }) => {
      const requestId = parseGenerationWorkflowId(workflowId)?.requestId;
      return requestId === undefined ? [] : [[requestId, typedSearchAttributes.get(generationStatus) ?? 'running']];
    }),
  );
  const requestIds = [...statuses.keys()];
  const requests = await session.scope(session.timelineId(), async (tx) => listRequests(tx, { requestIds }));
  return requests.map((request) => ({ ...request, status: statuses.get(request.settings.requestId)! }));
}
