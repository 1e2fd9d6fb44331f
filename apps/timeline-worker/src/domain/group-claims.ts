import { visitSimilarPairs } from './candidates';
import { claimKey } from './claims';
import { compareText } from './fold';
import { normaliseTitle, tokensOf } from './similarity';
import type { Claim, EditableField, StoredEvent } from './types';

/** Two claims are of one event from this similarity on, when their dates overlap. */
const LINK_SIMILARITY = 0.75;
/** From here on two that do not overlap may still be of one, wrongly dated. */
const SUSPICIOUS_SIMILARITY = 0.9;
const SUSPICIOUS_DAYS = 31;

/**
 * The days of claims, with those around them, as spans that do not overlap: an event of the timeline that has no claim on any of
 * them is neither one event with a given claim nor a possible double.
 */
export function daysAround(claims: readonly Claim[]): { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = [];
  for (const { date } of claims.toSorted((a, b) => a.date.sortMin - b.date.sortMin)) {
    const [from, to] = [date.sortMin - SUSPICIOUS_DAYS, date.sortMax + SUSPICIOUS_DAYS];
    const last = spans.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else spans.push({ from, to });
  }
  return spans;
}

/** An event of the timeline with the claims that it comes of. */
export interface KnownEvent<E extends StoredEvent = StoredEvent> {
  event: E;
  claims: readonly Claim[];
  /** A person has decided on it or changed it, or has imported it: it may grow, unless it is rejected, but is never folded into another. */
  fixed: boolean;
}

type Place<E extends StoredEvent> = { readonly fresh: Claim } | { readonly known: KnownEvent<E> };

export interface ClaimGroups<E extends StoredEvent> {
  /** Claims that are of one event, with the events of the timeline that they turn out to be: the one that stays comes first. */
  readonly touched: readonly { readonly fresh: readonly Claim[]; readonly members: readonly KnownEvent<E>[] }[];
  /** Pairs of different events that may be one, at least one of each a new claim's. */
  readonly suspects: readonly (readonly [Place<E>, Place<E>])[];
}

interface Node<E extends StoredEvent> {
  readonly title: string;
  readonly people: readonly string[];
  readonly date: Claim['date'];
  /** A new claim; else one that is stored, or none when the node is what people have made of the event. */
  readonly fresh?: Claim;
  readonly claim?: Claim;
  readonly known?: KnownEvent<E>;
}

/**
 * The connected components of claims (ai-timeline 15). Claims that were one event stay one; two events that people have touched
 * never become one, so that a claim that is like both is of the more similar one. A rejected event takes in only what is like
 * nothing else that is shown. Pauses now and then.
 */
export function* groupClaims<E extends StoredEvent>({
  claims,
  known,
}: {
  claims: readonly Claim[];
  known: readonly KnownEvent<E>[];
}): Generator<void, ClaimGroups<E>> {
  const nodes: Node<E>[] = [...known.flatMap(nodesOf), ...claims.map((claim) => ({ ...faceOf(claim), fresh: claim }))];
  const from = nodes.length - claims.length;
  const forest = createForest(nodes);
  const links = createFixedLinks(nodes);
  const rejected = createRejectedLinks(nodes);
  const suspects = new Map<string, readonly [number, number]>();
  const link = (first: number, second: number, similarity: number): void => {
    const offered = { fixed: first, fresh: second, similarity };
    // What people have touched comes last, for there the more similar one decides.
    if (isRejected(nodes[first]!)) rejected.offer(offered);
    else if (nodes[first]!.known?.fixed) links.offer(offered);
    else forest.join(first, second);
  };
  const retold = joinRetold(nodes, from, forest.join);
  for (const [first, second] of sameIdentity(nodes, from, retold)) link(first, second, 1);
  // Claims that say the same of the same time stand for each other: what is told a hundred times is compared once.
  const { places, sets } = yield* withoutTwins({
    nodes,
    from,
    retold,
    join(twin, index) {
      forest.join(twin, index);
      rejected.alike(twin, index);
    },
  });
  const wanted = (first: number, second: number): boolean =>
    daysApart(nodes[first]!, nodes[second]!) <= SUSPICIOUS_DAYS && forest.rootOf(first) !== forest.rootOf(second);
  yield* visitSimilarPairs({
    sets,
    least: LINK_SIMILARITY,
    from,
    wanted: (a, b) => wanted(places[a]!, places[b]!),
    visit({ first: a, second: b, similarity }) {
      const [first, second] = [places[a]!, places[b]!];
      if (daysApart(nodes[first]!, nodes[second]!) <= 0) link(first, second, similarity);
      else if (similarity >= SUSPICIOUS_SIMILARITY)
        suspects.set(`${forest.rootOf(first)} ${forest.rootOf(second)}`, [first, second]);
    },
  });
  for (const { fixed, fresh } of links.best()) if (!forest.hasFixed(fresh)) forest.join(fixed, fresh);
  const unknown = forest.groups().filter((members) => members.every((index) => nodes[index]!.fresh));
  for (const { fixed, fresh } of rejected.ofWhole(unknown)) forest.join(fixed, fresh);
  return {
    touched: forest.groups().flatMap((members) => {
      const fresh = members.flatMap((index) => nodes[index]!.fresh ?? []);
      const events = new Set(members.flatMap((index) => nodes[index]!.known ?? []));
      return fresh.length === 0 ? [] : [{ fresh, members: [...events].toSorted(byRight) }];
    }),
    suspects: [...suspects.values()]
      .filter(([first, second]) => forest.rootOf(first) !== forest.rootOf(second))
      .map(([first, second]) => [placeOf(nodes[first]!), placeOf(nodes[second]!)]),
  };
}

