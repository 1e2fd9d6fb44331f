import { AstroTime, Body, MoonPhase, Observer, SearchMoonPhase, SearchRiseSet, SunPosition } from 'astronomy-engine';

import { daysToGregorian, gregorianToDays } from './day-number';
import { remembering } from './remembering';

// The Hindu lunisolar calendar by today's astronomy. Printed almanacs of the nineteenth century were made with the
// Surya Siddhanta and may differ by a day, which is why every computed date is marked approximate.

/** An amanta lunar month: from new moon to new moon, as days since 1970-01-01 UT with fraction. */
export interface LunarMonth {
  /** 1 = Chaitra … 12 = Fagan (Phalgun). */
  month: number;
  adhik: boolean;
  /** Two sankrantis fell in it: it also bears the name of the month that follows. */
  kshaya: boolean;
  start: number;
  end: number;
}

/** A history's dates lie in a few hundred years, and most of a text's days near each other. */
const YEARS_KEPT = 512;
const DAYS_KEPT = 8192;

/** The meridian and latitude of Ujjain, where the traditional calendar is reckoned. */
const UJJAIN_EAST_DEGREES = 75.77;
const UJJAIN = new Observer(23.18, UJJAIN_EAST_DEGREES, 0);
/** 2000-01-01T12:00 in days since 1970-01-01: where the astronomy library counts from. */
const J2000_DAYS = 10_957.5;

/**
 * The lunar months from Chaitra of a Gregorian year to the Fagan before the next Chaitra, in order. An adhik month
 * comes before the month whose name it bears.
 */
export const lunarMonths = remembering(YEARS_KEPT, (chaitraYear: number): readonly Readonly<LunarMonth>[] => {
  // Chaitra has begun between mid February and mid April for the last two thousand years.
  let start = newMoonFrom(gregorianToDays({ year: chaitraYear, month: 2, day: 1 }));
  while (monthNumber(start) !== 1) start = newMoonFrom(start + 25);
  const months: LunarMonth[] = [];
  for (;;) {
    const end = newMoonFrom(start + 25);
    const month = monthNumber(start);
    if (months.length > 10 && month === 1) return months;
    const advance = (siderealSign(end) - siderealSign(start) + 12) % 12;
    months.push({ month, adhik: advance === 0, kshaya: advance === 2, start, end });
    start = end;
  }
});

/** The tithi (1-15 bright, 16-30 dark) at sunrise of a civil day at Ujjain, and the instant of that sunrise. */
export const tithiAtSunrise = remembering(DAYS_KEPT, (day: number): Readonly<{ tithi: number; sunrise: number }> => {
  const midnight = day - UJJAIN_EAST_DEGREES / 360;
  const rise = SearchRiseSet(Body.Sun, UJJAIN, 1, toTime(midnight), 1);
  // The sun rises every day at the latitude of Ujjain; six in the morning stands in for an answer that cannot be missing.
  const time = rise ?? toTime(midnight + 0.25);
  return { tithi: Math.floor(MoonPhase(time) / 12) + 1, sunrise: fromTime(time) };
});

/** The full moon of a lunar month. */
export function fullMoonOf({ start }: Pick<LunarMonth, 'start'>): number {
  return moonFrom(180, start);
}

/** The civil day at Ujjain that holds an instant. */
export function civilDayAt(instant: number): number {
  return Math.floor(instant + UJJAIN_EAST_DEGREES / 360);
}

/** The Gregorian year and month of an instant, at Ujjain. */
export function monthAt(instant: number): { year: number; month: number } {
  const { year, month } = daysToGregorian(civilDayAt(instant));
  return { year, month };
}

/** The sun stands in Meena (sign 11) at the new moon that begins Chaitra. */
function monthNumber(newMoon: number): number {
  return ((siderealSign(newMoon) + 1) % 12) + 1;
}

function siderealSign(instant: number): number {
  const time = toTime(instant);
  const degrees = SunPosition(time).elon - lahiriAyanamsa(time.tt / 36_525);
  return Math.floor(((degrees + 360) % 360) / 30);
}

/** Lahiri: 23.853 degrees at J2000 and the general precession since. */
function lahiriAyanamsa(julianCenturies: number): number {
  return 23.853 + (5028.796195 * julianCenturies + 1.1054348 * julianCenturies ** 2) / 3600;
}

function newMoonFrom(day: number): number {
  return moonFrom(0, day);
}

function moonFrom(degrees: 0 | 180, day: number): number {
  const found = SearchMoonPhase(degrees, toTime(day), 35);
  if (!found) throw new RangeError(`the moon does not reach ${degrees} degrees after day ${day}`);
  return fromTime(found);
}

function toTime(day: number): AstroTime {
  return new AstroTime(day - J2000_DAYS);
}

function fromTime(time: AstroTime): number {
  return time.ut + J2000_DAYS;
}
