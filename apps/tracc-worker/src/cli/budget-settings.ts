import { CliFailure, UsageError, isJson, printJson, printTable } from '@backend/shared/cli';
import { AddressBlocked, checkAddress } from '@backend/shared/http';
import { formatMoney, isCurrency, isMonth, monthOf, parseDecimalToMinor } from '@backend/shared/kernel';
import { type Command, InvalidArgumentError } from 'commander';
import type { NotifyTarget, RolloverMode } from '../contract';
import { isZone, localDate } from '../domain/recurrence';
import { isMailAddress, isWebhookSecret, newWebhookSecret } from '../notifications';
import {
  type BudgetRow,
  type UserRow,
  archiveBudget,
  findBudgets,
  findUser,
  listCategoryIds,
  upsertBudget,
} from '../repositories';
import { followStartDays, readStartDays } from './schedule';
import { type Session, withSession } from './session';

interface SetOptions {
  user?: string;
  name?: string;
  limit?: string;
  currency?: string;
  zone?: string;
  startDay?: number;
  category?: string[];
  rollover?: RolloverMode;
  since?: string;
  threshold?: number[];
  webhook?: string[];
  webhookSecret?: string;
  email?: string[];
}

const NONE = 'none';
const MAX_THRESHOLDS = 10;

/** `tracc budget set|list|archive` */
export function addBudgetSettingsCommands(budget: Command): void {
  budget
    .command('set <id>')
    .description('make a budget, or change what is given of it')
    .option('--user <id>', 'whose budget; TRACC_USER by default')
    .option('--category <ids...>', 'the expense categories that count in it; a new budget needs some')
    .option('--name <text>', 'what it is called; the id for a new one')
    .option('--limit <amount>', `the monthly limit, such as 650 or 650.00; ${NONE}: the budget is only watched`)
    .option('--currency <code>', 'ISO 4217 code; EUR for a new one')
    .option('--zone <name>', "IANA zone of the month's edges; the user's for a new one")
    .option('--start-day <day>', 'first day of the budget month, 1 to 28; 1 for a new one', integerBetween(1, 28))
    .option('--rollover <mode>', 'none, surplus or full; none for a new one', oneOf(['none', 'surplus', 'full']))
    .option('--since <month>', 'first month of the rollover chain; this month for a new one')
    .option(
      '--threshold <percent...>',
      'alert at these per cents of the limit, 1 to 1000; 80 and 100 for a new one',
      collectPercents,
    )
    .option('--webhook <url...>', `post alerts to these URLs too, signed; ${NONE}: to no URL`)
    .option('--webhook-secret <secret>', 'sign with this secret (whsec_…); a URL that is new gets one of its own')
    .option('--email <address...>', `send alerts to these addresses too; ${NONE}: to no address`)
    .addHelpText(
      'after',
      '\nExample:\n  tracc budget set food --limit 650 --category groceries eating-out --rollover surplus',
    )
    .action(async (id: string, options: SetOptions, command: Command) =>
      withSession(options, async (session) => setBudget(session, id, options, command)),
    );

  budget
    .command('list')
    .description('the budgets of a user')
    .option('--user <id>', 'whose budgets; TRACC_USER by default')
    .addHelpText('after', '\nExample:\n  tracc budget list')
    .action(async (options: { user?: string }, command: Command) =>
      withSession(options, async (session) => listBudgets(session, command)),
    );

  budget
    .command('archive <id>')
    .description('stop a budget: it is in no check and no report from now on; "set" brings it back')
    .option('--user <id>', 'whose budget; TRACC_USER by default')
    .addHelpText('after', '\nExample:\n  tracc budget archive holidays')
    .action(async (id: string, options: { user?: string }, command: Command) =>
      withSession(options, async (session) => {
        const startDays = await readStartDays(session);
        const found = await session.scope(session.userId, async (tx) => archiveBudget(tx, id));
        if (!found) throw new CliFailure(`there is no budget ${id} of ${session.userId}`);
        await followStartDays(session, startDays);
        if (isJson(command)) printJson({ archived: id });
        else process.stdout.write(`${id} is archived; its alerts and reports stay\n`);
      }),
    );
}