/**
 * The claims of an event, and what people have made of it: a later run recognises the event by either. Names of people that no
 * person has set grow with each run, and would make the event like more and more.
 */
function nodesOf<E extends StoredEvent>(known: KnownEvent<E>): Node<E>[] {
  const { event, claims } = known;
  const told = claims.map((claim) => ({ ...faceOf(claim), claim, known }));
  const isSet = (field: EditableField): boolean => event.lockedFields.includes(field);
  if (!isSet('title') && !isSet('people') && !isSet('date')) return told;
  return [...told, { ...faceOf(event), people: isSet('people') ? event.people : [], known }];
}

function faceOf({ title, people, date }: Pick<Claim, 'title' | 'people' | 'date'>) {
  return { title, people, date };
}

function placeOf<E extends StoredEvent>(node: Node<E>): Place<E> {
  return node.fresh ? { fresh: node.fresh } : { known: node.known! };
}

/** The one that stays: what people have touched, then the lowest id. */
function byRight(a: KnownEvent, b: KnownEvent): number {
  return Number(b.fixed) - Number(a.fixed) || compareText(a.event.eventId, b.event.eventId);
}

/** The places of the nodes that are compared, and their tokens: all up to `from`, then new ones that differ from each other. */
function* withoutTwins({
  nodes,
  from,
  retold,
  join,
}: {
  nodes: readonly Node<StoredEvent>[];
  from: number;
  retold: ReadonlySet<number>;
  join: (twin: number, index: number) => void;
}): Generator<void, { places: number[]; sets: ReadonlySet<string>[] }> {
  const places: number[] = [];
  const sets: ReadonlySet<string>[] = [];
  const known = new Map<string, number>();
  for (const [index, node] of nodes.entries()) {
    if (retold.has(index)) continue;
    const tokens = tokensOf(node);
    const key = `${[...tokens].toSorted().join(' ')}|${node.date.sortMin}|${node.date.sortMax}`;
    const twin = index < from || tokens.size === 0 ? undefined : known.get(key);
    if (twin === undefined) {
      if (index >= from) known.set(key, index);
      places.push(index);
      sets.push(tokens);
    } else {
      join(twin, index);
    }
    yield;
  }
  return { places, sets };
}

/**
 * A claim that is stored already is of the event that has it. What is like it is like the stored one, and is found by that: else
 * it would tie what people keep apart.
 */
function joinRetold(
  nodes: readonly Node<StoredEvent>[],
  from: number,
  join: (stored: number, retold: number) => void,
): ReadonlySet<number> {
  const stored = new Map<string, number>();
  for (const [index, { claim }] of nodes.slice(0, from).entries()) if (claim) stored.set(claimKey(claim), index);
  const retold = new Set<number>();
  for (const [index, { fresh }] of nodes.entries()) {
    const place = fresh && stored.get(claimKey(fresh));
    if (place === undefined) continue;
    join(place, index);
    retold.add(index);
  }
  return retold;
}

/** Same date and same title would get the same id, whoever the people are. Each new claim with earlier ones. */
function* sameIdentity(
  nodes: readonly Node<StoredEvent>[],
  from: number,
  retold: ReadonlySet<number>,
): Generator<[number, number]> {
  const stored = new Map<string, number[]>();
  const fresh = new Map<string, number>();
  for (const [index, { date, title }] of nodes.entries()) {
    if (retold.has(index)) continue;
    const identity = `${date.edtf}|${normaliseTitle(title)}`;
    const known = stored.get(identity) ?? [];
    if (index < from) {
      known.push(index);
      stored.set(identity, known);
      continue;
    }
    for (const first of known) yield [first, index];
    const twin = fresh.get(identity);
    if (twin === undefined) fresh.set(identity, index);
    else yield [twin, index];
  }
}

