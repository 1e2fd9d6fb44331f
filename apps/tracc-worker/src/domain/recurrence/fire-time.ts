import { Temporal } from 'temporal-polyfill';

/**
 * The instant (RFC 3339 UTC) of a local date and time `HH:MM` in an IANA zone. A time inside a gap moves forward by
 * the length of the gap, a repeated one is the first of the two; a date that the zone never had (Pacific/Apia
 * 2011-12-30) moves to the next one. Throws RangeError for an unknown zone.
 */
export function fireInstant({ date, postAt, zone }: { date: string; postAt: string; zone: string }): string {
  return Temporal.PlainDateTime.from(`${date}T${postAt}`)
    .toZonedDateTime(zone, { disambiguation: 'compatible' })
    .toInstant()
    .toString();
}

/** The civil date of an instant (RFC 3339) in an IANA zone. Throws RangeError for an unknown zone or a wrong instant. */
export function localDate({ instant, zone }: { instant: string; zone: string }): string {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDate().toString();
}

/** True for a zone of the IANA database by name. Plain offsets (`+02:00`) are not: they know no daylight saving. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
