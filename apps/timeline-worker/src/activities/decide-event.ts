import { SHARED_FAILURES, userFailure } from '@backend/shared/failures';
import { type Queryable, idempotent } from '@backend/shared/pg';
import { FAILURES, type EventPatch, type ReviewDecision, type ReviewOutcome } from '../contract';
import { normaliseDate } from '../domain/dates/normalise-date';
import { checkDecision } from '../domain/review-decision';
import { isStorable } from '../domain/text/normalise';
import type { EditableField, EventStatus } from '../domain/types';
import { type EventRow, findEvent, insertDecision, lockTimeline, saveDecided, touchTimeline } from '../repositories';
import type { Deps } from './deps';

/**
 * A person's decision on one event: approve, reject, or edit fields, which locks them against later runs. Decision and
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
  const edited = action === 'edit' ? edit(event, patch ?? {}) : { ...event, lockedFields: event.lockedFields };
  const status: EventStatus = action === 'approve' ? 'published' : action === 'reject' ? 'rejected' : event.status;
  await saveDecided(tx, { ...edited, status, decidedBy: action === 'edit' ? event.decidedBy : user });
  await insertDecision(tx, { eventId, action, patch, user });
  await touchTimeline(tx);
  return { eventId, status, lockedFields: edited.lockedFields };
}

/** A patch has been checked: its texts are in their stored form. Only a date may still turn out to be none. */
function edit(event: EventRow, patch: EventPatch): EventRow {
  const { date: dateText, ...texts } = patch;
  const locked = new Set<EditableField>([...event.lockedFields, ...(Object.keys(patch) as EditableField[])]);
  const next: EventRow = { ...event, lockedFields: [...locked].toSorted() };
  if (texts.title !== undefined) next.title = texts.title;
  if (texts.summary !== undefined) next.summary = texts.summary;
  if (texts.places !== undefined) next.places = [...texts.places];
  if (texts.people !== undefined) next.people = [...texts.people];
  if (dateText === undefined) return next;
  const date = normaliseDate({ text: dateText, today: new Date().toISOString().slice(0, 10) });
  if ('code' in date)
    throw refuse(
      `date ${JSON.stringify(dateText)} is not a date that is known (${date.code}); write it like 1830-06-01, 1830 or 1 June 1830.`,
    );
  return { ...next, date };
}

function refuse(problem: string) {
  return userFailure(SHARED_FAILURES.InvalidInput, problem);
}
