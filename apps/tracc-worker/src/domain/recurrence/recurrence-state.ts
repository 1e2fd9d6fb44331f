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
  failuresInARow: number;
  needsAttention: string | undefined;
  catchUpConfirmed: CatchUpPolicy | undefined;
  recent: readonly RecentOccurrence[];
  ended: 'ended' | 'stopped' | undefined;
}

const RECENT_KEPT = 50;

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
    resumeWanted: false,
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

/** Splits what is due by the catch-up policy; a single due occurrence is the ordinary case and never missed. */
export function splitDue(
  due: readonly Occurrence[],
  policy: CatchUpPolicy,
): { missed: readonly Occurrence[]; toPost: readonly Occurrence[] } {
  const posted = due.length <= 1 || policy === 'all' ? due.length : policy === 'latest' ? 1 : 0;
  return { missed: due.slice(0, due.length - posted), toPost: due.slice(due.length - posted) };
}

/** The answer of the `state` query. */
export function stateOf(recurrence: Recurrence, upcoming: readonly Occurrence[]): RecurringState {
  const open = upcoming.filter(
    (occurrence) => !isSettled(recurrence, occurrence) && !recurrence.skips.includes(occurrence.nominalDate),
  );
  const reason = recurrence.paused?.reason ?? recurrence.needsAttention;
  return {
    status:
      recurrence.ended ?? (recurrence.paused ? 'paused' : recurrence.needsAttention ? 'needsAttention' : 'active'),
    counts: recurrence.counts,
    upcoming: open,
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
