import { similarPairs } from './candidates';
import { tokensOf } from './similarity';
import type { EditableField, EventStatus, StoredEvent, TimelineEvent } from './types';

/** What a run makes of an event: new, or the next state of a stored one under the stored id. */
export interface MatchedEvent {
  event: TimelineEvent;
  /** The stored event this one is; undefined for a new one. */
  existing?: StoredEvent;
}

const SAME_SIMILARITY = 0.75;

/**
 * Recognises events of earlier runs (ai-timeline 16): first by overlapping dates and similarity, the most similar pair
 * first, then by id. Each stored event is used once. A match keeps the stored `eventId` and the stored value of every
 * locked field. The result does not depend on the order of either list; it is in the order of `events`.
 */
export function matchExisting({
  events,
  existing,
}: {
  events: readonly TimelineEvent[];
  existing: readonly StoredEvent[];
}): MatchedEvent[] {
  const sets = [...existing, ...events].map((either) => tokensOf(either));
  const pairs = similarPairs({ sets, least: SAME_SIMILARITY }).flatMap(({ first, second, similarity }) => {
    const [stored, event] = [existing[first], events[second - existing.length]];
    return stored && event && overlaps(event, stored) ? [{ event, stored, similarity }] : [];
  });
  pairs.sort((a, b) => b.similarity - a.similarity || compareIds(a, b));
  const chosen = new Map<TimelineEvent, StoredEvent>();
  const used = new Set<string>();
  const take = (event: TimelineEvent, stored: StoredEvent): void => {
    if (chosen.has(event) || used.has(stored.eventId)) return;
    chosen.set(event, stored);
    used.add(stored.eventId);
  };
  for (const { event, stored } of pairs) take(event, stored);
  const byId = new Map(existing.map((stored) => [stored.eventId, stored]));
  for (const event of events) {
    const stored = byId.get(event.eventId);
    if (stored) take(event, stored);
  }
  return rename(events, chosen);
}

function rename(events: readonly TimelineEvent[], chosen: ReadonlyMap<TimelineEvent, StoredEvent>): MatchedEvent[] {
  const ids = new Map([...chosen].map(([event, stored]) => [event.eventId, stored.eventId]));
  return events.map((event) => {
    const possibleConflictWith = event.possibleConflictWith.map((id) => ids.get(id) ?? id).toSorted();
    const existing = chosen.get(event);
    if (!existing) return { event: { ...event, possibleConflictWith } };
    return { event: { ...withLocked(event, existing), eventId: existing.eventId, possibleConflictWith }, existing };
  });
}

/** The event with the stored value of each field that a person has locked. */
export function withLocked(
  event: TimelineEvent,
  stored: Pick<StoredEvent, EditableField | 'lockedFields'>,
): TimelineEvent {
  const locked = Object.fromEntries(stored.lockedFields.map((field) => [field, stored[field]]));
  return { ...event, ...locked };
}

/**
 * Whether an event is shown at once (ai-timeline 18). Flags of the event or its date always need a person's look;
 * `low` also holds back what is less certain than `minConfidence`; `all` holds back everything.
 */
export function statusOf({
  event,
  review,
  minConfidence,
}: {
  event: Pick<TimelineEvent, 'flags' | 'confidence' | 'date'>;
  review: 'none' | 'low' | 'all';
  minConfidence: number;
}): Extract<EventStatus, 'published' | 'needs_review'> {
  if (review === 'all' || event.flags.length > 0 || event.date.flags.length > 0) return 'needs_review';
  return review === 'low' && event.confidence < minConfidence ? 'needs_review' : 'published';
}

function overlaps(a: Pick<TimelineEvent, 'date'>, b: Pick<TimelineEvent, 'date'>): boolean {
  return a.date.sortMin <= b.date.sortMax && b.date.sortMin <= a.date.sortMax;
}

interface Pair {
  event: TimelineEvent;
  stored: StoredEvent;
}

function compareIds(a: Pair, b: Pair): number {
  const [x, y] = [a.stored.eventId + a.event.eventId, b.stored.eventId + b.event.eventId];
  return x < y ? -1 : x > y ? 1 : 0;
}
