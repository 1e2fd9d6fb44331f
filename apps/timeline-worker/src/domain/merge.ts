import { chooseDate } from './choose-date';
import { diceSimilarity, eventIdOf, normaliseTitle, tokensOf } from './similarity';
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
  group: number;
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
  const nodes = toNodes(events);
  link(nodes);
  const groups = new Map<number, Node[]>();
  for (const node of nodes) groups.set(node.group, [...(groups.get(node.group) ?? []), node]);
  const byGroup = new Map(
    [...groups].map(([group, members]) => [
      group,
      fold(
        timelineId,
        members.map(({ event }) => event),
      ),
    ]),
  );
  markSuspicious(nodes, byGroup);
  const merged = [...byGroup.values()].toSorted(byDate);
  return {
    events: merged,
    merged: events.length - merged.length,
    conflicts: merged.filter(({ conflicts }) => conflicts.length > 0).length,
  };
}

/** Sorted by content, so that whatever follows sees the same order each time. */
function toNodes(events: readonly GroundedEvent[]): Node[] {
  return events
    .map((event) => ({ event, key: JSON.stringify([event.date.sortMin, event.date.edtf, event.title, event]) }))
    .toSorted((a, b) => a.event.date.sortMin - b.event.date.sortMin || compareText(a.key, b.key))
    .map(({ event }, group) => ({ event, tokens: tokensOf(event), group }));
}

/** Gives every node the number of its component. Nodes are sorted by `sortMin`, so later ones soon begin too late. */
function link(nodes: Node[]): void {
  const parents = nodes.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parents[root] !== undefined && parents[root] !== root) root = parents[root] ?? root;
    return root;
  };
  for (const [i, a] of nodes.entries()) {
    for (let j = i + 1; j < nodes.length; j += 1) {
      const b = nodes[j];
      if (!b || b.event.date.sortMin > a.event.date.sortMax) break;
      if (isLinked(a, b)) parents[Math.max(rootOf(i), rootOf(j))] = Math.min(rootOf(i), rootOf(j));
    }
  }
  for (const [index, node] of nodes.entries()) node.group = rootOf(index);
}

function isLinked(a: Node, b: Node): boolean {
  if (couldReach(a, b, LINK_SIMILARITY) && diceSimilarity(a.tokens, b.tokens) >= LINK_SIMILARITY) return true;
  // Same date and same title would get the same id, whoever the people are.
  return a.event.date.edtf === b.event.date.edtf && normaliseTitle(a.event.title) === normaliseTitle(b.event.title);
}

/** The sizes alone can rule a similarity out. */
function couldReach(a: Node, b: Node, least: number): boolean {
  return (2 * Math.min(a.tokens.size, b.tokens.size)) / Math.max(1, a.tokens.size + b.tokens.size) >= least;
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

function markSuspicious(nodes: readonly Node[], byGroup: ReadonlyMap<number, TimelineEvent>): void {
  for (const [i, a] of nodes.entries()) {
    for (let j = i + 1; j < nodes.length; j += 1) {
      const b = nodes[j];
      if (!b || b.event.date.sortMin > a.event.date.sortMax + SUSPICIOUS_DAYS) break;
      const apart = b.event.date.sortMin > a.event.date.sortMax && a.group !== b.group;
      if (!apart || !couldReach(a, b, SUSPICIOUS_SIMILARITY)) continue;
      if (diceSimilarity(a.tokens, b.tokens) < SUSPICIOUS_SIMILARITY) continue;
      const [first, second] = [byGroup.get(a.group), byGroup.get(b.group)];
      if (!first || !second) continue;
      suspect(first, second.eventId);
      suspect(second, first.eventId);
    }
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
