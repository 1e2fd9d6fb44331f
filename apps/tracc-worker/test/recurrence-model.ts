import type { CatchUpPolicy, RecurrenceRule } from '../src/contract';
import { oracleFireAt, oracleOccurrences } from './recurrence-oracle';

// What a template has to leave behind, told once more and differently: a list of all its dates from the first day to
// the last, written out by the oracle, and a walk over it instant by instant. Shares no code with src.

interface ModelRow {
  readonly nominal: string;
  readonly booked: string;
}
interface ModelRecord {
  readonly nominal: string;
  readonly outcome: 'posted' | 'skipped';
  readonly reason: string | null;
}

interface Entry {
  readonly nominal: string;
  /** Null when the weekend rule drops it. */
  booked: string | null;
  dueAt: number;
  skipped: boolean;
  moved: boolean;
}

/** A template's life as it should be; each order is given at an instant, up to which {@link Model.advance} has walked. */
export interface Model {
  /** Everything that happens up to an instant. */
  advance(nowMs: number): void;
  pause(onResume: 'skip' | 'catchUp'): void;
  resume(nowMs: number): void;
  skip(nominal: string): void;
  reschedule(order: { nominal: string; toDate: string; nowMs: number }): void;
  postNow(today: string): void;
  /** The rule changes; another schedule only while nothing is moved. */
  change(rule: RecurrenceRule, nowMs: number): void;
  /** True when each date of the rule is open or settled in its turn. */
  isInTurn(): boolean;
  /** Nominals to come, in the order in which they are due. */
  toCome(): readonly string[];
  isPaused(): boolean;
  readonly rule: RecurrenceRule;
  readonly rows: readonly ModelRow[];
  readonly records: readonly ModelRecord[];
}

/** The model of one template, whose dates are written out up to `through`. */
export function createModel({
  rule: first,
  catchUp,
  through,
}: {
  rule: RecurrenceRule;
  catchUp: CatchUpPolicy;
  through: string;
}): Model {
  let rule = first;
  let paused: 'skip' | 'catchUp' | undefined;
  /** Dates up to this one belong to an earlier schedule. */
  let after = '';
  /** The last nominal that is settled without having been moved. */
  let lastInTurn = '';
  let open: Entry[] = written(rule);
  const rows: ModelRow[] = [];
  const records: ModelRecord[] = [];

  function written(of: RecurrenceRule): Entry[] {
    return oracleOccurrences({ rule: of, limit: 5000, through }).map(({ nominalDate, postingDate, fireAt }) => ({
      nominal: nominalDate,
      booked: postingDate,
      dueAt: Date.parse(fireAt),
      skipped: false,
      moved: false,
    }));
  }

  function sort(): void {
    open.sort((a, b) => a.dueAt - b.dueAt || a.nominal.localeCompare(b.nominal));
  }

  function note(entry: Entry): void {
    if (!entry.moved && entry.nominal > lastInTurn) lastInTurn = entry.nominal;
  }

  function drop(entry: Entry, reason: string): void {
    note(entry);
    open = open.filter((each) => each !== entry);
    records.push({ nominal: entry.nominal, outcome: 'skipped', reason });
  }

  function post(entry: Entry, booked: string): void {
    note(entry);
    open = open.filter((each) => each !== entry);
    rows.push({ nominal: entry.nominal, booked });
    records.push({ nominal: entry.nominal, outcome: 'posted', reason: null });
  }

  function settle(entry: Entry): void {
    if (entry.skipped) drop(entry, 'user');
    else if (entry.booked === null) drop(entry, 'weekend');
    else post(entry, entry.booked);
  }

  const dueBy = (nowMs: number): Entry[] => open.filter(({ dueAt }) => dueAt <= nowMs);

  /** What a backlog of a pause, or of the time before the start, becomes. */
  function catchUpTo(nowMs: number): void {
    const due = dueBy(nowMs);
    due.forEach((entry, at) => {
      if (catchUp === 'all' || (catchUp === 'latest' && at === due.length - 1)) settle(entry);
      else drop(entry, 'missed');
    });
  }

  return {
    advance(nowMs) {
      if (paused) return;
      for (const entry of dueBy(nowMs)) settle(entry);
    },
    pause(onResume) {
      paused = onResume;
    },
    resume(nowMs) {
      if (paused === 'skip') for (const entry of dueBy(nowMs)) drop(entry, 'paused');
      else if (paused === 'catchUp') catchUpTo(nowMs);
      paused = undefined;
    },
    skip(nominal) {
      find(nominal).skipped = true;
    },
    reschedule({ nominal, toDate, nowMs }) {
      const entry = find(nominal);
      Object.assign(entry, { booked: toDate, dueAt: dueAt(toDate), skipped: false, moved: true });
      sort();
      // To today: its time is over, so it is booked at once.
      if (!paused) for (const due of dueBy(nowMs)) settle(due);
    },
    postNow(today) {
      while (open[0]?.skipped) drop(open[0], 'user');
      if (open[0]) post(open[0], today);
    },
    change(changed, nowMs) {
      const settled = new Set(records.map(({ nominal }) => nominal));
      const moved = open.filter((entry) => entry.moved);
      const movedOnes = new Set(moved.map(({ nominal }) => nominal));
      const skipped = new Set(open.filter((entry) => entry.skipped).map(({ nominal }) => nominal));
      // With another schedule, dates before the last settled one would be new ones: they are over.
      if (!isSame(rule.schedule, changed.schedule)) after = [...settled].sort().at(-1) ?? '';
      rule = changed;
      const toCome = written(rule).filter(({ nominal }) => !settled.has(nominal) && nominal > after);
      for (const entry of moved) entry.dueAt = dueAt(entry.booked!);
      open = [...toCome.filter(({ nominal }) => !movedOnes.has(nominal)), ...moved];
      for (const entry of open) entry.skipped = skipped.has(entry.nominal);
      sort();
      if (!paused) catchUpTo(nowMs);
    },
    toCome: () => open.map(({ nominal }) => nominal),
    isInTurn: () => {
      const last =
        records
          .map(({ nominal }) => nominal)
          .sort()
          .at(-1) ?? '';
      return last <= lastInTurn && open.every(({ nominal, moved }) => !moved && nominal > last);
    },
    isPaused: () => paused !== undefined,
    get rule() {
      return rule;
    },
    rows,
    records,
  };

  function find(nominal: string): Entry {
    const entry = open.find((each) => each.nominal === nominal);
    if (!entry) throw new Error(`the model has no open ${nominal}`);
    return entry;
  }

  function dueAt(date: string): number {
    return Date.parse(oracleFireAt({ date, postAt: rule.postAt, zone: rule.zone }));
  }
}

function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
