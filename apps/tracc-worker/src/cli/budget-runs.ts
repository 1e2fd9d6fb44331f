import { UsageError, isJson, printJson, printTable } from '@backend/shared/cli';
import { isMonth } from '@backend/shared/kernel';
import { findExecutions } from '@backend/shared/temporal';
import type { Command } from 'commander';
import { SEARCH_ATTRIBUTES, WORKFLOW_TYPES } from '../contract';
import { type Session, withSession } from './session';

interface RunsOptions {
  user?: string;
  open?: boolean;
}

const SHOWN = 50;

/** `tracc budget runs` */
export function addRunsCommand(budget: Command): void {
  budget
    .command('runs [month]')
    .description('the newest runs of a user, or of one month, as long as the server keeps them')
    .option('--open', 'only those that have not ended')
    .option('--user <id>', 'whose runs; TRACC_USER by default')
    .addHelpText('after', '\nExample:\n  tracc budget runs 2025-11')
    .action(async (month: string | undefined, options: RunsOptions, command: Command) =>
      withSession(options, async (session) => list(session, { month, open: options.open }, command)),
    );
}

async function list(
  session: Session,
  { month, open }: { readonly month: string | undefined; readonly open: boolean | undefined },
  command: Command,
): Promise<void> {
  if (month !== undefined && !isMonth(month))
    throw new UsageError(`the month should be written like 2026-03, not ${month}`);
  const executions = await findExecutions(
    await session.client(),
    {
      workflowType: WORKFLOW_TYPES.monthlyBudget,
      open,
      attributes: [
        { key: SEARCH_ATTRIBUTES.user, value: session.userId },
        ...(month === undefined ? [] : [{ key: SEARCH_ATTRIBUTES.month, value: month }]),
      ],
    },
    { limit: SHOWN },
  );
  const runs = executions.map(({ workflowId, runId, status, startTime, closeTime, typedSearchAttributes }) => ({
    month: typedSearchAttributes.get(SEARCH_ATTRIBUTES.month) ?? '',
    status: status.name.toLowerCase().replaceAll('_', ' '),
    startedAt: startTime.toISOString(),
    ...(closeTime ? { endedAt: closeTime.toISOString() } : {}),
    workflowId,
    runId,
  }));
  if (isJson(command)) return printJson(runs);
  if (runs.length === 0) return void process.stdout.write('there are no such runs\n');
  printTable(
    ['month', 'status', 'started', 'workflow'],
    runs.map((run) => [run.month, run.status, run.startedAt.slice(0, 16).replace('T', ' '), run.workflowId]),
  );
}
