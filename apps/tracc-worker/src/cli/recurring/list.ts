import { UsageError, isJson, printJson, printTable } from '@backend/shared/cli';
import { formatMoney } from '@backend/shared/kernel';
import { findExecutions } from '@backend/shared/temporal';
import type { Command } from 'commander';
import { type RecurringState, SEARCH_ATTRIBUTES, WORKFLOW_TYPES, parseRecurringWorkflowId } from '../../contract';
import { describeSchedule } from '../../domain/recurrence/schedule-text';
import { listTemplates } from '../../repositories';
import { type Session, withSession } from '../session';
import { USER_OPTION, type UserOption } from './lookup';

/** Of templates that are posted, or wait. */
const STATUSES = ['active', 'paused', 'needsAttention'] as const satisfies readonly RecurringState['status'][];
/** A user has far fewer. */
const MOST_TEMPLATES = 1000;

/** `tracc recurring list` */
export function addListCommand(recurring: Command): void {
  recurring
    .command('list')
    .description('the templates of a user')
    .option('--status <status>', `only those that are ${STATUSES.slice(0, -1).join(', ')} or ${STATUSES.at(-1)}`)
    .option(...USER_OPTION)
    .addHelpText('after', '\nExample:\n  tracc recurring list --status paused')
    .action(async (options: UserOption & { status?: string }, command: Command) =>
      withSession(options, async (session) => list(session, options.status, command)),
    );
}

async function list(session: Session, status: string | undefined, command: Command): Promise<void> {
  const all = await session.scope(session.userId, async (tx) => listTemplates(tx));
  const ids = status === undefined ? undefined : await idsOf(session, status);
  const templates = ids ? all.filter(({ templateId }) => ids.has(templateId)) : all;
  if (isJson(command)) return printJson(templates);
  if (templates.length === 0 && ids) return void process.stdout.write(`no template is ${status}\n`);
  printTable(
    ['id', 'description', 'amount', 'schedule', 'from'],
    templates.map((row) => [
      row.templateId,
      row.description,
      formatMoney({ minor: row.amountMinor, currency: row.currency }),
      describeSchedule(row.rule.schedule),
      row.rule.startDate,
    ]),
  );
}

/** The server knows what becomes of a template; the database, what it is. */
async function idsOf(session: Session, status: string): Promise<ReadonlySet<string>> {
  if (!STATUSES.some((each) => each === status))
    throw new UsageError(`--status should be one of ${STATUSES.join(', ')}, not ${status}`);
  const executions = await findExecutions(
    await session.client(),
    {
      workflowType: WORKFLOW_TYPES.recurringTransaction,
      open: true,
      attributes: [
        { key: SEARCH_ATTRIBUTES.user, value: session.userId },
        { key: SEARCH_ATTRIBUTES.templateStatus, value: status },
      ],
    },
    { limit: MOST_TEMPLATES },
  );
  const ids = executions.map(({ workflowId }) => parseRecurringWorkflowId(workflowId)?.templateId);
  return new Set(ids.filter((id) => id !== undefined));
}
