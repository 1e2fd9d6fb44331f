import { CliFailure, UsageError } from '@backend/shared/cli';
import type { Command } from 'commander';
import type {
  CatchUpPolicy,
  MonthEndRule,
  RecurrenceEnd,
  RecurrenceRule,
  RecurringUpdateScheduleArgument,
  WeekendRule,
} from '../../contract';
import { DEFAULT_POST_AT, DEFAULT_SCHEDULE, validateRule } from '../../domain/recurrence';
import { SCHEDULE_FORMS, parseSchedule } from '../../domain/recurrence/schedule-text';
import { findUser } from '../../repositories';
import type { Session } from '../session';
import type { UserOption } from './lookup';

/** The options of a rule; what was not given is absent. */
export interface RuleOptions extends UserOption {
  schedule?: string;
  start?: string;
  zone?: string;
  postAt?: string;
  monthEnd?: MonthEndRule;
  weekend?: WeekendRule;
  until?: string;
  count?: string;
  catchUp?: CatchUpPolicy;
}

/** Adds the options that say when; what a new template has without them stands in their texts. */
export function addRuleOptions(command: Command): Command {
  return command
    .option('--schedule <text>', `${SCHEDULE_FORMS}; every 30 days for a new one`)
    .option('--start <date>', 'the date from which occurrences are counted')
    .option('--zone <name>', "IANA zone; the user's for a new one")
    .option('--post-at <time>', `local time of posting, HH:MM; ${DEFAULT_POST_AT} for a new one`)
    .option('--month-end <rule>', 'a day that a month lacks: clamp or skip; clamp for a new one')
    .option('--weekend <rule>', 'a date on a weekend: none, skip, previous or next; none for a new one')
    .option('--until <date>', 'last nominal date')
    .option('--count <n>', 'number of occurrences');
}

/** What the options change of a rule; `none` for --until or --count takes the end away. */
export function ruleChange(options: RuleOptions): RecurringUpdateScheduleArgument {
  const { schedule: text, start, zone, postAt, monthEnd, weekend, until, count } = options;
  const schedule = text === undefined ? undefined : parseSchedule(text);
  if (text !== undefined && !schedule)
    throw new UsageError(`--schedule should be one of ${SCHEDULE_FORMS}; not ${JSON.stringify(text)}`);
  if (until !== undefined && count !== undefined) throw new UsageError('give --until or --count, not both');
  const end: RecurrenceEnd | null | undefined =
    until === 'none' || count === 'none'
      ? null
      : until !== undefined
        ? { until }
        : count !== undefined
          ? { count: Number(count) }
          : undefined;
  return {
    ...(start === undefined ? {} : { startDate: start }),
    ...(schedule ? { schedule } : {}),
    ...(zone === undefined ? {} : { zone }),
    ...(postAt === undefined ? {} : { postAt }),
    ...(monthEnd === undefined ? {} : { monthEnd }),
    ...(weekend === undefined ? {} : { weekend }),
    ...(end === undefined ? {} : { end }),
  };
}

/** The rule of a new template. */
export async function newRule(session: Session, options: RuleOptions): Promise<RecurrenceRule> {
  const { startDate, end, ...change } = ruleChange(options);
  if (startDate === undefined) throw new UsageError('--start is missing: a date such as 2026-01-31');
  const zone = options.zone ?? (await session.scope(session.userId, async (tx) => findUser(tx)))?.zone;
  if (!zone) throw new CliFailure(`there is no user ${session.userId}`);
  return checked({
    schedule: DEFAULT_SCHEDULE,
    postAt: DEFAULT_POST_AT,
    monthEnd: 'clamp',
    weekend: 'none',
    ...change,
    startDate,
    zone,
    ...(end ? { end } : {}),
  });
}

// The fields of a rule by the options that give them.
const OPTION_OF: Readonly<Record<string, string>> = {
  startDate: '--start',
  schedule: '--schedule',
  zone: '--zone',
  postAt: '--post-at',
  monthEnd: '--month-end',
  weekend: '--weekend',
  'end.until': '--until',
  'end.count': '--count',
};

/** `schedule.day` as `--schedule: day`. */
function optionOf(field: string): string {
  const [whole = '', part] = field.split('.');
  return OPTION_OF[field] ?? `${OPTION_OF[whole] ?? whole}${part === undefined || part === 'text' ? '' : `: ${part}`}`;
}

/** The rule, when it can be followed; else a usage error with every problem of it. */
export function checked(rule: RecurrenceRule): RecurrenceRule {
  const problems = validateRule(rule).map(({ field, problem }) => `${optionOf(field)} ${problem}`);
  if (problems.length > 0) throw new UsageError(problems.join('; '));
  return rule;
}
