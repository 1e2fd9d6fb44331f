import { dateKey } from './claims';
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
 * none, of the most precise ones that of the best tier, then with most citations, then the earliest; a person's own before
 * all. Dates that cannot be true together with it are `conflicting`. Throws RangeError for an empty group.
 */
export function chooseDate(
  events: readonly GroundedEvent[],
  decided?: NormalisedDate,
): { date: NormalisedDate; conflicting: DateClaim[] } {
  const claims = toClaims(events);
  const inside = claims.filter((claim) => claims.every((other) => contains(other.date, claim.date)));
  const finest = Math.min(...claims.map(({ date }) => rank(date)));
  const [chosen] =
    inside.length > 0 ? inside.toSorted(bySpan) : claims.filter(({ date }) => rank(date) === finest).toSorted(byWeight);
  if (!chosen) throw new RangeError('a group of events has at least one event');
  const date = decided ?? chosen.date;
  return { date, conflicting: claims.filter((claim) => isDisjoint(claim.date, date)) };
}

function toClaims(events: readonly GroundedEvent[]): DateClaim[] {
  const byValue = new Map<string, GroundedEvent[]>();
  for (const event of events) {
    const known = byValue.get(event.date.edtf);
    if (known) known.push(event);
    else byValue.set(event.date.edtf, [event]);
  }
  return [...byValue.values()]
    .map((same) => ({ date: same.reduce((best, event) => (isBetter(event, best) ? event : best)).date, events: same }))
    .toSorted(byWeight);
}

/** The same value may be written in two ways; the better source's way is kept, and a flagged reading only if all are. */
function isBetter(a: GroundedEvent, b: GroundedEvent): boolean {
  const flagged = ({ date }: GroundedEvent): number => Math.min(1, date.flags.length);
  const order = flagged(a) - flagged(b) || a.tier - b.tier;
  return order < 0 || (order === 0 && dateKey(a.date) < dateKey(b.date));
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
