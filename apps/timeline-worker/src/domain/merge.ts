import { type SimilarPair, similarPairs } from './candidates';
import { chooseDate } from './choose-date';
import { eventIdOf, normaliseTitle, tokensOf } from './similarity';
import type { Citation, DateConflict, EventFlag, GroundedEvent, TimelineEvent } from './types';

/** Two events are one from this similarity on, when their dates overlap. */
const LINK_SIMILARITY = 0.75;
/** From here on two events that do not overlap may still be one, wrongly dated. */
const SUSPICIOUS_SIMILARITY = 0.9;
const SUSPICIOUS_DAYS = 31;

export interface MergeResult {
  /** In the order of their dates. */
  events: TimelineEvent[];
  /** How many events were folded into another. */
  merged: number;
  /** How many events carry a date conflict. */
  conflicts: number;
}

interface Node {
  event: GroundedEvent;
  tokens: ReadonlySet<string>;
}

/**
 * Folds events that say the same into one (ai-timeline 15): groups are the connected components of overlapping dates
 * and similar titles and people. The result does not depend on the order of the events.
 */
export function mergeEvents({
  timelineId,
  events,
}: {
  timelineId: string;
  events: readonly GroundedEvent[];
}): MergeResult {
  const nodes = inOrder(events).map((event) => ({ event, tokens: tokensOf(event) }));
  const pairs = similarPairs({ sets: nodes.map(({ tokens }) => tokens), least: LINK_SIMILARITY });
  const groupOf = components(nodes, pairs);
  const members = new Map<number, GroundedEvent[]>();
  for (const [index, { event }] of nodes.entries()) {
    const group = members.get(groupOf(index));
    if (group) group.push(event);
    else members.set(groupOf(index), [event]);
  }
  const byGroup = new Map([...members].map(([group, list]) => [group, fold(timelineId, list)]));
  markSuspicious({ nodes, pairs, eventOf: (index) => byGroup.get(groupOf(index)) });
  const merged = [...byGroup.values()].toSorted(byDate);
  return {
    events: merged,
    merged: events.length - merged.length,
    conflicts: merged.filter(({ conflicts }) => conflicts.length > 0).length,
  };
}

/** Sorted by content, so that whatever follows sees the same order each time. */
function inOrder(events: readonly GroundedEvent[]): GroundedEvent[] {
  return events
    .map((event) => ({ event, key: JSON.stringify([event.date.edtf, event.title, event]) }))
    .toSorted((a, b) => a.event.date.sortMin - b.event.date.sortMin || compareText(a.key, b.key))
    .map(({ event }) => event);
}

/** The connected components: a function from the place of an event to the number of its group. */
function components(nodes: readonly Node[], pairs: readonly SimilarPair[]): (index: number) => number {
  const parents = nodes.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parents[root] !== root) root = parents[root] ?? root;
    // The way is shortened for the next time.
    for (let at = index; at !== root;) {
      const next = parents[at] ?? root;
      parents[at] = root;
      at = next;
    }
    return root;
  };
  const join = (a: number, b: number): void => {
    const [x, y] = [rootOf(a), rootOf(b)];
    parents[Math.max(x, y)] = Math.min(x, y);
  };
  for (const { first, second } of pairs) if (daysApart(nodes[first], nodes[second]) <= 0) join(first, second);
  // Same date and same title would get the same id, whoever the people are.
  const identities = new Map<string, number>();
  for (const [index, { event }] of nodes.entries()) {
    const identity = `${event.date.edtf}|${normaliseTitle(event.title)}`;
    const known = identities.get(identity);
    if (known === undefined) identities.set(identity, index);
    else join(known, index);
  }
  return rootOf;
}

/** Days from the end of one date to the start of the other; 0 or less when they overlap. */
function daysApart(a: Node | undefined, b: Node | undefined): number {
  if (!a || !b) return Infinity;
  return Math.max(a.event.date.sortMin - b.event.date.sortMax, b.event.date.sortMin - a.event.date.sortMax);
}

function fold(timelineId: string, events: readonly GroundedEvent[]): TimelineEvent {
  const { date, conflicting } = chooseDate(events);
  const spokesman = bestTold(events.filter((event) => event.date.edtf === date.edtf));
  const conflicts: DateConflict[] = conflicting.map((other) => ({
    date: other.date,
    citations: uniqueCitations(other.events),
  }));
  const flags = new Set<EventFlag>(events.flatMap((event) => event.flags));
  if (conflicts.length > 0) flags.add('dateConflict');
  return {
    eventId: eventIdOf({ timelineId, edtf: date.edtf, title: spokesman.title }),
    title: spokesman.title,
    summary: spokesman.summary,
    date,
    places: union(events.flatMap(({ places }) => places)),
    people: union(events.flatMap(({ people }) => people)),
    citations: uniqueCitations(events),
    tier: Math.min(...events.map(({ tier }) => tier)) as TimelineEvent['tier'],
    confidence: Math.max(...events.map(({ confidence }) => confidence)),
    flags: [...flags].toSorted(),
    conflicts,
    possibleConflictWith: [],
  };
}

/** The event whose words are kept: best tier, then most confident, then by its text. */
function bestTold(events: readonly GroundedEvent[]): GroundedEvent {
  const [best] = events.toSorted(
    (a, b) =>
      a.tier - b.tier ||
      b.confidence - a.confidence ||
      compareText(a.title, b.title) ||
      compareText(a.summary, b.summary),
  );
  if (!best) throw new RangeError('a group of events has at least one event of the chosen date');
  return best;
}

function markSuspicious({
  nodes,
  pairs,
  eventOf,
}: {
  nodes: readonly Node[];
  pairs: readonly SimilarPair[];
  eventOf: (index: number) => TimelineEvent | undefined;
}): void {
  for (const { first, second, similarity } of pairs) {
    const days = daysApart(nodes[first], nodes[second]);
    if (similarity < SUSPICIOUS_SIMILARITY || days <= 0 || days > SUSPICIOUS_DAYS) continue;
    const [a, b] = [eventOf(first), eventOf(second)];
    if (!a || !b || a === b) continue;
    suspect(a, b.eventId);
    suspect(b, a.eventId);
  }
}

function suspect(event: TimelineEvent, other: string): void {
  event.possibleConflictWith = union([...event.possibleConflictWith, other]);
  event.flags = [...new Set<EventFlag>([...event.flags, 'possibleConflict'])].toSorted();
}

function uniqueCitations(events: readonly Pick<GroundedEvent, 'citations'>[]): Citation[] {
  const found = new Map<string, Citation>();
  for (const citation of events.flatMap(({ citations }) => citations))
    found.set(JSON.stringify([citation.sourceId, citation.start, citation.end]), citation);
  return [...found.values()].toSorted(
    (a, b) => compareText(a.sourceId, b.sourceId) || a.start - b.start || a.end - b.end,
  );
}

function byDate(a: TimelineEvent, b: TimelineEvent): number {
  return a.date.sortMin - b.date.sortMin || a.date.sortMax - b.date.sortMax || compareText(a.eventId, b.eventId);
}

function union(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted();
}

/** By code units: the same in every locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
