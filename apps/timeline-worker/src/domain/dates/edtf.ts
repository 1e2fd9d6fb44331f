import { parse } from 'edtf';

import type { DatePrecision } from '../types';
import { daysToGregorian, gregorianToDays, lastDayOfMonth } from './day-number';

/** The days an EDTF date may lie on. `earliest`/`latest` are the same bounds before `~` widens them. */
export interface EdtfBounds {
  sortMin: number;
  sortMax: number;
  earliest: number;
  latest: number;
  precision: DatePrecision;
  /** `..` or nothing at the start or end of an interval. */
  openStart: boolean;
  openEnd: boolean;
}

/** Bounds that stand for an open start or end: the first day of the year -9999, the last of 9999. */
export const FAR_PAST = gregorianToDays({ year: -9999, month: 1, day: 1 });
export const FAR_FUTURE = gregorianToDays({ year: 9999, month: 12, day: 31 });

interface Span {
  earliest: number;
  latest: number;
  precision: DatePrecision;
  widen: Widening | undefined;
}

/** `~` (and `%`) widens a day by 3 days, a month by 1 month and a year by 2 years (ai-timeline 13). */
type Widening = 'day' | 'month' | 'year';

const DATE_MAX_CHARS = 120;

/**
 * Bounds of an EDTF text, level 0 to 2; undefined when it is not EDTF or names a day that does not exist.
 * The `edtf` package decides on the grammar. The bounds are ours: its own do not widen `~`, take a season to be
 * a quarter of the year, and let 29 February of a common year pass.
 */
export function edtfBounds(text: string): EdtfBounds | undefined {
  if (text.length === 0 || text.length > DATE_MAX_CHARS || !isEdtf(text)) return undefined;
  const set = /^[[{](.*)[\]}]$/.exec(text);
  if (set) return setBounds(set[1] ?? '');
  const ends = text.split('/');
  if (ends.length === 2) return intervalBounds(ends[0] ?? '', ends[1] ?? '');
  const span = dateSpan(text);
  return span && { ...widened(span, span), precision: span.precision, openStart: false, openEnd: false };
}

function isEdtf(text: string): boolean {
  // Bare two or three digits are a century or a decade to the package; in a history they are a page or a typo.
  if (/^-?\d{1,3}$/.test(text)) return false;
  try {
    parse(text, { level: 2 });
    return true;
  } catch {
    return false;
  }
}

function intervalBounds(first: string, last: string): EdtfBounds | undefined {
  const [openStart, openEnd] = [first === '' || first === '..', last === '' || last === '..'];
  const start = openStart ? openSpan(FAR_PAST) : dateSpan(first);
  const end = openEnd ? openSpan(FAR_FUTURE) : dateSpan(last);
  if (!start || !end || (openStart && openEnd) || start.earliest > end.latest) return undefined;
  return { ...widened(start, end), precision: 'range', openStart, openEnd };
}

function setBounds(body: string): EdtfBounds | undefined {
  const openStart = body.startsWith('..');
  const openEnd = body.endsWith('..');
  const members = body.split(/,|\.\./).filter((member) => member !== '');
  const spans = members.map((member) => dateSpan(member.trim()));
  const known = spans.filter((span) => span !== undefined);
  const [first, last] = [minBy(known, (span) => span.earliest), minBy(known, (span) => -span.latest)];
  if (!first || !last || known.length !== spans.length) return undefined;
  return {
    ...widened(openStart ? openSpan(FAR_PAST) : first, openEnd ? openSpan(FAR_FUTURE) : last),
    precision: 'range',
    openStart,
    openEnd,
  };
}

function openSpan(day: number): Span {
  return { earliest: day, latest: day, precision: 'range', widen: undefined };
}

function widened(start: Span, end: Span): Pick<EdtfBounds, 'sortMin' | 'sortMax' | 'earliest' | 'latest'> {
  return {
    sortMin: shift(start.earliest, start.widen, -1),
    sortMax: shift(end.latest, end.widen, 1),
    earliest: start.earliest,
    latest: end.latest,
  };
}

function shift(days: number, widening: Widening | undefined, sign: 1 | -1): number {
  if (!widening) return days;
  if (widening === 'day') return days + 3 * sign;
  return shiftMonths(days, (widening === 'month' ? 1 : 24) * sign);
}

/** The bound that many months on; the last day of a month stays a last day. */
function shiftMonths(days: number, months: number): number {
  const { year, month, day } = daysToGregorian(days);
  const index = year * 12 + (month - 1) + months;
  const to = { year: Math.floor(index / 12), month: (((index % 12) + 12) % 12) + 1 };
  const last = lastDayOfMonth(to);
  const wasLast = day === lastDayOfMonth({ year, month });
  return gregorianToDays({ ...to, day: wasLast ? last : Math.min(day, last) });
}

function dateSpan(text: string): Span | undefined {
  const qualified = /[~%]/.test(text);
  const bare = text.replace(/[~%?]/g, '').replace(/T.*$/, '');
  const span = bareSpan(bare);
  if (!span || !qualified) return span;
  return { ...span, widen: wideningOf(text, span.precision) };
}

