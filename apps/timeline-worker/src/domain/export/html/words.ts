import { daysToGregorian } from '../../dates/day-number';
import type { DateFlag, DateNote, EventFlag, NormalisedDate, OriginalCalendar, Tier } from '../../types';

const FLAGS: Record<EventFlag | DateFlag, string> = {
  suspectedInjection: 'The quoted paragraph holds text that addresses a machine',
  echoedInjection: 'The title or summary holds text that addresses a machine',
  changedSinceDecision: 'Sources have said something new since a person decided on it',
  dateConflict: 'Sources give dates that cannot all be true',
  possibleConflict: 'Nearly the same event stands within a month of this one',
  uncited: 'No source is quoted',
  CalendarMismatch: 'The two calendars given in the source do not agree',
  adhikMonth: 'The year has an added (adhik) month of this name',
  adhikMonthNotFound: 'The source names an added (adhik) month that this year does not have',
  kshayaMonth: 'A lunar month was dropped in this year: it is this one or the one that stands for both',
  vanishedTithi: 'This lunar day had no sunrise in this month',
  outsideRange: 'The date lies outside the range of this timeline',
  ambiguousDate: 'The date can be read in more than one way',
  dateFromModel: 'The date was read by the model, not by rule',
  dateBeyondQuote: 'The quotes prove the year, but not the day or the month',
};

const NOTES: Record<DateNote, string> = {
  computedFromSamvat: 'converted by reckoning, to within a few days',
  computedFromShaka: 'converted by reckoning, to within a few days',
  convertedFromJulian: 'converted to the Gregorian calendar',
  statedGregorian: 'the source states the western date too',
  repeatedTithi: 'the lunar day had two sunrises, of which the first is taken',
};

const CALENDARS: Record<OriginalCalendar, string> = {
  gregorian: 'Gregorian calendar',
  julian: 'Julian calendar',
  samvat: 'Vikram Samvat',
  shaka: 'Shaka era',
};

const TIERS: Record<Tier, string> = { 1: 'primary source', 2: 'scholarly source', 3: 'other source' };

/** A flag in words for a reader. */
export function explainFlag(flag: EventFlag | DateFlag): string {
  return FLAGS[flag];
}

/** A note on a date in words for a reader, to follow the name of its calendar. */
export function explainNote(note: DateNote): string {
  return NOTES[note];
}

/** The calendar a date was written in, and by which rule its year and months were read. */
export function calendarName({ originalCalendar, reckoning }: NormalisedDate): string {
  const name = CALENDARS[originalCalendar];
  if (!reckoning) return name;
  const { samvatYear, month } = reckoning;
  const year = samvatYear === undefined ? [] : [`${samvatYear.charAt(0).toUpperCase()}${samvatYear.slice(1)} year`];
  return `${name} (${[...year, `${month} months`].join(', ')})`;
}

export function tierName(tier: Tier): string {
  return TIERS[tier];
}

/** `1 event`, `5,000 events` */
export function counted(count: number, noun: string): string {
  return `${thousands(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function thousands(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** The heading that an event of that day (since 1970-01-01) stands under: its decade, or its century in a long history. */
export function periodName(day: number, by: 'decade' | 'century'): string {
  const { year } = daysToGregorian(day);
  if (year < 1) return `${ordinal(Math.floor(-year / 100) + 1)} century BCE`;
  if (by === 'century') return `${ordinal(Math.floor((year - 1) / 100) + 1)} century`;
  return year < 10 ? '1 to 9 CE' : `${year - (year % 10)}s`;
}

function ordinal(count: number): string {
  const isTeen = count % 100 >= 11 && count % 100 <= 13;
  return `${count}${(!isTeen && ['th', 'st', 'nd', 'rd'][count % 10]) || 'th'}`;
}
