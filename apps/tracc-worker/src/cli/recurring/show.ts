import { UsageError, isJson, printJson } from '@backend/shared/cli';
import { formatMoney } from '@backend/shared/kernel';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Command } from 'commander';
import { RECURRING_HANDLERS, type RecurringState, recurringWorkflowId } from '../../contract';
import { planOccurrences } from '../../domain/recurrence';
import { describeRule } from '../../domain/recurrence/schedule-text';
import { listOccurrences } from '../../repositories';
import { type Session, withSession } from '../session';
import { PREVIEWED, plannedEntry, printCalendar, printPlan, settledEntry, stateText } from './calendar';
import { USER_OPTION, type UserOption, requireTemplate } from './lookup';
import { type RuleOptions, addRuleOptions, newRule } from './rule-options';

const SETTLED_SHOWN = 60;

/** `tracc recurring show|preview` */
export function addShowCommands(recurring: Command): void {
  addRuleOptions(recurring.command('preview [id]'))
    .description('the next dates of a template, or of a schedule before anything is made')
    .option(...USER_OPTION)
    .option('--next <n>', `how many dates, 1 to 366; ${PREVIEWED} by default`)
    .addHelpText('after', '\nExample:\n  tracc recurring preview --schedule "monthly last fri" --start 2026-01-01')
    .action(async (id: string | undefined, options: RuleOptions & { next?: string }, command: Command) =>
      withSession(options, async (session) => {
        const limit = Number(options.next ?? PREVIEWED);
        if (!Number.isInteger(limit) || limit < 1 || limit > 366)
          throw new UsageError(`--next should be a whole number from 1 to 366, not ${options.next}`);
        const rule = id === undefined ? await newRule(session, options) : (await requireTemplate(session, id)).rule;
        if (isJson(command)) printJson(planOccurrences({ rule, limit }));
        else printPlan(rule, limit);
      }),
    );

  recurring
    .command('show <id>')
    .description('what became of a template so far, and what comes next')
    .option(...USER_OPTION)
    .addHelpText('after', '\nExample:\n  tracc recurring show rent')
    .action(async (id: string, options: UserOption, command: Command) =>
      withSession(options, async (session) => show(session, id, command)),
    );
}

async function show(session: Session, id: string, command: Command): Promise<void> {
  const template = await requireTemplate(session, id);
  const { rule } = template;
  const settled = await session.scope(session.userId, async (tx) =>
    listOccurrences(tx, { templateId: id, limit: SETTLED_SHOWN }),
  );
  const handle = (await session.client()).workflow.getHandle(recurringWorkflowId({ templateId: id }));
  const state = await handle.query<RecurringState>(RECURRING_HANDLERS.state).catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  });
  if (isJson(command)) return printJson({ template, settled, state: state ?? null });
  process.stdout.write(
    `${template.description}: ${formatMoney({ minor: template.amountMinor, currency: template.currency })}\n` +
      `${describeRule(rule)}\n${state ? stateText(state) : `not started; "tracc recurring create ${id}" starts it`}\n\n`,
  );
  const runs = state && !['ended', 'stopped'].includes(state.status);
  const open = runs ? state.upcoming : [];
  const skips = (runs && state.skips) || [];
  printCalendar(rule, [
    ...skips.map((nominalDate) =>
      settledEntry(rule, { nominalDate, postingDate: null, outcome: 'skipped', reason: 'user' }),
    ),
    ...settled.map((row) => settledEntry(rule, row)),
    ...open.map((occurrence) => plannedEntry(rule, occurrence, occurrence.nominalDate === state?.next?.nominalDate)),
  ]);
}
