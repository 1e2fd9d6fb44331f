import type {
  CatchUpPolicy,
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

/** What a recurring workflow knows between two steps. Runs in the sandbox: no clock, no zones, no libraries. */
export interface Recurrence {
  readonly rule: RecurrenceRule;
  readonly catchUp: CatchUpPolicy;
  cursor: string | undefined;
  index: number;
  counts: RecurringCounts;
  lastPosted: string | undefined;
  skips: readonly string[];
  reschedules: Readonly<Record<string, string>>;
  paused: RecurringCarry['paused'];
  resumeWanted: boolean;
  /** Nominal date of the occurrence that the run slept for: when its time comes it is not missed. */
  awaited: string | undefined;
  /** Nominal date of the occurrence that is being posted right now. */
  posting: string | undefined;
  failuresInARow: number;
  needsAttention: string | undefined;
  catchUpConfirmed: CatchUpPolicy | undefined;
  recent: readonly RecentOccurrence[];
  ended: 'ended' | 'stopped' | undefined;
}

const RECENT_KEPT = 50;
/** Future nominals that are treated otherwise than the rule says: skipped or rescheduled. */
const EXCEPTIONS_MAX = 500;
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
    skips: carry?.skips ?? [],
    reschedules: carry?.reschedules ?? {},
    paused: carry?.paused,
    resumeWanted: carry?.resumeWanted ?? false,
    awaited: carry?.awaited,
    posting: undefined,
    failuresInARow: carry?.failuresInARow ?? 0,
    needsAttention: undefined,
    catchUpConfirmed: carry?.catchUpConfirmed,
    recent: carry?.recent ?? [],
    ended: undefined,
  };
}

/** What the next run needs; skips and reschedules of settled nominals are dropped. */
export function carryOf(recurrence: Recurrence): RecurringCarry {
  const open = (nominalDate: string) => recurrence.cursor === undefined || nominalDate > recurrence.cursor;
  return {
    index: recurrence.index,
    counts: recurrence.counts,
    skips: recurrence.skips.filter(open),
    reschedules: Object.fromEntries(Object.entries(recurrence.reschedules).filter(([nominal]) => open(nominal))),
    failuresInARow: recurrence.failuresInARow,
    recent: recurrence.recent,
    rule: recurrence.rule,
    ...(recurrence.cursor === undefined ? {} : { cursor: recurrence.cursor }),
    ...(recurrence.lastPosted === undefined ? {} : { lastPosted: recurrence.lastPosted }),
    ...(recurrence.paused ? { paused: recurrence.paused } : {}),
    ...(recurrence.resumeWanted ? { resumeWanted: true } : {}),
    ...(recurrence.awaited === undefined ? {} : { awaited: recurrence.awaited }),
    ...(recurrence.catchUpConfirmed ? { catchUpConfirmed: recurrence.catchUpConfirmed } : {}),
  };
}

/** True when an occurrence lies at or before the cursor. */
export function isSettled(recurrence: Recurrence, { nominalDate }: Pick<Occurrence, 'nominalDate'>): boolean {
  return recurrence.cursor !== undefined && nominalDate <= recurrence.cursor;
}

/** Moves the cursor over an occurrence and counts it; `already` (posted by another path) counts as posted. */
export function settle(
  recurrence: Recurrence,
  occurrence: Occurrence,
  { outcome, reason }: Omit<RecentOccurrence, 'nominalDate'>,
): void {
  const counted = outcome === 'already' ? 'posted' : outcome;
  recurrence.cursor = occurrence.nominalDate;
  recurrence.index = occurrence.index;
  recurrence.counts = { ...recurrence.counts, [counted]: recurrence.counts[counted] + 1 };
  if (counted === 'posted') recurrence.lastPosted = occurrence.nominalDate;
  recurrence.recent = [
    { nominalDate: occurrence.nominalDate, outcome, ...(reason === undefined ? {} : { reason }) },
    ...recurrence.recent,
  ].slice(0, RECENT_KEPT);
}

/** Why an occurrence is not posted although its time has come; undefined when it is. */
export function reasonToSkip(
  recurrence: Recurrence,
  { nominalDate, postingDate }: Occurrence,
): 'user' | 'weekend' | undefined {
  if (recurrence.skips.includes(nominalDate)) return 'user';
  return postingDate === null ? 'weekend' : undefined;
}

/**
 * Splits what is due by the catch-up policy. The occurrence that was slept for is the ordinary case when nothing else
 * is due: no policy misses it. `moreDue` says that the list is cut: its last one then waits for the rest, since only
 * the last of all is the latest.
 */
