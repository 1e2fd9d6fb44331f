import { isDeepStrictEqual } from 'node:util';
import { CliFailure, UsageError, isJson, printJson, printTable } from '@backend/shared/cli';
import { formatMoney, isCivilDate, parseDecimalToMinor } from '@backend/shared/kernel';
import { type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import type { Command } from 'commander';
import {
  type CatchUpPolicy,
  type MonthEndRule,
  type Occurrence,
  RECURRING_HANDLERS,
  type RecurrenceRule,
  type RecurringState,
  type RecurringTransactionInput,
  WORKFLOW_TYPES,
  type WeekendRule,
  recurringWorkflowId,
} from '../contract';
import { DEFAULT_POST_AT, planOccurrences, validateRule } from '../domain/recurrence';
import { SCHEDULE_FORMS, describeSchedule, parseSchedule } from '../domain/recurrence/schedule-text';
import {
  type TemplateRow,
  findAccount,
  findTemplate,
  findUser,
  listOccurrences,
  listTemplates,
  upsertTemplate,
} from '../repositories';
import { type Session, withSession } from './session';
import { startWorkflow } from './start';

interface UserOption {
  user?: string;
}

interface CreateOptions extends UserOption {
  amount?: string;
  account?: string;
  to?: string;
  category?: string;
  description?: string;
  payee?: string;
  schedule?: string;
  start?: string;
  zone?: string;
  postAt: string;
  monthEnd: MonthEndRule;
  weekend: WeekendRule;
  until?: string;
  count?: string;
  catchUp: CatchUpPolicy;
}

/** `tracc recurring create|list|show|preview|pause|resume|skip|stop` */
export function addRecurringCommands(program: Command): void {
  const recurring = program.command('recurring').description('transactions that repeat');
  const user = ['--user <id>', 'whose templates; TRACC_USER by default'] as const;

  const ruleOptions = (command: Command): Command =>
    command
      .option(...user)
      .option('--amount <amount>', 'such as -980 or 3180.00; negative is money out')
      .option('--account <id>', 'the account that is posted to')
      .option('--to <account>', 'makes it a transfer to this account')
      .option('--category <id>', 'its category')
      .option('--description <text>', 'what it is; the id by default')
      .option('--payee <name>', 'who is paid')
      .option('--schedule <text>', SCHEDULE_FORMS, 'every 30 days')
      .option('--start <date>', 'the date from which occurrences are counted')
      .option('--zone <name>', "IANA zone; the user's by default")
      .option('--post-at <time>', 'local time of posting, HH:MM', DEFAULT_POST_AT)
      .option('--month-end <rule>', 'a day that a month lacks: clamp or skip', 'clamp')
      .option('--weekend <rule>', 'a date on a weekend: none, skip, previous or next', 'none')
      .option('--until <date>', 'last nominal date')
      .option('--count <n>', 'number of occurrences')
      .option('--catch-up <policy>', 'occurrences that were missed: all, latest or none', 'all');

  ruleOptions(recurring.command('create <id>'))
    .description('make a template and start posting it; without --amount: start the template that exists')
    .addHelpText(
      'after',
      '\nExample:\n  tracc recurring create rent --amount -980 --account checking --category housing --schedule "monthly 31" --start 2026-01-31',
    )
    .action(async (id: string, options: CreateOptions, command: Command) =>
      withSession(options, async (session) => create(session, id, options, command)),
    );

  ruleOptions(recurring.command('preview [id]'))
    .description('the next dates of a template, or of a schedule before anything is made')
    .addHelpText('after', '\nExample:\n  tracc recurring preview --schedule "monthly last fri" --start 2026-01-01')
    .action(async (id: string | undefined, options: CreateOptions, command: Command) =>
      withSession(options, async (session) => {
        const rule =
          id === undefined ? await ruleFromOptions(session, options) : (await requireTemplate(session, id)).rule;
        printOccurrences(planOccurrences({ rule, limit: 12 }), command);
      }),
    );

  recurring
    .command('list')
    .description('the templates of a user')
    .option(...user)
    .addHelpText('after', '\nExample:\n  tracc recurring list')
    .action(async (options: UserOption, command: Command) =>
      withSession(options, async (session) => {
        const templates = await session.scope(session.userId, async (tx) => listTemplates(tx));
        if (isJson(command)) return printJson(templates);
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
      }),
    );

  recurring
    .command('show <id>')
    .description('what became of a template so far, and what comes next')
    .option(...user)
    .addHelpText('after', '\nExample:\n  tracc recurring show rent')
    .action(async (id: string, options: UserOption, command: Command) =>
      withSession(options, async (session) => show(session, id, command)),
    );

  const act = (
    name: string,
    description: string,
    send: (handle: WorkflowHandle, argument: string) => Promise<unknown>,
    argument?: string,
  ): void => {
    recurring
      .command(argument ? `${name} <id> <${argument}>` : `${name} <id>`)
      .description(description)
      .option(...user)
      .addHelpText('after', `\nExample:\n  tracc recurring ${name} rent${argument ? ' 2026-03-31' : ''}`)
      .action(async (id: string, ...rest: unknown[]) => {
        const options = (argument ? rest[1] : rest[0]) as UserOption;
        await withSession(options, async (session) => {
          await requireTemplate(session, id);
          const handle = (await session.client()).workflow.getHandle(recurringWorkflowId({ templateId: id }));
          await send(handle, String(rest[0])).catch((error: unknown) => {
            throw error instanceof WorkflowNotFoundError
              ? new CliFailure(`${id} is not running; start it with "tracc recurring create ${id}"`)
              : error;
          });
          process.stdout.write(`${name}: ${id}\n`);
        });
      });
  };
  act('pause', 'post nothing until it is resumed; what is missed meanwhile is skipped', async (handle) =>
    handle.signal(RECURRING_HANDLERS.pause),
  );
  act('resume', 'go on posting', async (handle) => handle.signal(RECURRING_HANDLERS.resume));
  act('stop', 'end it; nothing more is posted', async (handle) => handle.signal(RECURRING_HANDLERS.stop));
  act(
    'skip',
    'do not post one occurrence',
    async (handle, nominalDate) => handle.executeUpdate(RECURRING_HANDLERS.skip, { args: [{ nominalDate }] }),
    'date',
  );
}

async function create(session: Session, id: string, options: CreateOptions, command: Command): Promise<void> {
  if (options.amount !== undefined) await saveTemplate(session, id, options);
  const template = await requireTemplate(session, id);
  const { startDate, schedule, zone, postAt, monthEnd, weekend, end } = template.rule;
  const input: RecurringTransactionInput = {
    templateId: id,
    userId: session.userId,
    startDate,
    schedule,
    zone,
    postAt,
    monthEnd,
    weekend,
    ...(end ? { end } : {}),
    catchUp: template.catchUp,
  };
  const workflowId = recurringWorkflowId({ templateId: id });
  await startWorkflow(session, WORKFLOW_TYPES.recurringTransaction, {
    workflowId,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    args: [input],
  });
  if (isJson(command)) printJson({ templateId: id, workflowId });
  else printOccurrences(planOccurrences({ rule: template.rule, limit: 3 }), command);
}

async function saveTemplate(session: Session, id: string, options: CreateOptions): Promise<void> {
  const { account: accountId, amount } = options;
  if (!accountId) throw new UsageError('--account is missing: the account that is posted to');
  const rule = await ruleFromOptions(session, options);
  await refuseOtherRule(session, { id, rule, catchUp: options.catchUp });
  await session.scope(session.userId, async (tx) => {
    const account = await findAccount(tx, accountId);
    if (!account) throw new CliFailure(`there is no account ${accountId}`);
    const amountMinor = parseDecimalToMinor(amount!, account.currency);
    if (amountMinor === undefined || amountMinor === 0n) {
      throw new UsageError(`--amount should be an amount of ${account.currency} such as -980.00, not ${amount}`);
    }
    await upsertTemplate(tx, {
      templateId: id,
      description: options.description ?? id,
      payee: options.payee ?? '',
      kind: options.to ? 'transfer' : 'normal',
      accountId,
      toAccountId: options.to ?? null,
      categoryId: options.category ?? null,
      amountMinor: amountMinor.toString(),
      currency: account.currency,
      splits: [],
      rule,
      catchUp: options.catchUp,
    });
  });
}

/** A template that runs keeps the dates it was started with; saving others would show dates that are not in force. */
async function refuseOtherRule(
  session: Session,
  { id, rule, catchUp }: { id: string; rule: RecurrenceRule; catchUp: CatchUpPolicy },
): Promise<void> {
  const known = await session.scope(session.userId, async (tx) => findTemplate(tx, id));
  if (isDeepStrictEqual({ rule: known?.rule, catchUp: known?.catchUp }, { rule, catchUp })) return;
  const handle = (await session.client()).workflow.getHandle(recurringWorkflowId({ templateId: id }));
  const running = await handle.describe().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  });
  if (running?.status.name === 'RUNNING') {
    throw new CliFailure(`${id} is running with other dates; end it first with "tracc recurring stop ${id}"`);
  }
}