async function listBudgets(session: Session, command: Command): Promise<void> {
  const budgets = await session.scope(session.userId, async (tx) => findBudgets(tx));
  if (isJson(command)) return printJson(budgets.map(withoutSecrets));
  printTable(
    ['id', 'name', 'limit', 'month', 'rollover', 'alerts at', 'alerts to'],
    budgets.map((row) => [
      row.budgetId,
      row.name,
      limitText(row),
      row.monthStartDay === 1 ? row.zone : `from day ${row.monthStartDay}, ${row.zone}`,
      row.rollover,
      row.thresholdsPct.map((pct) => `${pct} %`).join(', '),
      row.notify.map(targetText).join(', '),
    ]),
  );
}

async function setBudget(session: Session, id: string, options: SetOptions, command: Command): Promise<void> {
  await checkTargets(session, options);
  const startDays = await readStartDays(session);
  const { stored, secrets } = await session.scope(session.userId, async (tx) => {
    const user = await findUser(tx);
    if (!user) throw new CliFailure(`there is no user ${session.userId}`);
    const [known] = await findBudgets(tx, [id]);
    const categoryIds = options.category ?? (known ? await listCategoryIds(tx, id) : undefined);
    if (!categoryIds) throw new UsageError(`${id} is a new budget: say with --category what counts in it`);
    const budget = changed({ id, known, user, options });
    await upsertBudget(tx, { ...budget, categoryIds });
    const fresh = budget.notify.filter(
      (target) =>
        target.kind === 'webhook' &&
        !known?.notify.some((old) => old.kind === 'webhook' && old.url === target.url && old.secret === target.secret),
    );
    return { stored: { ...budget, categoryIds: await listCategoryIds(tx, id) }, secrets: fresh };
  });
  await followStartDays(session, startDays);
  if (stored.notify.some(({ kind }) => kind === 'email') && !session.config.env.SMTP_URL)
    process.stderr.write('tracc: alerts by e-mail go out when the worker has a mail server, SMTP_URL\n');
  if (isJson(command)) return printJson({ ...withoutSecrets(stored), newSecrets: secrets });
  process.stdout.write(
    `${stored.name}: ${limitText(stored)}${stored.limitMinor === null ? '' : ' a month'}, for ${stored.categoryIds.join(', ')}\n`,
  );
  for (const target of secrets) {
    if (target.kind === 'webhook')
      process.stdout.write(`${target.url} is signed with ${target.secret ?? ''} (shown this once)\n`);
  }
}

/** The budget with what the options change of it; what they do not name stays. */
function changed({
  id,
  known,
  user,
  options,
}: {
  id: string;
  known: BudgetRow | undefined;
  user: UserRow;
  options: SetOptions;
}): BudgetRow {
  const currency = options.currency ?? known?.currency ?? 'EUR';
  if (!isCurrency(currency)) throw new UsageError(`--currency should be an ISO 4217 code such as EUR, not ${currency}`);
  if (known && known.limitMinor !== null && known.currency !== currency && options.limit === undefined)
    throw new UsageError(`the limit is in ${known.currency}: give --limit in ${currency} too`);
  const zone = options.zone ?? known?.zone ?? user.zone;
  if (!isZone(zone)) throw new UsageError(`--zone should be an IANA zone such as Europe/Berlin, not ${zone}`);
  if (options.since !== undefined && !isMonth(options.since))
    throw new UsageError(`--since should be a month such as 2026-03, not ${options.since}`);
  const thresholdsPct = [...new Set(options.threshold ?? known?.thresholdsPct ?? [80, 100])].sort((a, b) => a - b);
  if (thresholdsPct.length > MAX_THRESHOLDS)
    throw new UsageError(`--threshold takes at most ${MAX_THRESHOLDS} per cents`);
  const monthStartDay = options.startDay ?? known?.monthStartDay ?? 1;
  const today = localDate({ instant: new Date().toISOString(), zone });
  return {
    budgetId: id,
    name: options.name ?? known?.name ?? id,
    currency,
    zone,
    limitMinor: options.limit === undefined ? (known?.limitMinor ?? null) : limitMinorOf(options.limit, currency),
    monthStartDay,
    rollover: options.rollover ?? known?.rollover ?? 'none',
    rolloverSince: options.since ?? known?.rolloverSince ?? monthOf(today, monthStartDay),
    thresholdsPct,
    notify: targetsOf(options, known?.notify ?? []),
  };
}