/** Days from the end of one date to the start of the other; 0 or less when they overlap. */
function daysApart(a: Pick<Node<StoredEvent>, 'date'>, b: Pick<Node<StoredEvent>, 'date'>): number {
  const [after, before] = [a.date.sortMin - b.date.sortMax, b.date.sortMin - a.date.sortMax];
  return after > before ? after : before;
}

interface FixedLink {
  readonly fixed: number;
  readonly fresh: number;
  readonly similarity: number;
}

function isRejected({ known }: Node<StoredEvent>): boolean {
  return known?.event.status === 'rejected';
}

/** The best first. */
function byLikeness(nodes: readonly Node<StoredEvent>[]) {
  const idOf = ({ fixed }: FixedLink): string => nodes[fixed]!.known!.event.eventId;
  return (a: FixedLink, b: FixedLink): number =>
    b.similarity - a.similarity || compareText(idOf(a), idOf(b)) || a.fresh - b.fresh;
}

/** Of each new claim the most similar event that people have touched and not rejected, the best of all first. */
function createFixedLinks(nodes: readonly Node<StoredEvent>[]) {
  const order = byLikeness(nodes);
  const ofFresh = new Map<number, FixedLink>();
  return {
    offer(link: FixedLink): void {
      const known = ofFresh.get(link.fresh);
      if (!known || order(link, known) < 0) ofFresh.set(link.fresh, link);
    },
    best: (): FixedLink[] => [...ofFresh.values()].toSorted(order),
  };
}

/**
 * The new claims that are like a rejected event. What is only tied to it by a claim that is like both is not what a person has
 * rejected, and must not vanish with it.
 */
function createRejectedLinks(nodes: readonly Node<StoredEvent>[]) {
  const order = byLikeness(nodes);
  /** New claim → event id → the most similar of the event's nodes. */
  const offers = new Map<number, Map<string, FixedLink>>();
  const twins = new Map<number, number>();
  const offersOf = (fresh: number): ReadonlyMap<string, FixedLink> =>
    offers.get(twins.get(fresh) ?? fresh) ?? new Map();
  return {
    offer(link: FixedLink): void {
      const ofFresh = offers.get(link.fresh) ?? new Map<string, FixedLink>();
      offers.set(link.fresh, ofFresh);
      const id = nodes[link.fixed]!.known!.event.eventId;
      const known = ofFresh.get(id);
      if (!known || order(link, known) < 0) ofFresh.set(id, link);
    },
    /** Two new claims of the same words and time: the first one is compared for both. */
    alike: (twin: number, index: number): void => void twins.set(index, twin),
    /** Of groups of new claims those of which each claim is like the same rejected event. */
    *ofWhole(groups: readonly (readonly number[])[]): Generator<FixedLink> {
      for (const members of groups) {
        const shared = [...offersOf(members[0]!)].filter(([id]) => members.every((index) => offersOf(index).has(id)));
        const [best] = shared.map(([, link]) => link).toSorted(order);
        if (best) yield { ...best, fresh: members[0]! };
      }
    },
  };
}

/** The components so far. The claims of an event of the timeline are one from the beginning. */
function createForest(nodes: readonly Node<StoredEvent>[]) {
  const parents = Int32Array.from(nodes, (_, index) => index);
  const fixed = Uint8Array.from(nodes, ({ known }) => (known?.fixed ? 1 : 0));
  const rootOf = (index: number): number => {
    let root = index;
    while (parents[root]! !== root) root = parents[root]!;
    // The way is shortened for the next time.
    for (let at = index; at !== root;) {
      const next = parents[at]!;
      parents[at] = root;
      at = next;
    }
    return root;
  };
  const join = (a: number, b: number): void => {
    const [x, y] = [rootOf(a), rootOf(b)];
    const [low, high] = [Math.min(x, y), Math.max(x, y)];
    parents[high] = low;
    fixed[low] = fixed[low]! | fixed[high]!;
  };
  for (const [index, { known }] of nodes.entries())
    if (known && nodes[index - 1]?.known === known) join(index - 1, index);
  return {
    rootOf,
    join,
    hasFixed: (index: number): boolean => fixed[rootOf(index)] === 1,
    groups(): number[][] {
      const members = new Map<number, number[]>();
      for (const index of nodes.keys()) {
        const group = members.get(rootOf(index));
        if (group) group.push(index);
        else members.set(rootOf(index), [index]);
      }
      return [...members.values()];
    },
  };
}
