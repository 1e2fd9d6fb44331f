import { createHash } from 'node:crypto';
import type { Citation, Claim, DateConflict, EventFlag, GroundedEvent, NormalisedDate, TimelineEvent } from './types';

/** Flags that come of folding and deciding; all others are what a claim itself carries. */
const OF_THE_EVENT: ReadonlySet<EventFlag> = new Set(['dateConflict', 'possibleConflict', 'changedSinceDecision']);

/** A date as text: equal for equal dates, whatever order their fields are in. */
export function dateKey(date: NormalisedDate): string {
  const { edtf, sortMin, sortMax, originalText, originalCalendar, flags, notes, precision, reckoning } = date;
  const style = reckoning ? [reckoning.samvatYear, reckoning.month] : [];
  return JSON.stringify([edtf, sortMin, sortMax, originalText, originalCalendar, flags, notes, precision, style]);
}

/** A claim as text: equal for equal claims. What is new is found so, and the order of claims is that of their keys. */
export function claimKey(claim: GroundedEvent & { textSha256?: string | null }): string {
  const { title, summary, date, places, people, citations, sourceId, tier, confidence, flags, textSha256 } = claim;
  const quotes = citations.map((citation) => [citation.sourceId, citation.start, citation.end, citation.quote]);
  return JSON.stringify([
    dateKey(date),
    title,
    summary,
    places,
    people,
    quotes,
    sourceId,
    tier,
    confidence,
    flags,
    textSha256 ?? null,
  ]);
}

/** The identity of a claim within its timeline: 32 hexadecimal digits. */
export function claimId(claim: Claim): string {
  return createHash('sha256').update(claimKey(claim)).digest('hex').slice(0, 32);
}

/**
 * The claims of an event that has none on record, because it was imported or is older than claims: it says itself, for each of
 * its sources, what its sources have said. What contradicts it stays weaker than it.
 */
export function ownClaims(event: TimelineEvent): Claim[] {
  const { title, summary, date, places, people, citations, tier, confidence, conflicts } = event;
  const flags = event.flags.filter((flag) => !OF_THE_EVENT.has(flag));
  const told = { title, summary, places, people, confidence, flags, textSha256: null };
  const against = new Set(conflicts.flatMap((conflict) => conflict.citations.map(placeKey)));
  const own = citations.filter((citation) => !against.has(placeKey(citation)));
  return [
    ...bySource(own).map(([sourceId, quotes]) => ({ ...told, date, tier, sourceId, citations: quotes })),
    ...conflicts.flatMap((conflict: DateConflict) =>
      bySource(conflict.citations).map(([sourceId, quotes]) => ({
        ...told,
        date: conflict.date,
        tier: 3 as const,
        sourceId,
        citations: quotes,
      })),
    ),
  ];
}

/** Of no source when there is no citation. */
function bySource(citations: readonly Citation[]): [string, Citation[]][] {
  const groups = new Map<string, Citation[]>(citations.length === 0 ? [['', []]] : []);
  for (const citation of citations) groups.set(citation.sourceId, [...(groups.get(citation.sourceId) ?? []), citation]);
  return [...groups];
}

function placeKey({ sourceId, start, end }: Citation): string {
  return JSON.stringify([sourceId, start, end]);
}

/** All of an event that a run may change, as text: equal for equal states. */
export function eventKey(event: TimelineEvent): string {
  const { title, summary, date, places, people, citations, tier, confidence, flags, conflicts } = event;
  return JSON.stringify([
    title,
    summary,
    dateKey(date),
    places,
    people,
    citations.map(placeKey).toSorted(),
    tier,
    confidence,
    flags,
    conflicts
      .map((conflict) => [dateKey(conflict.date), ...conflict.citations.map(placeKey).toSorted()].join())
      .toSorted(),
    event.possibleConflictWith,
  ]);
}