export function splitDue(
  { awaited, catchUp, catchUpConfirmed }: Pick<Recurrence, 'awaited' | 'catchUp' | 'catchUpConfirmed'>,
  { due, moreDue }: { due: readonly Occurrence[]; moreDue: boolean },
): { missed: readonly Occurrence[]; toPost: readonly Occurrence[] } {
  const policy = catchUpConfirmed ?? catchUp;
  const isOrdinary = due.length === 1 && due[0]!.nominalDate === awaited;
  if (policy === 'all' || isOrdinary) return { missed: [], toPost: due };
  if (policy === 'none') return { missed: due, toPost: [] };
  return { missed: due.slice(0, -1), toPost: moreDue ? [] : due.slice(-1) };
}

/**
 * Pauses, whatever was ordered before: a newer pause replaces an older one and takes back a resume that is not carried
 * out yet. The reason of a pause that still holds is kept.
 */
export function orderPause(
  recurrence: Recurrence,
  { onResume, reason }: { onResume: 'skip' | 'catchUp'; reason?: string },
): void {
  const why = reason ?? (recurrence.resumeWanted ? undefined : recurrence.paused?.reason);
  recurrence.paused = { onResume, ...(why === undefined ? {} : { reason: why }) };
  recurrence.resumeWanted = false;
  recurrence.awaited = undefined;
}

/** Orders the end of a pause; without one there is nothing to resume. */
export function orderResume(recurrence: Recurrence): void {
  recurrence.resumeWanted = recurrence.paused !== undefined;
}

/** Ends the pause whose resume is carried out; a pause that was ordered meanwhile stays in force. */
export function endPause(recurrence: Recurrence, pause: Recurrence['paused']): void {
  if (recurrence.paused !== pause) return;
  recurrence.paused = undefined;
  recurrence.resumeWanted = false;
  recurrence.failuresInARow = 0;
}

/** Why an occurrence cannot be skipped (any more), as a sentence; undefined when it can. */
export function skipProblem(
  recurrence: Recurrence,
  { nominalDate, fireAt, nowMs }: { nominalDate: string; fireAt?: string; nowMs: number },
): string | undefined {
  if (isSettled(recurrence, { nominalDate })) return `The occurrence of ${nominalDate} is settled already.`;
  if (recurrence.posting === nominalDate) return `The occurrence of ${nominalDate} is being posted.`;
  if (recurrence.skips.includes(nominalDate)) return undefined;
  if (fireAt !== undefined && Date.parse(fireAt) <= nowMs && !recurrence.paused) {
    return `The occurrence of ${nominalDate} is due since ${fireAt}; only one to come can be skipped.`;
  }
  const { skips, reschedules } = carryOf(recurrence);
  if (skips.length + Object.keys(reschedules).length >= EXCEPTIONS_MAX) {
    return `No more than ${EXCEPTIONS_MAX} occurrences to come can be skipped or rescheduled.`;
  }
  return undefined;
}

/** Notes that a nominal date is skipped when its time comes. */
export function addSkip(recurrence: Recurrence, nominalDate: string): void {
  recurrence.skips = [...new Set([...recurrence.skips, nominalDate])].sort();
}

/** What ended a rule that has no further occurrence: its count (an RRULE's own too), else its last date. */
export function endReason({ rule, index }: Pick<Recurrence, 'rule' | 'index'>): 'until' | 'count' {
  const own = rule.schedule.kind === 'rrule' ? /(?:^|[:;])\s*COUNT=(\d+)/i.exec(rule.schedule.text)?.[1] : undefined;
  const counts = [
    ...(rule.end && 'count' in rule.end ? [rule.end.count] : []),
    ...(own === undefined ? [] : [Number(own)]),
  ];
  return counts.some((count) => index >= count) ? 'count' : 'until';
}

/** The answer of the `state` query; `limit` bounds what is to come. */
export function stateOf(
  recurrence: Recurrence,
  upcoming: readonly Occurrence[],
  limit: number | undefined = UPCOMING_MAX,
): RecurringState {
  const open = upcoming.filter(
    (occurrence) => !isSettled(recurrence, occurrence) && !recurrence.skips.includes(occurrence.nominalDate),
  );
  const reason = recurrence.paused?.reason ?? recurrence.needsAttention;
  return {
    status:
      recurrence.ended ?? (recurrence.paused ? 'paused' : recurrence.needsAttention ? 'needsAttention' : 'active'),
    counts: recurrence.counts,
    upcoming: open.slice(0, Math.max(0, Math.min(Math.trunc(Number(limit)) || 0, UPCOMING_MAX))),
    recent: recurrence.recent,
    ...(reason === undefined ? {} : { reason }),
    ...(recurrence.lastPosted === undefined ? {} : { lastPosted: recurrence.lastPosted }),
    ...(open[0] ? { next: open[0] } : {}),
  };
}

/** The workflow's result. */
export function resultOf(
  recurrence: Recurrence,
  reason: RecurringTransactionResult['reason'],
): RecurringTransactionResult {
  return {
    ...recurrence.counts,
    reason,
    ...(recurrence.cursor === undefined ? {} : { lastNominal: recurrence.cursor }),
  };
}
