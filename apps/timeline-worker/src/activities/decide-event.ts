import { SHARED_FAILURES, userFailure } from '@backend/shared/failures';
import { type Queryable, idempotent } from '@backend/shared/pg';
import { FAILURES, type EventPatch, type ReviewDecision, type ReviewOutcome } from '../contract';
import { normaliseDate } from '../domain/dates/normalise-date';
import { isStorable, normaliseText } from '../domain/text/normalise';
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
  return deps.scope(timelineId, async (tx) => {
    const { result } = await idempotent(tx, { key, request: decision, onOtherRequest: 'conflict' }, async () =>
      decide(tx, decision),
    );
    return result;
  });
}

async function decide(tx: Queryable, decision: ReviewDecision): Promise<ReviewOutcome> {
  const { eventId, action, patch, user } = check(decision);
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

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function check(decision: ReviewDecision): ReviewDecision {
  const { eventId, action, user, patch } = decision ?? {};
  if (typeof eventId !== 'string' || !UUID.test(eventId)) throw refuse('eventId should be the UUID of an event.');
  if (action !== 'approve' && action !== 'reject' && action !== 'edit')
    throw refuse('action should be approve, reject or edit.');
  if (typeof user !== 'string' || user.trim() === '' || user.length > 200)
    throw refuse('user should name who decides.');
  // A lone surrogate survives JSON as an escape, so the texts themselves are looked at.
  if (!isStorable(user) || !textsOf(patch).every(isStorable))
    throw refuse('The texts of a decision should hold no NUL and no broken characters.');
  return decision;
}

/** Every text of a patch, at any depth. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

function edit(event: EventRow, patch: EventPatch): EventRow {
  const next: EventRow = { ...event };
  const locked = new Set<EditableField>(event.lockedFields);
  for (const field of Object.keys(patch) as EditableField[]) {
    switch (field) {
      case 'title':
      case 'summary':
        next[field] = line(field, patch[field]);
        break;
      case 'places':
      case 'people':
        next[field] = names(field, patch[field]);
        break;
      case 'date': {
        const date = normaliseDate({ text: line('date', patch.date), today: new Date().toISOString().slice(0, 10) });
        if ('code' in date)
          throw refuse(
            `date ${JSON.stringify(patch.date)} is not a date that is known (${date.code}); write it like 1830-06-01, 1830 or 1 June 1830.`,
          );
        next.date = date;
        break;
      }
      default:
        throw refuse(
          `patch has no field ${String(field).slice(0, 50)}; it has title, summary, date, places and people.`,
        );
    }
    locked.add(field);
  }
  if (locked.size === event.lockedFields.length && Object.keys(patch).length === 0)
    throw refuse('patch should hold at least one field.');
  return { ...next, lockedFields: [...locked].toSorted() };
}

function line(field: string, value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > 3000)
    throw refuse(`${field} should be a text of 1 to 3,000 characters.`);
  return normaliseText(value).trim();
}

function names(field: string, value: unknown): string[] {
  if (
    !Array.isArray(value) ||
    value.length > 50 ||
    !value.every((name) => typeof name === 'string' && name.length <= 200)
  ) {
    throw refuse(`${field} should be a list of at most 50 names.`);
  }
  return [...new Set(value.map((name: string) => normaliseText(name).trim()).filter(Boolean))].toSorted();
}

function refuse(problem: string) {
  return userFailure(SHARED_FAILURES.InvalidInput, problem);
}
