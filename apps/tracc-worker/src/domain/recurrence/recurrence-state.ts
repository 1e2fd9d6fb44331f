import type {
  CatchUpPolicy,
  FailedOccurrence,
  Occurrence,
  RecentOccurrence,
  RecurrenceRule,
  RecurringCarry,
  RecurringCounts,
  RecurringState,
  RecurringTransactionInput,
  RecurringTransactionResult,
} from '../../contract';
import { ruleOf } from './rule';

/**
 * What a recurring workflow knows between two steps. Runs in the sandbox: no clock, no zones, no libraries.
 *
 * Nominals are settled in their order, so one cursor says how far they are. What is rescheduled leaves that order: the cursor
 * passes over it, and it stays open in `reschedules` until its own time comes; one that is settled before the cursor reaches
 * it stands in `settledAhead`.
 */
export interface Recurrence {
  rule: RecurrenceRule;
  readonly catchUp: CatchUpPolicy;
  cursor: string | undefined;
  /** Position of the cursor among the nominals of the rule; 0 before the first. */
  index: number;
  counts: RecurringCounts;
  lastPosted: string | undefined;
  /** The latest nominal that is settled. */
  lastNominal: string | undefined;
  skips: readonly string[];
  /** Nominal date to booking date. */
  reschedules: Readonly<Record<string, string>>;
  settledAhead: readonly string[];
  paused: RecurringCarry['paused'];
  resumeWanted: boolean;
  /** Nominal date of the occurrence that the run slept for: when its time comes it is not missed. */
  awaited: string | undefined;
  /** Nominal date of the occurrence that is being posted right now. */
  posting: string | undefined;
  failuresInARow: number;
  /** Failed occurrences that can be tried again, oldest first. */
  failures: readonly FailedOccurrence[];
  needsAttention: string | undefined;
  catchUpConfirmed: CatchUpPolicy | undefined;
  recent: readonly RecentOccurrence[];
  ended: 'ended' | 'stopped' | undefined;
}

const RECENT_KEPT = 50;
const UPCOMING_MAX = 24;

/** The state of a first run, or of the next run after continue-as-new. */
export function openRecurrence(input: RecurringTransactionInput): Recurrence {
  const { carry } = input;
  return {
    rule: carry?.rule ?? ruleOf(input),
    catchUp: input.catchUp ?? 'all',
    cursor: carry?.cursor,
    index: carry?.index ?? 0,
    counts: carry?.counts ?? { posted: 0, skipped: 0, failed: 0 },
    lastPosted: carry?.lastPosted,
    lastNominal: carry?.lastNominal ?? carry?.cursor,
    skips: carry?.skips ?? [],
    reschedules: carry?.reschedules ?? {},
    settledAhead: carry?.settledAhead ?? [],
    paused: carry?.paused,
    resumeWanted: carry?.resumeWanted ?? false,
    awaited: carry?.awaited,
    posting: undefined,
    failuresInARow: carry?.failuresInARow ?? 0,
    failures: carry?.failures ?? [],
    needsAttention: undefined,
    catchUpConfirmed: carry?.catchUpConfirmed,
    recent: carry?.recent ?? [],
    ended: undefined,
  };
}

/** What the next run needs; what was decided about nominals that are settled is dropped. */
export function carryOf(recurrence: Recurrence): RecurringCarry {
  const { cursor, lastPosted, lastNominal, awaited, settledAhead, failures } = recurrence;
  return {
    index: recurrence.index,
    counts: recurrence.counts,
    skips: recurrence.skips.filter((nominalDate) => !isSettled(recurrence, { nominalDate })),
    reschedules: recurrence.reschedules,
    failuresInARow: recurrence.failuresInARow,
    recent: recurrence.recent,
    rule: recurrence.rule,
    ...(cursor === undefined ? {} : { cursor }),
    ...(lastPosted === undefined ? {} : { lastPosted }),
    ...(lastNominal === undefined ? {} : { lastNominal }),
    ...(settledAhead.length > 0 ? { settledAhead } : {}),
    ...(failures.length > 0 ? { failures } : {}),
    ...(recurrence.paused ? { paused: recurrence.paused } : {}),
    ...(recurrence.resumeWanted ? { resumeWanted: true } : {}),
    ...(awaited === undefined ? {} : { awaited }),
    ...(recurrence.catchUpConfirmed ? { catchUpConfirmed: recurrence.catchUpConfirmed } : {}),
  };
}

/** True when an occurrence is posted, skipped or failed. */
export function isSettled(
  { cursor, reschedules, settledAhead }: Pick<Recurrence, 'cursor' | 'reschedules' | 'settledAhead'>,
  { nominalDate }: Pick<Occurrence, 'nominalDate'>,
): boolean {
  if (nominalDate in reschedules) return false;
  return (cursor !== undefined && nominalDate <= cursor) || settledAhead.includes(nominalDate);
}

/** True when an occurrence has a booking date of its own and is still to come. */
export function isMoved(
  { reschedules }: Pick<Recurrence, 'reschedules'>,
  { nominalDate }: Pick<Occurrence, 'nominalDate'>,
): boolean {
  return nominalDate in reschedules;
}

