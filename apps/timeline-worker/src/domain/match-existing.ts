import { dateKey, ownClaims } from './claims';
import { union } from './fold';
import type { KnownEvent } from './group-claims';
import type { Citation, Claim, EventFlag, EventStatus, StoredEvent, TimelineEvent } from './types';

/** An event as it is stored, with what decides how far a run may change it. */
export type ExistingEvent = StoredEvent & {
  /** Who decided the status; null while it is only the rules' opinion. */
  readonly decidedBy: string | null;
  /** Whether a file brought it. */
  readonly imported: boolean;
};

/** A stored event as later runs find it, with the claims on record; without any it is its own. */
export function knownEvent<E extends ExistingEvent>(event: E, claims: readonly Claim[] = []): KnownEvent<E> {
  return {
    event,
    claims: claims.length > 0 ? claims : ownClaims(event),
    fixed: event.decidedBy !== null || event.lockedFields.length > 0 || event.imported,
  };
}

/** How much a person has to look at. */
export interface ReviewSettings {
  readonly review: 'none' | 'low' | 'all';
  readonly minConfidence: number;
}

/**
 * Whether an event is shown at once (ai-timeline 18). Flags of the event or its date always need a person's look;
 * `low` also holds back what is less certain than `minConfidence`; `all` holds back everything.
 */
export function statusOf({
  event,
  review,
  minConfidence,
}: ReviewSettings & { event: Pick<TimelineEvent, 'flags' | 'confidence' | 'date'> }): Extract<
  EventStatus,
  'published' | 'needs_review'
> {
  if (review === 'all' || event.flags.length > 0 || event.date.flags.length > 0) return 'needs_review';
  return review === 'low' && event.confidence < minConfidence ? 'needs_review' : 'published';
}

/**
 * The next state of an event: what nobody has decided on is judged anew; what is rejected stays so; what is approved goes back
 * to review, with a flag, when it would be shown with something that whoever approved it has not seen, or without a quote that they
 * have seen. More quotes are no such thing.
 */
export function nextState({
  event,
  known,
  settings,
}: {
  event: TimelineEvent;
  known?: ExistingEvent;
  settings: ReviewSettings;
}): { event: TimelineEvent; status: EventStatus } {
  if (known === undefined || known.decidedBy === null) return { event, status: statusOf({ event, ...settings }) };
  if (known.status === 'rejected') return { event, status: 'rejected' };
  if (!known.flags.includes('changedSinceDecision') && !hasNews(event, known)) return { event, status: known.status };
  return {
    event: { ...event, flags: union<EventFlag>([...event.flags, 'changedSinceDecision']) },
    status: 'needs_review',
  };
}

function hasNews(event: TimelineEvent, known: StoredEvent): boolean {
  const isNew = (flag: string, flags: readonly string[]): boolean => !flags.includes(flag);
  return (
    shownKey(event) !== shownKey(known) ||
    event.flags.some((flag) => isNew(flag, known.flags)) ||
    hasLostQuote(event, known)
  );
}

/** A quote that has moved within its source still proves what it proved. */
function hasLostQuote(event: TimelineEvent, known: StoredEvent): boolean {
  const proofs = new Set(event.citations.map(proofKey));
  return known.citations.some((citation) => !proofs.has(proofKey(citation)));
}

function proofKey({ sourceId, quote }: Citation): string {
  return JSON.stringify([sourceId, quote]);
}

function shownKey({ title, summary, date, places, people, conflicts }: TimelineEvent): string {
  const otherDates = conflicts.map((conflict) => conflict.date.edtf).toSorted();
  return JSON.stringify([title, summary, dateKey(date), places, people, otherDates]);
}
