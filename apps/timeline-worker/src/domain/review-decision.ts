import { SHARED_FAILURES, userFailure } from '@backend/shared/failures';
import type { EventPatch, ReviewDecision } from '../contract';
import { isStorable, normaliseText } from './text/normalise';

/** Whether a text is written like the id of an event. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/**
 * A decision as it is kept: checked, with the texts of its patch in their stored form. Only an edit has a patch. Pure, so
 * that a workflow may refuse a decision before it accepts it. Throws `InvalidInput` with one sentence that names the
 * field; whether a date can be read is not looked at here, for that takes today's date.
 */
export function checkDecision(decision: ReviewDecision): ReviewDecision {
  const { eventId, action, user, patch } = decision ?? {};
  if (typeof eventId !== 'string' || !isUuid(eventId)) throw refuse('eventId should be the UUID of an event.');
  if (action !== 'approve' && action !== 'reject' && action !== 'edit')
    throw refuse('action should be approve, reject or edit.');
  if (typeof user !== 'string' || user.trim() === '' || user.length > 200)
    throw refuse('user should name who decides.');
  if (!isStorable(user)) throw refuse('user should hold no NUL and no broken characters.');
  return action === 'edit' ? { eventId, action, user, patch: checkPatch(patch) } : { eventId, action, user };
}

function checkPatch(patch: unknown): EventPatch {
  if (typeof patch !== 'object' || patch === null || Object.keys(patch).length === 0)
    throw refuse('patch should hold at least one field.');
  return Object.fromEntries(Object.entries(patch).map(([field, value]) => [field, checkField(field, value)]));
}

function checkField(field: string, value: unknown): string | string[] {
  switch (field) {
    case 'title':
    case 'summary':
    case 'date':
      return line(field, value);
    case 'places':
    case 'people':
      return names(field, value);
    default:
      throw refuse(
        `patch has no field ${JSON.stringify(field.slice(0, 50))}; it has title, summary, date, places and people.`,
      );
  }
}

function line(field: string, value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > 3000)
    throw refuse(`${field} should be a text of 1 to 3,000 characters.`);
  if (!isStorable(value)) throw refuse(`${field} should hold no NUL and no broken characters.`);
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
  if (!value.every(isStorable)) throw refuse(`${field} should hold no NUL and no broken characters.`);
  return [...new Set(value.map((name: string) => normaliseText(name).trim()).filter(Boolean))].toSorted();
}

function refuse(problem: string) {
  return userFailure(SHARED_FAILURES.InvalidInput, problem);
}