function wideningOf(text: string, precision: DatePrecision): Widening {
  const whole: Widening =
    precision === 'day' ? 'day' : precision === 'month' || precision === 'season' ? 'month' : 'year';
  if (/[~%]$/.test(text)) return whole;
  // Level 2: the mark belongs to one part (`2004-~06-11`) or to all parts on its left (`2004-06~-11`).
  const marked = text.split(/(?!^)-/).findIndex((part) => /[~%]/.test(part));
  return marked === 0 ? 'year' : marked === 1 ? 'month' : 'day';
}

function bareSpan(text: string): Span | undefined {
  const long = /^Y?(-?\d+)(?:E(\d+))?(?:S(\d+))?$/.exec(text);
  if (long) {
    const year = Number(long[1]) * 10 ** Number(long[2] ?? 0);
    return Number.isSafeInteger(year * 366) ? yearSpan(year, long[3]) : undefined;
  }
  const parts = /^(-?)([\dX]{4})(?:-([\dX]{2})(?:-([\dX]{2}))?)?$/.exec(text);
  if (!parts) return undefined;
  const [, sign, yearText = '', monthText, dayText] = parts;
  const near = Number(yearText.replaceAll('X', '0'));
  const far = Number(yearText.replaceAll('X', '9'));
  const [low, high] = sign === '-' ? [-far, -near] : [near, far];
  if (monthText === undefined) {
    const unknown = yearText.split('X').length - 1;
    const precision = unknown === 0 ? 'year' : unknown === 1 ? 'decade' : unknown === 2 ? 'century' : 'range';
    return { ...yearsSpan(low, high), precision };
  }
  if (/^\d+$/.test(monthText) && Number(monthText) > 12) return seasonSpan({ low, high, code: Number(monthText) });
  const months = numbersOf(monthText, 1, 12);
  if (!months) return undefined;
  return monthSpan({ low, high, months, dayText });
}

function monthSpan({
  low,
  high,
  months,
  dayText,
}: {
  low: number;
  high: number;
  months: [number, number];
  dayText: string | undefined;
}): Span | undefined {
  const lastDay = lastDayOfMonth({ year: high, month: months[1] });
  if (dayText === undefined) {
    const earliest = gregorianToDays({ year: low, month: months[0], day: 1 });
    const latest = gregorianToDays({ year: high, month: months[1], day: lastDay });
    return {
      earliest,
      latest,
      precision: low === high && months[0] === months[1] ? 'month' : 'range',
      widen: undefined,
    };
  }
  const days = numbersOf(dayText, 1, 31);
  const firstLimit = lastDayOfMonth({ year: low, month: months[0] });
  if (!days || days[0] > firstLimit) return undefined;
  const exact = low === high && months[0] === months[1] && days[0] === days[1];
  if (exact && days[1] > lastDay) return undefined;
  return {
    earliest: gregorianToDays({ year: low, month: months[0], day: days[0] }),
    latest: gregorianToDays({ year: high, month: months[1], day: Math.min(days[1], lastDay) }),
    precision: exact ? 'day' : low === high && months[0] === months[1] ? 'month' : 'range',
    widen: undefined,
  };
}

/** The smallest and largest number between min and max that two digits with `X` may stand for. */
function numbersOf(text: string, min: number, max: number): [number, number] | undefined {
  const low = Math.max(min, Number(text.replaceAll('X', '0')));
  const high = text.includes('X') ? Math.min(max, Number(text.replaceAll('X', '9'))) : low;
  const exact = Number(text);
  if (low > high || low > max || (!text.includes('X') && exact !== low)) return undefined;
  return [low, high];
}

function yearSpan(year: number, significant: string | undefined): Span {
  if (significant === undefined) return { ...yearsSpan(year, year), precision: 'year' };
  const step = 10 ** Math.max(0, String(Math.abs(year)).length - Number(significant));
  const low = Math.floor(year / step) * step;
  return { ...yearsSpan(low, low + step - 1), precision: 'range' };
}

function yearsSpan(low: number, high: number): Omit<Span, 'precision'> {
  return {
    earliest: gregorianToDays({ year: low, month: 1, day: 1 }),
    latest: gregorianToDays({ year: high, month: 12, day: 31 }),
    widen: undefined,
  };
}

/** First and last month of ISO 8601-2 season codes; 13 and 14 are January and February of the year after. */
const SEASON_MONTHS: Record<number, [number, number]> = {
  21: [3, 5],
  22: [6, 8],
  23: [9, 11],
  24: [12, 14],
  25: [3, 5],
  26: [6, 8],
  27: [9, 11],
  28: [12, 14],
  29: [9, 11],
  30: [12, 14],
  31: [3, 5],
  32: [6, 8],
  33: [1, 3],
  34: [4, 6],
  35: [7, 9],
  36: [10, 12],
  37: [1, 4],
  38: [5, 8],
  39: [9, 12],
  40: [1, 6],
  41: [7, 12],
};

function seasonSpan({ low, high, code }: { low: number; high: number; code: number }): Span | undefined {
  const months = SEASON_MONTHS[code];
  if (!months) return undefined;
  const end = months[1] > 12 ? { year: high + 1, month: months[1] - 12 } : { year: high, month: months[1] };
  return {
    earliest: gregorianToDays({ year: low, month: months[0], day: 1 }),
    latest: gregorianToDays({ ...end, day: lastDayOfMonth(end) }),
    precision: 'season',
    widen: undefined,
  };
}

function minBy<T>(items: readonly T[], key: (item: T) => number): T | undefined {
  let best: T | undefined;
  for (const item of items) if (best === undefined || key(item) < key(best)) best = item;
  return best;
}
