import { claimKey } from './claims';
import { compareText, foldClaims, union } from './fold';
import { type ClaimGroups, type KnownEvent, groupClaims } from './group-claims';
import { uuidV5 } from './similarity';
import type { Claim, EventFlag, StoredEvent, TimelineEvent } from './types';

/** What claims come to together with those that the timeline has. */
export interface MergedEvent<E extends StoredEvent = StoredEvent> {
  event: TimelineEvent;
  claims: Claim[];
  /** The event of the timeline that it is, if there is one. */
  known?: E;
  /** Ids of events of the timeline that are part of this one from now on. */
  absorbed: string[];
}

export interface MergeResult<E extends StoredEvent = StoredEvent> {
  /** Events that the given claims are part of, in the order of their dates. */
  events: MergedEvent<E>[];
  /** What other events of the timeline are possible doubles of, where that has changed. */
  doubles: { event: E; possibleConflictWith: string[] }[];
  /** How many of the given claims were folded into another one's event. */
  merged: number;
  /** How many of the events carry a date conflict. */
  conflicts: number;
}

/**
 * Folds claims that say the same into one event (ai-timeline 15), those that the timeline has among them (ai-timeline 16): groups
 * are the connected components of overlapping dates and similar titles and people. Which runs the claims came by, and in which
 * order, makes no difference. Where the given claims touch an event, its claims of another text of a source, of which `textHashes`
 * has the one now read, make way. An event keeps its id; of several that turn out to be one, one that people have touched, then the
 * lowest. A rejected one stays as it is, and what is found of it again is in none of the events. Pauses now and then.
 */
export function* mergeClaims<E extends StoredEvent = StoredEvent>({
  timelineId,
  claims,
  known = [],
  ids = known.map(({ event }) => event.eventId),
  textHashes = {},
}: {
  timelineId: string;
  claims: readonly Claim[];
  /** The events that may be one with a claim or a double of it, and those that name one of these. */
  known?: readonly KnownEvent<E>[];
  /** Of all events of the timeline. */
  ids?: readonly string[];
  textHashes?: Readonly<Record<string, string>>;
}): Generator<void, MergeResult<E>> {
  const groups = yield* groupClaims({ claims: inOrder(claims), known });
  const isReplaced = ({ sourceId, textSha256 }: Claim): boolean =>
    textHashes[sourceId] !== undefined && textHashes[sourceId] !== textSha256;
  const events: MergedEvent<E>[] = [];
  for (const { fresh, members } of groups.touched) {
    const survivor = members[0]?.event;
    if (survivor?.status === 'rejected') continue;
    const stored = members.flatMap((member) => member.claims.filter((claim) => !isReplaced(claim)));
    const all = uniqueClaims([...stored, ...fresh]);
    events.push({
      event: foldClaims({ timelineId, claims: all, known: survivor }),
      claims: all,
      ...(survivor && { known: survivor }),
      absorbed: members.slice(1).map(({ event }) => event.eventId),
    });
    yield;
  }
  events.sort((a, b) => byDate(a.event, b.event));
  giveOwnIds(events, ids);
  return {
    events,
    doubles: markDoubles({ events, known, ids, suspects: groups.suspects }),
    merged: claims.length - events.length,
    conflicts: events.filter(({ event }) => event.conflicts.length > 0).length,
  };
}

/** Each once, sorted by content, so that whatever follows sees the same order each time. */
function inOrder(claims: readonly Claim[]): Claim[] {
  return uniqueClaims(claims).toSorted((a, b) => a.date.sortMin - b.date.sortMin);
}

function uniqueClaims(claims: readonly Claim[]): Claim[] {
  const byKey = new Map(claims.map((claim) => [claimKey(claim), claim]));
  return [...byKey].toSorted(([a], [b]) => compareText(a, b)).map(([, claim]) => claim);
}

/**
 * A new event may come to the id of a stored one that it is not: people have reworded that one since. The new one gets the
 * next id of its own.
 */
function giveOwnIds(events: readonly MergedEvent[], ids: readonly string[]): void {
  const taken = new Set(ids);
  for (const { event, known: survivor } of events) {
    if (survivor) continue;
    while (taken.has(event.eventId)) event.eventId = uuidV5({ namespace: event.eventId, name: 'next' });
    taken.add(event.eventId);
  }
}

/** Names to each other the events that may be one, wrongly dated; returns what changes for events that are not written anyway. */
function markDoubles<E extends StoredEvent>({
  events,
  known,
  ids,
  suspects,
}: {
  events: readonly MergedEvent<E>[];
  known: readonly KnownEvent<E>[];
  ids: readonly string[];
  suspects: ClaimGroups<E>['suspects'];
}): MergeResult<E>['doubles'] {
  const idNow = new Map(ids.map((id) => [id, id]));
  const ofClaim = new Map<Claim, string>();
  for (const { event, claims, absorbed } of events) {
    for (const id of absorbed) idNow.set(id, event.eventId);
    for (const claim of claims) ofClaim.set(claim, event.eventId);
  }
  const doubles = new Map<string, Set<string>>();
  const add = (id: string | undefined, other: string | undefined): void => {
    if (id !== undefined && other !== undefined && id !== other)
      doubles.set(id, (doubles.get(id) ?? new Set()).add(other));
  };
  for (const { event } of known)
    for (const other of event.possibleConflictWith) add(idNow.get(event.eventId), idNow.get(other));
  const rejected = new Set(known.flatMap(({ event }) => (event.status === 'rejected' ? event.eventId : [])));
  for (const pair of suspects) {
    const [first, second] = pair.map((one) =>
      'fresh' in one ? ofClaim.get(one.fresh) : idNow.get(one.known.event.eventId),
    );
    if (first === undefined || second === undefined || rejected.has(first) || rejected.has(second)) continue;
    add(first, second);
    add(second, first);
  }
  const doublesOf = (id: string): string[] => union([...(doubles.get(id) ?? [])]);
  for (const { event } of events) {
    event.possibleConflictWith = doublesOf(event.eventId);
    if (event.possibleConflictWith.length > 0) event.flags = union<EventFlag>([...event.flags, 'possibleConflict']);
  }
  const written = new Set(events.flatMap(({ event, absorbed }) => [event.eventId, ...absorbed]));
  return known
    .filter(({ event }) => !written.has(event.eventId))
    .map(({ event }) => ({ event, possibleConflictWith: doublesOf(event.eventId) }))
    .filter(({ event, possibleConflictWith }) => possibleConflictWith.join() !== event.possibleConflictWith.join());
}

function byDate(a: TimelineEvent, b: TimelineEvent): number {
  return a.date.sortMin - b.date.sortMin || a.date.sortMax - b.date.sortMax || compareText(a.eventId, b.eventId);
}