async function ruleFromOptions(session: Session, options: CreateOptions): Promise<RecurrenceRule> {
  const schedule = parseSchedule(options.schedule ?? '');
  if (!schedule)
    throw new UsageError(`--schedule should be one of ${SCHEDULE_FORMS}; not ${JSON.stringify(options.schedule)}`);
  if (!options.start || !isCivilDate(options.start))
    throw new UsageError(`--start should be a date such as 2026-01-31, not ${options.start ?? 'nothing'}`);
  if (!['all', 'latest', 'none'].includes(options.catchUp))
    throw new UsageError('--catch-up should be all, latest or none');
  if (options.until !== undefined && options.count !== undefined)
    throw new UsageError('give --until or --count, not both');
  const end =
    options.until !== undefined
      ? { until: options.until }
      : options.count !== undefined
        ? { count: Number(options.count) }
        : undefined;
  const zone = options.zone ?? (await session.scope(session.userId, async (tx) => findUser(tx)))?.zone;
  if (!zone) throw new CliFailure(`there is no user ${session.userId}`);
  const rule: RecurrenceRule = {
    startDate: options.start,
    schedule,
    zone,
    postAt: options.postAt,
    monthEnd: options.monthEnd,
    weekend: options.weekend,
    ...(end ? { end } : {}),
  };
  const problems = validateRule(rule);
  if (problems.length > 0) throw new UsageError(problems.map(({ field, problem }) => `${field} ${problem}`).join('; '));
  return rule;
}

