import { proxyLocalActivities } from '@temporalio/workflow';
import { summarized } from '@backend/shared/workflow';
import type { Activities } from '../activities';
import type { Occurrence } from '../contract';
import { fromPlanLines } from '../domain/recurrence/plan-lines';
import { type Recurrence, inOrder, isMoved, isSettled, passOver } from '../domain/recurrence/recurrence-state';
import { planOptions } from './activity-options';
import { SUMMARIES } from './summaries';

const { planOccurrences, planMoved } = summarized(proxyLocalActivities<Activities>(planOptions), SUMMARIES);

/** What the state lists (24), and what one run settles until it goes on in a new one. */
const PLAN_AHEAD = 36;

/** What is to come of a recurrence, planned a part at a time and kept until something is ordered that changes it. */
export interface Agenda {
  /** The occurrence whose time comes first; undefined when the rule has no further one. */
  next(): Promise<Occurrence | undefined>;
  /** Everything whose instant has come, in order, and not more than about `limit`; to be asked right after `next`. */
  due(limit: number): Promise<readonly Occurrence[]>;
  /** What is planned already. */
  planned(): readonly Occurrence[];
  /** Forgets what is planned: the rule has changed. */
  forget(): void;
  /** Forgets the bookings: one of them has changed. */
  forgetMoved(): void;
}

/**
 * The agenda of a recurrence; each of its answers is about the recurrence as it is when the answer is given. Only the loop asks it:
 * two local activities side by side would not come back in one order, live and in a replay.
 */
export function createAgenda(recurrence: Recurrence): Agenda {
  let upcoming: readonly Occurrence[] = [];
  /** Positions that `upcoming` continues: where it was planned from, and each of its occurrences. */
  let positions: readonly Pick<Recurrence, 'cursor' | 'index'>[] = [];
  /** The rescheduled occurrences; undefined when they are to be planned (again). */
  let moved: readonly Occurrence[] | undefined;

  return {
    next,
    due,
    planned: () => [...upcoming, ...(moved ?? [])],
    forget() {
      upcoming = [];
      moved = undefined;
    },
    forgetMoved() {
      moved = undefined;
    },
  };

  async function next(): Promise<Occurrence | undefined> {
    // Planned by a new rule while one of the old rule was settled: its positions are wrong from there on.
    const isInTurn = positions.some(({ cursor, index }) => cursor === recurrence.cursor && index === recurrence.index);
    upcoming = isInTurn ? open(upcoming) : [];
    if (upcoming.length === 0) await planAhead(PLAN_AHEAD);
    if (lacksMoved()) await planMoves();
    return inOrder([...moves(), ...upcoming])[0];
  }

  async function due(limit: number): Promise<readonly Occurrence[]> {
    // Beyond the planned window only when that is due to its end; what is planned then is kept, for it is long.
    if (upcoming.length < limit && dueOf(upcoming).length === upcoming.length) await planAhead(limit);
    return inOrder([...dueOf(open(upcoming)), ...dueOf(moves())]);
  }

  /** Those that are to come in the order of the rule. */
  function open(occurrences: readonly Occurrence[]): readonly Occurrence[] {
    return occurrences.filter((each) => !isMoved(recurrence, each) && !isSettled(recurrence, each));
  }

  async function planAhead(limit: number): Promise<void> {
    for (;;) {
      const { rule, cursor, index } = recurrence;
      const range = cursor === undefined ? {} : { after: cursor, afterIndex: index };
      const planned = fromPlanLines(await planOccurrences({ rule, limit, ...range }));
      if (rule !== recurrence.rule || cursor !== recurrence.cursor) continue;
      upcoming = open(planned);
      positions = [{ cursor, index }, ...upcoming.map((each) => ({ cursor: each.nominalDate, index: each.index }))];
      if (upcoming.length > 0 || planned.length === 0) return;
      passOver(recurrence, planned.at(-1)!);
    }
  }

  function lacksMoved(): boolean {
    return moved === undefined && Object.keys(recurrence.reschedules).length > 0;
  }

  async function planMoves(): Promise<void> {
    while (lacksMoved()) {
      const { rule, reschedules } = recurrence;
      const planned = await planMoved({ rule, reschedules });
      if (rule === recurrence.rule && reschedules === recurrence.reschedules) moved = planned;
    }
  }

  /** The rescheduled occurrences that are still to come. */
  function moves(): readonly Occurrence[] {
    moved = (moved ?? []).filter((each) => isMoved(recurrence, each));
    return moved;
  }
}

function dueOf(occurrences: readonly Occurrence[]): readonly Occurrence[] {
  const now = Date.now();
  return occurrences.filter(({ fireAt }) => Date.parse(fireAt) <= now);
}
