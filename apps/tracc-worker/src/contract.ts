import type { BlobRef } from '@backend/shared/kernel';

/**
 * The public face of tracc: what a client in any language needs to start its workflows and to read their
 * results. Imports nothing at run time.
 */

/** Task queue that tracc workers poll. */
export const TASK_QUEUE = 'tracc-workflows';
/** Temporal namespace of the tenant. */
export const NAMESPACE = 'tracc';
/** Name of the tenant, the first part of its import workflow ids. */
export const TENANT = 'tracc';

/** Workflow types as they go over the wire. */
export const WORKFLOW_TYPES = {
  monthlyBudget: 'MonthlyBudgetWorkflow',
  scheduledBudget: 'ScheduledBudgetWorkflow',
  recurringTransaction: 'RecurringTransactionWorkflow',
  dataImport: 'DataImportWorkflow',
  revertImport: 'RevertImportWorkflow',
} as const;

/** Failure types of tracc's own workflows; all of them are non-retryable. */
export const FAILURES = {
  InvalidInput: 'InvalidInput',
  IdempotencyConflict: 'IdempotencyConflict',
  BudgetNotFound: 'BudgetNotFound',
  InvalidMonth: 'InvalidMonth',
  CurrencyUnknown: 'CurrencyUnknown',
  TemplateNotFound: 'TemplateNotFound',
  TemplateInvalid: 'TemplateInvalid',
  AccountClosed: 'AccountClosed',
  NotAnOccurrence: 'NotAnOccurrence',
  UserNotFound: 'UserNotFound',
  TooManyBudgets: 'TooManyBudgets',
  /** A receiver of alerts refused, or may not be called. */
  WebhookRefused: 'WebhookRefused',
  /** The mail server refused the address or the message. */
  MailRefused: 'MailRefused',
  /** A budget names a target that this worker cannot reach (no mail server is configured). */
  TargetUnsupported: 'TargetUnsupported',
} as const;

/** Failure types that are retried, and end as an activity's last failure only when time runs out. */
export const TRANSIENT_FAILURES = {
  WebhookUnavailable: 'WebhookUnavailable',
  MailUnavailable: 'MailUnavailable',
  /** Another attempt stored the report's revision first. */
  RevisionTaken: 'RevisionTaken',
} as const;
export type FailureType = (typeof FAILURES)[keyof typeof FAILURES];

/**
 * Search attributes, by which the server lists executions; those of imports are with the importer. They are not encrypted: ids,
 * dates and states only. `user` is the id of the user whom an execution is for, `month` is `YYYY-MM`, `templateStatus` is the
 * status in {@link RecurringState}.
 */
export const SEARCH_ATTRIBUTES = {
  user: { name: 'TenantUser', type: 'KEYWORD' },
  month: { name: 'Month', type: 'KEYWORD' },
  templateStatus: { name: 'TemplateStatus', type: 'KEYWORD' },
} as const;

/** `tracc/budget/{userId}/{YYYY-MM}` */
export function budgetWorkflowId({ userId, month }: { userId: string; month: string }): string {
  return `tracc/budget/${encodeURIComponent(userId)}/${month}`;
}
/** The inverse of {@link budgetWorkflowId}; undefined for any other id. */
export function parseBudgetWorkflowId(workflowId: string): { userId: string; month: string } | undefined {
  const match = /^tracc\/budget\/([^/]+)\/(\d{4}-\d{2})$/.exec(workflowId);
  const userId = decoded(match?.[1]);
  return userId === undefined ? undefined : { userId, month: match![2]! };
}

/** The two Schedules of a user: `report` makes the last month's report, `check` looks at the running month every day. */
export type BudgetScheduleKind = 'report' | 'check';

/** Id of a Schedule: `tracc/budget-schedule/{userId}/{report|check}` */
export function budgetScheduleId({ userId, kind }: { userId: string; kind: BudgetScheduleKind }): string {
  return `tracc/budget-schedule/${encodeURIComponent(userId)}/${kind}`;
}
/** The inverse of {@link budgetScheduleId}; undefined for any other id. */
export function parseBudgetScheduleId(scheduleId: string): { userId: string; kind: BudgetScheduleKind } | undefined {
  const match = /^tracc\/budget-schedule\/([^/]+)\/(report|check)$/.exec(scheduleId);
  const userId = decoded(match?.[1]);
  return userId === undefined ? undefined : { userId, kind: match![2] as BudgetScheduleKind };
}

