import { chooseDate } from './choose-date';
import { eventIdOf } from './similarity';
import type { Citation, EditableField, EventFlag, GroundedEvent, StoredEvent, TimelineEvent } from './types';

/**
 * The event that claims come to (ai-timeline 15), whatever their order: the best of their dates, the words of the best told
 * one of that date, and all their citations. Of a `known` event the id stays and what people have locked. Throws RangeError
 * when there is no claim.
 */
export function foldClaims({
  timelineId,
  claims,
  known,
}: {
  timelineId: string;
  claims: readonly GroundedEvent[];
  known?: Pick<StoredEvent, EditableField | 'eventId' | 'lockedFields'> | undefined;
}): TimelineEvent {
  const { date, conflicting } = chooseDate(claims, known?.lockedFields.includes('date') ? known.date : undefined);
  const ofThatDate = claims.filter((claim) => claim.date.edtf === date.edtf);
  const spokesman = bestTold(ofThatDate.length > 0 ? ofThatDate : claims);
  const citations = uniqueCitations(claims);
  const flags = new Set<EventFlag>(claims.flatMap((claim) => claim.flags));
  if (citations.length > 0) flags.delete('uncited');
  if (conflicting.length > 0) flags.add('dateConflict');
  const event: TimelineEvent = {
    eventId: known?.eventId ?? eventIdOf({ timelineId, edtf: date.edtf, title: spokesman.title }),
    title: spokesman.title,
    summary: spokesman.summary,
    date,
    places: union(claims.flatMap(({ places }) => places)),
    people: union(claims.flatMap(({ people }) => people)),
    citations,
    tier: Math.min(...claims.map(({ tier }) => tier)) as TimelineEvent['tier'],
    confidence: Math.max(...claims.map(({ confidence }) => confidence)),
    flags: union([...flags]),
    conflicts: conflicting.map((other) => ({ date: other.date, citations: uniqueCitations(other.events) })),
    possibleConflictWith: [],
  };
  const locked = known?.lockedFields.map((field) => [field, known[field]]) ?? [];
  return { ...event, ...Object.fromEntries(locked) };
}

/** The claim whose words are kept: best tier, then most confident, then by its text. */
function bestTold(claims: readonly GroundedEvent[]): GroundedEvent {
  const [best] = claims.toSorted(
    (a, b) =>
      a.tier - b.tier ||
      b.confidence - a.confidence ||
      compareText(a.title, b.title) ||
      compareText(a.summary, b.summary),
  );
  if (!best) throw new RangeError('an event has at least one claim');
  return best;
}

function uniqueCitations(claims: readonly Pick<GroundedEvent, 'citations'>[]): Citation[] {
  const found = new Map<string, Citation>();
  for (const citation of claims.flatMap(({ citations }) => citations))
    found.set(JSON.stringify([citation.sourceId, citation.start, citation.end]), citation);
  return [...found.values()].toSorted(
    (a, b) => compareText(a.sourceId, b.sourceId) || a.start - b.start || a.end - b.end,
  );
}

/** Each once, in the order of their code units. */
export function union<T extends string>(texts: readonly T[]): T[] {
  return [...new Set(texts)].toSorted();
}

/** By code units: the same in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