/** Moves the cursor over nominals that need nothing: they are rescheduled or settled already. */
export function passOver(recurrence: Recurrence, { nominalDate, index }: Occurrence): void {
  recurrence.cursor = nominalDate;
  recurrence.index = index;
  recurrence.settledAhead = recurrence.settledAhead.filter((ahead) => ahead > nominalDate);
}

/** Notes what became of an occurrence and counts it; `already` (posted by another path) counts as posted. */
export function settle(
  recurrence: Recurrence,
  occurrence: Occurrence,
  { outcome, reason }: Omit<RecentOccurrence, 'nominalDate'>,
): void {
  const { nominalDate } = occurrence;
  if (isMoved(recurrence, occurrence)) {
    const { [nominalDate]: _done, ...open } = recurrence.reschedules;
    recurrence.reschedules = open;
    if (!isSettled(recurrence, occurrence)) recurrence.settledAhead = [...recurrence.settledAhead, nominalDate].sort();
  } else passOver(recurrence, occurrence);

  count(recurrence, outcome, 1);
  if (isPosted(outcome)) recurrence.lastPosted = later(recurrence.lastPosted, nominalDate);
  if (outcome === 'failed') recurrence.failures = [...recurrence.failures, failedOf(occurrence)].slice(-RECENT_KEPT);
  recurrence.lastNominal = later(recurrence.lastNominal, nominalDate);
  recurrence.recent = [
    { nominalDate, outcome, ...(reason === undefined ? {} : { reason }) },
    ...recurrence.recent,
  ].slice(0, RECENT_KEPT);
}

/** Notes that an occurrence that had failed is posted now. */
export function settleAgain(
  recurrence: Recurrence,
  { nominalDate }: FailedOccurrence,
  outcome: 'posted' | 'already',
): void {
  recurrence.failures = recurrence.failures.filter((failed) => failed.nominalDate !== nominalDate);
  count(recurrence, 'failed', -1);
  count(recurrence, outcome, 1);
  recurrence.lastPosted = later(recurrence.lastPosted, nominalDate);
  recurrence.failuresInARow = 0;
  recurrence.recent = recurrence.recent.map((entry) =>
    entry.nominalDate === nominalDate && entry.outcome === 'failed' ? { nominalDate, outcome } : entry,
  );
}

function count(recurrence: Recurrence, outcome: RecentOccurrence['outcome'], change: number): void {
  const counted = outcome === 'already' ? 'posted' : outcome;
  recurrence.counts = { ...recurrence.counts, [counted]: recurrence.counts[counted] + change };
}

function isPosted(outcome: RecentOccurrence['outcome']): boolean {
  return outcome === 'posted' || outcome === 'already';
}

function failedOf({ index, nominalDate, postingDate, fireAt }: Occurrence): FailedOccurrence {
  return { index, nominalDate, postingDate, fireAt };
}

function later(known: string | undefined, date: string): string {
  return known !== undefined && known > date ? known : date;
}

/** What ended a rule that has no further occurrence: its count (an RRULE's own too), else its last date. */
export function endReason({ rule, index }: Pick<Recurrence, 'rule' | 'index'>): 'until' | 'count' {
  const own = rule.schedule.kind === 'rrule' ? /(?:^|[:;])\s*COUNT=(\d+)/i.exec(rule.schedule.text)?.[1] : undefined;
  const counts = [
    ...(rule.end && 'count' in rule.end ? [rule.end.count] : []),
    ...(own === undefined ? [] : [Number(own)]),
  ];
  return counts.some((limit) => index >= limit) ? 'count' : 'until';
}

/** By the time at which they are due, then by nominal date: the order in which they are posted. */
export function inOrder(occurrences: readonly Occurrence[]): Occurrence[] {
  return [...occurrences].sort(
    (a, b) => Date.parse(a.fireAt) - Date.parse(b.fireAt) || (a.nominalDate < b.nominalDate ? -1 : 1),
  );
}

/** The answer of the `state` query; `upcoming` are planned occurrences, moved ones included, and `limit` bounds what is told. */
export function stateOf(
  recurrence: Recurrence,
  upcoming: readonly Occurrence[],
  limit: number | undefined = UPCOMING_MAX,
): RecurringState {
  const open = inOrder(upcoming).filter(
    (occurrence) => !isSettled(recurrence, occurrence) && !recurrence.skips.includes(occurrence.nominalDate),
  );
  const reason = recurrence.paused?.reason ?? recurrence.needsAttention;
  const skips = recurrence.skips.filter((nominalDate) => !isSettled(recurrence, { nominalDate }));
  return {
    status:
      recurrence.ended ?? (recurrence.paused ? 'paused' : recurrence.needsAttention ? 'needsAttention' : 'active'),
    counts: recurrence.counts,
    upcoming: open.slice(0, Math.max(0, Math.min(Math.trunc(Number(limit)) || 0, UPCOMING_MAX))),
    recent: recurrence.recent,
    ...(skips.length === 0 ? {} : { skips }),
    ...(reason === undefined ? {} : { reason }),
    ...(recurrence.lastPosted === undefined ? {} : { lastPosted: recurrence.lastPosted }),
    ...(open[0] ? { next: open[0] } : {}),
  };
}

/** The workflow's result. */
export function resultOf(
  { counts, lastNominal }: Recurrence,
  reason: RecurringTransactionResult['reason'],
): RecurringTransactionResult {
  return { ...counts, reason, ...(lastNominal === undefined ? {} : { lastNominal }) };
}