/** `tracc/budget-schedule-run/{userId}/{report|check}`; the Schedule appends the time that it starts a run for. */
export function budgetScheduleRunId({ userId, kind }: { userId: string; kind: BudgetScheduleKind }): string {
  return `tracc/budget-schedule-run/${encodeURIComponent(userId)}/${kind}`;
}
/** The inverse of {@link budgetScheduleRunId}, with or without the Schedule's time; undefined for any other id. */
export function parseBudgetScheduleRunId(workflowId: string): { userId: string; kind: BudgetScheduleKind } | undefined {
  const match = /^tracc\/budget-schedule-run\/([^/]+)\/(report|check)(?:-\d{4}-\d{2}-\d{2}T[\d:.]+Z)?$/.exec(
    workflowId,
  );
  const userId = decoded(match?.[1]);
  return userId === undefined ? undefined : { userId, kind: match![2] as BudgetScheduleKind };
}

/** `tracc/recurring/{templateId}` */
export function recurringWorkflowId({ templateId }: { templateId: string }): string {
  return `tracc/recurring/${encodeURIComponent(templateId)}`;
}
/** The inverse of {@link recurringWorkflowId}; undefined for any other id. */
export function parseRecurringWorkflowId(workflowId: string): { templateId: string } | undefined {
  const templateId = decoded(/^tracc\/recurring\/([^/]+)$/.exec(workflowId)?.[1]);
  return templateId === undefined ? undefined : { templateId };
}

/** A part of an id as it was before encodeURIComponent; undefined for a text that this never makes, such as `%`. */
function decoded(part: string | undefined): string | undefined {
  if (part === undefined) return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

// ---------------------------------------------------------------- monthly budget

export type BudgetStatusKind = 'ok' | 'warning' | 'over' | 'untracked';
export type RolloverMode = 'none' | 'surplus' | 'full';
export type AlertKind = 'warning' | 'over';
export type AlertDelivery = 'pending' | 'sent' | 'failed' | 'superseded' | 'dryRun';

/**
 * Where a budget's alerts go. A webhook's URL must be public unless the operator allows its host by name; with a secret
 * (`whsec_…`) requests are signed as the Standard Webhooks specification says.
 */
export type NotifyTarget =
  | { readonly kind: 'log' }
  | { readonly kind: 'webhook'; readonly url: string; readonly secret?: string }
  | { readonly kind: 'email'; readonly address: string };

export interface MonthlyBudgetInput {
  readonly userId: string;
  /** `YYYY-MM` */
  readonly month: string;
  readonly budgetIds?: readonly string[];
  readonly mode?: 'full' | 'check';
  /** RFC 3339 instant that the run counts as now; the workflow's start by default. */
  readonly asOf?: string;
  readonly dryRun?: boolean;
}

/** One threshold that was crossed. Key: `alert:{budgetId}:{month}:{pct}`. */
export interface BudgetAlert {
  readonly pct: number;
  readonly kind: AlertKind;
  readonly key: string;
  readonly delivery: AlertDelivery;
}

/** Amounts are integer minor units of the budget's currency, as text. */
export interface BudgetResult {
  readonly budgetId: string;
  readonly name: string;
  readonly currency: string;
  readonly status: BudgetStatusKind;
  readonly limitMinor: string | null;
  readonly spentMinor: string;
  readonly remainingMinor: string | null;
  readonly pctTenths: number | null;
  readonly carryInMinor: string;
  readonly carryOutMinor: string;
  readonly refundsMinor: string;
  readonly alerts: readonly BudgetAlert[];
  /** Rows that no rate converts. */
  readonly unconverted: number;
}

export interface ReportFiles {
  readonly json: BlobRef;
  readonly html: BlobRef;
  readonly csv: BlobRef;
}

export interface MonthlyBudgetResult {
  /** The worst of the budgets; `incomplete` when a row could not be converted and nothing is worse than ok. */
  readonly status: BudgetStatusKind | 'incomplete';
  readonly budgets: readonly BudgetResult[];
  readonly reportId?: string;
  readonly reportRevision?: number;
  /** The report's files: JSON is the source, HTML and CSV are rendered from it. */
  readonly reportFiles?: ReportFiles;
  /** The period has not ended at `asOf`. */
  readonly partial: boolean;
}

export interface MonthlyBudgetStatus {
  readonly state: 'loading' | 'computing' | 'alerting' | 'reporting' | 'done' | 'failed';
  readonly budgets: readonly BudgetResult[];
}

/** Names of the handlers of MonthlyBudgetWorkflow. */
export const BUDGET_HANDLERS = {
  status: 'status',
  recheck: 'recheck',
  transactionsChanged: 'transactionsChanged',
} as const;

/** What a Schedule starts; the time that it is for is the run's search attribute, else its start. */
export interface ScheduledBudgetInput {
  readonly userId: string;
  /** `full`: the report of the calendar month before; `check`: the running months, and a final report that is missing. */
  readonly mode: 'full' | 'check';
}

/** What became of one month that a Schedule called for. */
export interface ScheduledBudgetRun {
  /** `YYYY-MM` */
  readonly month: string;
  readonly mode: 'full' | 'check';
  /** `busy`: another run of the month was under way for a whole day, so this one was given up. */
  readonly outcome: 'completed' | 'failed' | 'busy';
  /** Failure type, or the kind of end that has none, such as `TerminatedFailure`. */
  readonly failure?: string;
}

export interface ScheduledBudgetResult {
  /** The instant that the run was for, RFC 3339 UTC. */
  readonly at: string;
  /** Empty when the user has no budget. */
  readonly runs: readonly ScheduledBudgetRun[];
}

// ---------------------------------------------------------------- recurring transaction

/** ISO weekday, 1 = Monday … 7 = Sunday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

export type RecurrenceSchedule =
  | { readonly kind: 'interval'; readonly everyDays: number }
  | { readonly kind: 'weekly'; readonly every: number; readonly weekday: Weekday }
  | { readonly kind: 'monthly'; readonly every: number; /** 1-31, or -1 for the last day */ readonly day: number }
  | {
      readonly kind: 'monthlyNth';
      readonly every: number;
      /** 1-5, or -1 for the last */ readonly nth: number;
      readonly weekday: Weekday;
    }
  | { readonly kind: 'yearly'; readonly every: number; readonly month: number; readonly day: number }
  | { readonly kind: 'rrule'; /** RFC 5545 RRULE value */ readonly text: string };

