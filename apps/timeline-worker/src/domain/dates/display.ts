import type { NormalisedDate } from '../types';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const SEASONS: Record<number, string> = { 21: 'spring', 22: 'summer', 23: 'autumn', 24: 'winter' };

/** A date as people read it: `about 3 April 1781`, `1820s`, `9 BCE`, `about 1800 to about 1833`. From its EDTF alone. */
export function displayDate({ edtf }: Pick<NormalisedDate, 'edtf'>): string {
  const set = /^[[{](.*)[\]}]$/.exec(edtf);
  if (set) {
    const joint = edtf.startsWith('{') ? ' and ' : ' or ';
    return (set[1] ?? '')
      .split(',')
      .map((member) => displayInterval(member.split('..')))
      .join(joint);
  }
  return displayInterval(edtf.split('/'));
}

/** One point, or the two ends of a time. */
function displayInterval([first = '', last]: readonly string[]): string {
  if (last === undefined) return displayPoint(first);
  if (isOpen(first)) return `until ${displayPoint(last)}`;
  if (isOpen(last)) return `from ${displayPoint(first)}`;
  return first === last ? displayPoint(first) : displayRange(first, last);
}

/** The year as historians number it, for formats that have no year 0: -8 is -9. */
export function historianYear(astronomicalYear: number): number {
  return astronomicalYear > 0 ? astronomicalYear : astronomicalYear - 1;
}

/** A year in words: `1781`, `9 BCE`. */
export function displayYear(astronomicalYear: number): string {
  return astronomicalYear > 0 ? String(astronomicalYear) : `${1 - astronomicalYear} BCE`;
}

function isOpen(end: string): boolean {
  return end === '' || end === '..';
}

function displayRange(first: string, last: string): string {
  const bothRough = /[~%]$/.test(first) && /[~%]$/.test(last);
  if (!bothRough) return `${displayPoint(first)} to ${displayPoint(last)}`;
  return `about ${displayPoint(first.slice(0, -1))} to ${displayPoint(last.slice(0, -1))}`;
}

function displayPoint(point: string): string {
  const mark = point.includes('%') || (point.includes('~') && point.includes('?')) ? '%' : /[~?]/.exec(point)?.[0];
  const words = displayBare(point.replace(/[~?%]/g, ''));
  if (mark === '~') return `about ${words}`;
  if (mark === '?') return `possibly ${words}`;
  return mark === '%' ? `possibly about ${words}` : words;
}

function displayBare(point: string): string {
  const parts = /^Y?(-?[\dX]+)(?:-([\dX]{2})(?:-([\dX]{2}))?)?$/.exec(point);
  if (!parts) return point;
  const [, yearText = '', monthText, dayText] = parts;
  const year = displayYearText(yearText);
  if (monthText === undefined) return year;
  const month = monthText.includes('X') ? '' : (MONTHS[Number(monthText) - 1] ?? SEASONS[Number(monthText)]);
  if (month === undefined) return point;
  if (month === '') return year;
  return dayText === undefined || dayText.includes('X') ? `${month} ${year}` : `${Number(dayText)} ${month} ${year}`;
}

function displayYearText(text: string): string {
  const unknown = text.split('X').length - 1;
  const year = Number(text.replaceAll('X', '0'));
  if (unknown === 0) return displayYear(year);
  if (unknown === 1 && year > 0) return `${year}s`;
  if (unknown === 2) return displayCentury(year, text.startsWith('-'));
  const far = Number(text.replaceAll('X', '9'));
  const [low, high] = year < far ? [year, far] : [far, year];
  return `${displayYear(low)} to ${displayYear(high)}`;
}

function displayCentury(year: number, bce: boolean): string {
  const number = Math.floor(Math.abs(year) / 100) + 1;
  const teen = number % 100 >= 11 && number % 100 <= 13;
  const suffix = teen ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${number}${suffix} century${bce ? ' BCE' : ''}`;
}
