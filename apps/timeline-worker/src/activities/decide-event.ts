import { SHARED_FAILURES, userFailure } from '@backend/shared/failures';
import { type Queryable, idempotent } from '@backend/shared/pg';
import { FAILURES, type EventPatch, type ReviewDecision, type ReviewOutcome } from '../contract';
import { normaliseDate } from '../domain/dates/normalise-date';
import { foldClaims, union } from '../domain/fold';
import { knownEvent } from '../domain/match-existing';
import { checkDecision } from '../domain/review-decision';
import { isStorable } from '../domain/text/normalise';
import type { EditableField, EventFlag } from '../domain/types';
import {
  type EventRow,
  findCalendar,
  findEvent,
  insertDecision,
  listClaims,
  lockTimeline,
  saveDecided,
  touchTimeline,
} from '../repositories';
import type { Deps } from './deps';

/**
 * A person's decision on one event: approve, which locks its words and its date against later runs, reject, or edit fields,
 * which locks those. A date is read by the calendar that the timeline's sources were read by. Decision and
 * effect are one transaction under the decision's key: run again it returns the first outcome. Fails with `EventNotFound` or `InvalidInput`.
 */
export async function decideEvent(
  deps: Pick<Deps, 'scope'>,
  { timelineId, decision, key }: { timelineId: string; decision: ReviewDecision; key: string },
): Promise<ReviewOutcome> {
  const checked = checkDecision(decision);
  // The sender chooses the id of an update, and with it the key.
  if (!isStorable(key)) throw refuse('the id of a decision should hold no NUL and no broken characters.');
  return deps.scope(timelineId, async (tx) => {
    const { result } = await idempotent(tx, { key, request: decision, onOtherRequest: 'conflict' }, async () =>
      decide(tx, checked),
    );
    return result;
  });
}

async function decide(tx: Queryable, { eventId, action, patch, user }: ReviewDecision): Promise<ReviewOutcome> {
  await lockTimeline(tx);
  const event = await findEvent(tx, eventId);
  if (!event) throw userFailure(FAILURES.EventNotFound, `There is no event ${eventId} in this timeline.`);
  const next = action === 'edit' ? await edit(tx, event, patch ?? {}) : decided(event, action, user);
  await saveDecided(tx, next);
  await insertDecision(tx, { eventId, action, patch, user });
  await touchTimeline(tx);
  return { eventId, status: next.status, lockedFields: next.lockedFields };
}

/** What a person approves is what is shown: no run puts other words or another date there. */
const APPROVED_FIELDS: readonly EditableField[] = ['title', 'summary', 'date'];

function decided(event: EventRow, action: 'approve' | 'reject', user: string): EventRow {
  return {
    ...event,
    status: action === 'approve' ? 'published' : 'rejected',
    decidedBy: user,
    flags: event.flags.filter((flag) => flag !== 'changedSinceDecision'),
    lockedFields: action === 'approve' ? union([...event.lockedFields, ...APPROVED_FIELDS]) : event.lockedFields,
  };
}

/**
 * A patch has been checked: its texts are in their stored form. Only a date may still turn out to be none. With another date
 * other claims contradict the event.
 */
async function edit(tx: Queryable, event: EventRow, patch: EventPatch): Promise<EventRow> {
  const { date: dateText, places, people, ...texts } = patch;
  const next: EventRow = {
    ...event,
    ...texts,
    ...(places && { places: [...places] }),
    ...(people && { people: [...people] }),
    lockedFields: union([...event.lockedFields, ...(Object.keys(patch) as EditableField[])]),
  };
  if (dateText === undefined) return next;
  const date = normaliseDate({
    text: dateText,
    today: new Date().toISOString().slice(0, 10),
    calendar: (await findCalendar(tx, event.eventId)) ?? {},
  });
  if ('code' in date)
    throw refuse(
      `date ${JSON.stringify(dateText)} is not a date that is known (${date.code}); write it like 1830-06-01, 1830 or 1 June 1830.`,
    );
  const { claims } = knownEvent(event, (await listClaims(tx, [event.eventId])).get(event.eventId));
  const { conflicts } = foldClaims({ timelineId: '', claims, known: { ...next, date } });
  const flags = union<EventFlag>([
    ...event.flags.filter((flag) => flag !== 'dateConflict'),
    ...(conflicts.length > 0 ? (['dateConflict'] as const) : []),
  ]);
  return { ...next, date, conflicts, flags };
}

function refuse(problem: string) {
  return userFailure(SHARED_FAILURES.InvalidInput, problem);
}