export type MonthEndRule = 'clamp' | 'skip';
export type WeekendRule = 'none' | 'skip' | 'previous' | 'next';
export type CatchUpPolicy = 'all' | 'latest' | 'none';
/** `until` is inclusive on the nominal date; `count` counts nominals, posted or skipped. */
export type RecurrenceEnd = { readonly until: string } | { readonly count: number };

/** What fixes the dates of a template; nothing here depends on the clock. */
export interface RecurrenceRule {
  /** Civil date from which occurrences are counted (the anchor). */
  readonly startDate: string;
  readonly schedule: RecurrenceSchedule;
  /** IANA zone. */
  readonly zone: string;
  /** `HH:MM` local time of posting. */
  readonly postAt: string;
  readonly monthEnd: MonthEndRule;
  readonly weekend: WeekendRule;
  readonly end?: RecurrenceEnd;
}

/** One occurrence: the nominal date is its identity, the posting date the booking date, fireAt the instant of posting. */
export interface Occurrence {
  /** 1-based position among the nominals of the rule. */
  readonly index: number;
  readonly nominalDate: string;
  /** Null when the weekend rule drops it. */
  readonly postingDate: string | null;
  /** RFC 3339 UTC. */
  readonly fireAt: string;
}

export interface RecurringTransactionInput {
  readonly templateId: string;
  readonly userId: string;
  readonly startDate: string;
  readonly schedule?: RecurrenceSchedule;
  readonly zone: string;
  readonly postAt?: string;
  readonly monthEnd?: MonthEndRule;
  readonly weekend?: WeekendRule;
  readonly end?: RecurrenceEnd;
  readonly catchUp?: CatchUpPolicy;
  readonly carry?: RecurringCarry;
}

