import { isDeepStrictEqual } from 'node:util';
import { CliFailure, UsageError, isJson, printJson } from '@backend/shared/cli';
import { formatMoney, parseDecimalToMinor } from '@backend/shared/kernel';
import type { Command } from 'commander';
import {
  type CatchUpPolicy,
  RECURRING_HANDLERS,
  type RecurrenceRule,
  type RecurringTransactionInput,
  SEARCH_ATTRIBUTES,
  WORKFLOW_TYPES,
  recurringWorkflowId,
} from '../../contract';
import { changedRule } from '../../domain/recurrence/orders';
import { describeSchedule } from '../../domain/recurrence/schedule-text';
import { findAccount, findTemplate, upsertTemplate } from '../../repositories';
import { type Session, withSession } from '../session';
import { startWorkflow } from '../start';
import { printPlan } from './calendar';
import { USER_OPTION, findRunning, requireTemplate } from './lookup';
import { type RuleOptions, addRuleOptions, checked, newRule, ruleChange } from './rule-options';

interface TemplateOptions extends RuleOptions {
  amount?: string;
  account?: string;
  to?: string;
  category?: string;
  description?: string;
  payee?: string;
}

const CATCH_UP = 'occurrences that were missed: all, latest or none; all for a new one';

/** `tracc recurring create|update` */
export function addTemplateCommands(recurring: Command): void {
  const templateOptions = (command: Command): Command =>
    addRuleOptions(
      command
        .option(...USER_OPTION)
        .option('--amount <amount>', 'such as -980 or 3180.00; negative is money out')
        .option('--account <id>', 'the account that is posted to')
        .option('--to <account>', 'makes it a transfer to this account')
        .option('--category <id>', 'its category')
        .option('--description <text>', 'what it is; the id for a new one')
        .option('--payee <name>', 'who is paid'),
    );

  templateOptions(recurring.command('create <id>'))
    .option('--catch-up <policy>', CATCH_UP)
    .description('make a template and start posting it; without --amount: start the template that exists')
    .addHelpText(
      'after',
      '\nExample:\n  tracc recurring create rent --amount -980 --account checking --category housing --schedule "monthly 31" --start 2026-01-31',
    )
    .action(async (id: string, options: TemplateOptions, command: Command) =>
      withSession(options, async (session) => create(session, id, options, command)),
    );

  templateOptions(recurring.command('update <id>'))
    .description(
      'change what is given of a template: amounts and texts for what is posted from now on, dates for what comes after the last one settled',
    )
    .addHelpText('after', '\nExample:\n  tracc recurring update rent --amount -1010 --schedule "monthly last"')
    .action(async (id: string, options: TemplateOptions, command: Command) =>
      withSession(options, async (session) => update(session, id, options, command)),
    );
}

async function create(session: Session, id: string, options: TemplateOptions, command: Command): Promise<void> {
  if (options.amount !== undefined) await saveNewTemplate(session, id, options);
  const template = await requireTemplate(session, id);
  const input: RecurringTransactionInput = {
    templateId: id,
    userId: session.userId,
    ...template.rule,
    catchUp: template.catchUp,
  };
  const workflowId = recurringWorkflowId({ templateId: id });
  await startWorkflow(session, WORKFLOW_TYPES.recurringTransaction, {
    workflowId,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.templateStatus, value: 'active' }],
    staticSummary: `${id}: ${describeSchedule(template.rule.schedule)}`,
    args: [input],
  });
  if (isJson(command)) printJson({ templateId: id, workflowId });
  else printPlan(template.rule, 3);
}

async function saveNewTemplate(session: Session, id: string, options: TemplateOptions): Promise<void> {
  const { account: accountId, amount, catchUp = 'all' } = options;
  if (!accountId) throw new UsageError('--account is missing: the account that is posted to');
  if (!['all', 'latest', 'none'].includes(catchUp)) throw new UsageError('--catch-up should be all, latest or none');
  const rule = await newRule(session, options);
  await refuseOtherRule(session, { id, rule, catchUp });
  await session.scope(session.userId, async (tx) => {
    const account = await findAccount(tx, accountId);
    if (!account) throw new CliFailure(`there is no account ${accountId}`);
    await upsertTemplate(tx, {
      templateId: id,
      description: options.description ?? id,
      payee: options.payee ?? '',
      kind: options.to ? 'transfer' : 'normal',
      accountId,
      toAccountId: options.to ?? null,
      categoryId: options.category ?? null,
      amountMinor: amountMinorOf(amount!, account.currency),
      currency: account.currency,
      splits: [],
      rule,
      catchUp,
    });
  });
}

/** A template that runs keeps its dates unless it is told; saving others would show dates that are not in force. */
async function refuseOtherRule(
  session: Session,
  { id, rule, catchUp }: { id: string; rule: RecurrenceRule; catchUp: CatchUpPolicy },
): Promise<void> {
  const known = await session.scope(session.userId, async (tx) => findTemplate(tx, id));
  if (isDeepStrictEqual({ rule: known?.rule, catchUp: known?.catchUp }, { rule, catchUp })) return;
  if (await findRunning(session, id))
    throw new CliFailure(`${id} is running with other dates; change them with "tracc recurring update ${id}"`);
}

async function update(session: Session, id: string, options: TemplateOptions, command: Command): Promise<void> {
  const known = await requireTemplate(session, id);
  const change = ruleChange(options);
  const rule = checked(changedRule(known.rule, change));
  const changesRule = !isDeepStrictEqual(rule, known.rule);
  const running = changesRule ? await findRunning(session, id) : undefined;
  // The workflow changes its rule and the template's together; without one the template is all there is.
  await running?.executeUpdate(RECURRING_HANDLERS.updateSchedule, { args: [change] });
  await session.scope(session.userId, async (tx) => {
    const template = await findTemplate(tx, id);
    if (!template) throw new CliFailure(`there is no template ${id}`);
    const { accountId, amountMinor } = template;
    const account = await findAccount(tx, options.account ?? accountId);
    if (!account) throw new CliFailure(`there is no account ${options.account}`);
    if (options.amount === undefined && account.currency !== template.currency)
      throw new UsageError(`the amount is in ${template.currency}: give --amount in ${account.currency} too`);
    if (options.amount !== undefined && template.splits.length > 0)
      throw new CliFailure(`${id} is split into ${template.splits.length} lines, which would no longer add up`);
    const toAccountId = options.to ?? template.toAccountId;
    await upsertTemplate(tx, {
      ...template,
      description: options.description ?? template.description,
      payee: options.payee ?? template.payee,
      kind: toAccountId === null ? 'normal' : 'transfer',
      accountId: account.accountId,
      toAccountId,
      categoryId: options.category ?? template.categoryId,
      amountMinor: options.amount === undefined ? amountMinor : amountMinorOf(options.amount, account.currency),
      currency: account.currency,
      rule: running ? template.rule : rule,
    });
  });
  const changed = await requireTemplate(session, id);
  if (isJson(command)) return printJson(changed);
  process.stdout.write(
    `${changed.description}: ${formatMoney({ minor: changed.amountMinor, currency: changed.currency })}, version ${changed.version}\n\n`,
  );
  printPlan(changed.rule);
}

function amountMinorOf(amount: string, currency: string): string {
  const minor = parseDecimalToMinor(amount, currency);
  if (minor === undefined || minor === 0n)
    throw new UsageError(`--amount should be an amount of ${currency} such as -980.00, not ${amount}`);
  return minor.toString();
}
