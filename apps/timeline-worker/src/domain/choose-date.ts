import type { DatePrecision, GroundedEvent, NormalisedDate } from './types';

/** A date that events of a group give, and the events that give it. */
export interface DateClaim {
  date: NormalisedDate;
  events: GroundedEvent[];
}

const PRECISION_RANK: Record<DatePrecision, number> = {
  day: 0,
  month: 1,
  season: 2,
  year: 3,
  decade: 4,
  century: 5,
  range: 6,
};

/**
 * The date of a group of events (ai-timeline 15): the most precise one that lies inside all the others; when there is
 * none, of the most precise ones that of the best tier, then with most citations, then the earliest. Dates that cannot
 * be true together with it are `conflicting`. Throws RangeError for an empty group.
 */
export function chooseDate(events: readonly GroundedEvent[]): { date: NormalisedDate; conflicting: DateClaim[] } {
  const claims = toClaims(events);
  const inside = claims.filter((claim) => claims.every((other) => contains(other.date, claim.date)));
  const finest = Math.min(...claims.map(({ date }) => rank(date)));
  const [chosen] =
    inside.length > 0 ? inside.toSorted(bySpan) : claims.filter(({ date }) => rank(date) === finest).toSorted(byWeight);
  if (!chosen) throw new RangeError('a group of events has at least one event');
  return { date: chosen.date, conflicting: claims.filter(({ date }) => isDisjoint(date, chosen.date)) };
}

function toClaims(events: readonly GroundedEvent[]): DateClaim[] {
  const claims = new Map<string, DateClaim>();
  for (const event of events) {
    const claim = claims.get(event.date.edtf);
    if (!claim) claims.set(event.date.edtf, { date: event.date, events: [event] });
    else claims.set(event.date.edtf, { date: better(claim, event), events: [...claim.events, event] });
  }
  return [...claims.values()].toSorted(byWeight);
}

/** The same value may be written in two ways; the better source's way is kept, and a flagged reading only if all are. */
function better(claim: DateClaim, event: GroundedEvent): NormalisedDate {
  const flagged = (date: NormalisedDate): number => Math.min(1, date.flags.length);
  const known = claim.events.find((other) => other.date === claim.date);
  const order =
    flagged(event.date) - flagged(claim.date) ||
    event.tier - (known?.tier ?? 3) ||
    (JSON.stringify(event.date) < JSON.stringify(claim.date) ? -1 : 1);
  return order < 0 ? event.date : claim.date;
}

function rank(date: NormalisedDate): number {
  return PRECISION_RANK[date.precision];
}

function span(date: NormalisedDate): number {
  return date.sortMax - date.sortMin;
}

function bySpan(a: DateClaim, b: DateClaim): number {
  return span(a.date) - span(b.date) || rank(a.date) - rank(b.date) || byWeight(a, b);
}

function byWeight(a: DateClaim, b: DateClaim): number {
  return (
    bestTier(a) - bestTier(b) ||
    citationCount(b) - citationCount(a) ||
    a.date.sortMin - b.date.sortMin ||
    (a.date.edtf < b.date.edtf ? -1 : 1)
  );
}

function bestTier({ events }: DateClaim): number {
  return Math.min(...events.map(({ tier }) => tier));
}

function citationCount({ events }: DateClaim): number {
  const places = events.flatMap(({ citations }) =>
    citations.map(({ sourceId, start, end }) => `${sourceId} ${start} ${end}`),
  );
  return new Set(places).size;
}

function contains(outer: NormalisedDate, inner: NormalisedDate): boolean {
  return outer.sortMin <= inner.sortMin && inner.sortMax <= outer.sortMax;
}

function isDisjoint(a: NormalisedDate, b: NormalisedDate): boolean {
  return a.sortMax < b.sortMin || b.sortMax < a.sortMin;
}