function limitMinorOf(limit: string, currency: string): string | null {
  if (limit === NONE) return null;
  const minor = parseDecimalToMinor(limit, currency);
  if (minor === undefined || minor < 0n || minor > 2n ** 63n - 1n) {
    throw new UsageError(
      `--limit should be an amount of ${currency} that is not negative, such as 650.00, or ${NONE}; not ${limit}`,
    );
  }
  return minor.toString();
}

function targetsOf({ webhook, webhookSecret, email }: SetOptions, known: readonly NotifyTarget[]): NotifyTarget[] {
  const hooks = known.filter((target) => target.kind === 'webhook');
  const urls = webhook === undefined ? hooks.map(({ url }) => url) : given(webhook);
  const addresses =
    email === undefined ? known.flatMap((target) => (target.kind === 'email' ? [target.address] : [])) : given(email);
  return [
    { kind: 'log' },
    ...urls.map((url): NotifyTarget => {
      const old = hooks.find((target) => target.url === url)?.secret;
      return { kind: 'webhook', url, secret: webhookSecret ?? old ?? newWebhookSecret() };
    }),
    ...addresses.map((address): NotifyTarget => ({ kind: 'email', address })),
  ];
}

function given(values: readonly string[]): string[] {
  return [...new Set(values)].filter((value) => value !== NONE);
}

/** Refuses what no alert could ever reach, before anything is written. */
async function checkTargets({ config }: Session, { webhook, webhookSecret, email }: SetOptions): Promise<void> {
  if (webhookSecret !== undefined && !isWebhookSecret(webhookSecret))
    throw new UsageError('--webhook-secret should be whsec_ and 24 to 64 bytes in base64');
  const address = email && given(email).find((text) => !isMailAddress(text));
  if (address !== undefined)
    throw new UsageError(`--email should be an address such as me@example.org, not ${address}`);
  for (const url of given(webhook ?? [])) {
    try {
      await checkAddress(url, { allowHosts: config.env.HTTP_ALLOW_HOSTS });
    } catch (error) {
      if (!(error instanceof AddressBlocked)) throw error;
      throw new UsageError(
        `--webhook should be an http or https URL that alerts may go to: ${error.message}; HTTP_ALLOW_HOSTS names exceptions`,
      );
    }
  }
}

function withoutSecrets<T extends BudgetRow>(budget: T): T {
  const notify = budget.notify.map((target) =>
    target.kind === 'webhook' && target.secret !== undefined ? { ...target, secret: 'whsec_…' } : target,
  );
  return { ...budget, notify };
}

function targetText(target: NotifyTarget): string {
  if (target.kind === 'webhook') return URL.canParse(target.url) ? new URL(target.url).host : 'webhook';
  return target.kind === 'email' ? target.address : target.kind;
}

function limitText({ limitMinor, currency }: BudgetRow): string {
  return limitMinor === null ? 'no limit' : formatMoney({ minor: limitMinor, currency });
}

function integerBetween(min: number, max: number) {
  return (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It should be a whole number from ${min} to ${max}.`);
  };
}

function collectPercents(text: string, previous: number[] | undefined): number[] {
  return [...(previous ?? []), integerBetween(1, 1000)(text)];
}

function oneOf<const T extends string>(values: readonly T[]) {
  return (text: string): T => {
    const value = values.find((candidate) => candidate === text);
    if (value) return value;
    throw new InvalidArgumentError(`It should be one of ${values.join(', ')}.`);
  };
}
