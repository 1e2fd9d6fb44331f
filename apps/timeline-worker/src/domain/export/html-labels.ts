import type { DateFlag, DateNote, EventFlag } from '../types';

const FLAGS: Record<EventFlag | DateFlag, string> = {
  suspectedInjection: 'The quoted paragraph holds text that addresses a machine',
  dateConflict: 'Sources give dates that cannot all be true',
  possibleConflict: 'Nearly the same event stands within a month of this one',
  uncited: 'No source is quoted',
  CalendarMismatch: 'The two calendars given in the source do not agree',
  adhikMonth: 'The year has an added (adhik) month of this name',
  adhikMonthNotFound: 'The source names an added (adhik) month that this year does not have',
  kshayaMonth: 'This lunar month was dropped in this year',
  vanishedTithi: 'This lunar day had no sunrise in this month',
  outsideRange: 'The date lies outside the range of this timeline',
  ambiguousDate: 'The date can be read in more than one way',
  dateFromModel: 'The date was read by the model, not by rule',
};

const NOTES: Record<DateNote, string> = {
  computedFromSamvat: 'Converted from Vikram Samvat, to within a few days',
  computedFromShaka: 'Converted from the Shaka era, to within a few days',
  convertedFromJulian: 'Converted from the Julian calendar',
  statedGregorian: 'The source states the western date',
  repeatedTithi: 'The lunar day had two sunrises; the first is taken',
};

/** A flag in words for a reader. */
export function explainFlag(flag: EventFlag | DateFlag): string {
  return FLAGS[flag];
}

/** A note on a date in words for a reader. */
export function explainNote(note: DateNote): string {
  return NOTES[note];
}