async function requireTemplate(session: Session, id: string): Promise<TemplateRow> {
  const template = await session.scope(session.userId, async (tx) => findTemplate(tx, id));
  if (!template)
    throw new CliFailure(`there is no template ${id}; make it with "tracc recurring create ${id} --amount …"`);
  return template;
}

async function show(session: Session, id: string, command: Command): Promise<void> {
  const template = await requireTemplate(session, id);
  const settled = await session.scope(session.userId, async (tx) => listOccurrences(tx, { templateId: id, limit: 12 }));
  const handle = (await session.client()).workflow.getHandle(recurringWorkflowId({ templateId: id }));
  const state = await handle.query<RecurringState>(RECURRING_HANDLERS.state).catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  });
  if (isJson(command)) return printJson({ template, settled, state: state ?? null });
  const { counts } = state ?? {};
  process.stdout.write(
    `${template.description}: ${formatMoney({ minor: template.amountMinor, currency: template.currency })}, ${describeSchedule(template.rule.schedule)}\n` +
      `${state?.status ?? 'not started'}${state?.reason ? ` (${state.reason})` : ''}` +
      `${counts ? `, ${counts.posted} posted, ${counts.skipped} skipped, ${counts.failed} failed` : ''}\n\n`,
  );
  printTable(
    ['date', 'booked', 'outcome', 'reason'],
    [
      ...(state?.upcoming.slice(0, 5).reverse() ?? []).map((next) => [
        next.nominalDate,
        next.postingDate ?? 'no',
        'to come',
        next.fireAt,
      ]),
      ...settled.map((row) => [
        row.nominalDate,
        row.postingDate ?? 'no',
        row.late ? `${row.outcome}, late` : row.outcome,
        row.reason ?? '',
      ]),
    ],
  );
}

function printOccurrences(occurrences: readonly Occurrence[], command: Command): void {
  if (isJson(command)) return printJson(occurrences);
  printTable(
    ['date', 'booked', 'at'],
    occurrences.map(({ nominalDate, postingDate, fireAt }) => [nominalDate, postingDate ?? 'not booked', fireAt]),
  );
}