/** State carried over continue-as-new; bounded by 32 KiB. */
export interface RecurringCarry {
  /** Nominal date of the last occurrence that is settled (posted, skipped or failed). */
  readonly cursor?: string;
  /** Position of the cursor among the nominals of the rule; 0 before the first. */
  readonly index: number;
  readonly counts: RecurringCounts;
  readonly lastPosted?: string;
  /** Future nominals to skip. */
  readonly skips: readonly string[];
  /** Nominal date → posting date. */
  readonly reschedules: Readonly<Record<string, string>>;
  /** Nominals after the cursor that are settled: they were rescheduled to an earlier date. */
  readonly settledAhead?: readonly string[];
  /** The latest nominal that is settled. */
  readonly lastNominal?: string;
  /** The last failed occurrences, at most 50: what `retry` can post. */
  readonly failures?: readonly FailedOccurrence[];
  readonly paused?: { readonly onResume: 'skip' | 'catchUp'; readonly reason?: string };
  /** A resume was ordered and is not carried out yet. */
  readonly resumeWanted?: boolean;
  /** Nominal date of the occurrence that the run slept for. */
  readonly awaited?: string;
  readonly failuresInARow: number;
  readonly recent: readonly RecentOccurrence[];
  /** Set by updateSchedule: replaces the rule for nominals after the last settled one. */
  readonly rule?: RecurrenceRule;
  /** A confirmed catch-up that is not finished yet: its policy stays in force until nothing is due. */
  readonly catchUpConfirmed?: CatchUpPolicy;
}

/** An occurrence that could not be posted, as it was to be booked. */
export type FailedOccurrence = Occurrence;

export interface RecurringCounts {
  readonly posted: number;
  readonly skipped: number;
  readonly failed: number;
}

export type OccurrenceOutcome = 'posted' | 'already' | 'skipped' | 'failed';
export interface RecentOccurrence {
  readonly nominalDate: string;
  readonly outcome: OccurrenceOutcome;
  /** `user`, `paused`, `missed`, `weekend`, or a failure type. */
  readonly reason?: string;
}

export interface RecurringState {
  readonly status: 'active' | 'paused' | 'needsAttention' | 'ended' | 'stopped';
  readonly reason?: string;
  readonly lastPosted?: string;
  readonly next?: Occurrence;
  readonly counts: RecurringCounts;
  /** What is to come, without what is skipped; by the time at which it is due. */
  readonly upcoming: readonly Occurrence[];
  /** Nominal dates to come that are skipped on order; absent when there is none. */
  readonly skips?: readonly string[];
  readonly recent: readonly RecentOccurrence[];
}

export interface RecurringTransactionResult {
  readonly posted: number;
  readonly skipped: number;
  readonly failed: number;
  readonly lastNominal?: string;
  readonly reason: 'until' | 'count' | 'stopped' | 'cancelled';
}

/** Argument of the query `state`. */
export interface RecurringStateArgument {
  /** How many occurrences to come are listed: 0-24, 24 by default. */
  readonly upcoming?: number;
}
/** Argument of the signal `pause`: what becomes of the occurrences that are missed meanwhile; `skip` by default. */
export interface RecurringPauseArgument {
  readonly onResume?: 'skip' | 'catchUp';
}
/** Argument of the update `skip`: a nominal date to come, that is not settled. Answers with {@link RecurringState}. */
export interface RecurringSkipArgument {
  readonly nominalDate: string;
}
/** Argument of the update `confirmCatchUp`. Answers with {@link RecurringState}. */
export interface RecurringConfirmCatchUpArgument {
  readonly policy: CatchUpPolicy;
}
/** Argument of the update `reschedule`: one occurrence is booked on another date, today or later; its identity stays. Answers with {@link RecurringState}. */
export interface RecurringRescheduleArgument {
  readonly nominalDate: string;
  readonly toDate: string;
}
/**
 * Argument of the update `updateSchedule`: what changes of the rule for the nominals after the last settled one; `end: null` takes
 * the end away. The template's rule is changed with it. Answers with {@link RecurringState}.
 */
export type RecurringUpdateScheduleArgument = Partial<Omit<RecurrenceRule, 'end'>> & {
  readonly end?: RecurrenceEnd | null;
};
/** Argument of the update `retry`: one of the last 50 failed occurrences. Answers with {@link RecurringState}. */
export interface RecurringRetryArgument {
  readonly nominalDate: string;
}

/**
 * Names of the handlers of RecurringTransactionWorkflow. The update `postNow` takes no argument: the next occurrence is booked
 * today, which consumes it; it answers with {@link RecurringState}.
 */
export const RECURRING_HANDLERS = {
  state: 'state',
  pause: 'pause',
  resume: 'resume',
  stop: 'stop',
  skip: 'skip',
  reschedule: 'reschedule',
  postNow: 'postNow',
  updateSchedule: 'updateSchedule',
  retry: 'retry',
  confirmCatchUp: 'confirmCatchUp',
} as const;
