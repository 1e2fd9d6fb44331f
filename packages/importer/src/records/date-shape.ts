import { asciiDigits } from './digits';
import { monthOfName } from './month-names';

/**
 * The numbers of a date text as written, before their order is decided.
 * `yearFirst`: a four-digit year in front. `named`: the month is a word. `numeric`: `a b year`, the order of a and b open.
 */
export type DateShape =
  | { readonly kind: 'yearFirst' | 'named'; readonly year: string; readonly month: number; readonly day: number }
  | { readonly kind: 'numeric'; readonly first: string; readonly second: string; readonly third: string };

const SEPARATOR = '\\s*[-./ ]\\s*';
const TIME =
  '(?:[T ,]\\s*\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d+)?)?\\s*(?:[AaPp]\\.?[Mm]\\.?)?\\s*(?:Z|[-+]\\d{2}:?\\d{2})?)?';
const YEAR_FIRST = new RegExp(`^(\\d{4})${SEPARATOR}(\\d{1,2})${SEPARATOR}(\\d{1,2})\\.?${TIME}$`);
const NUMERIC = new RegExp(`^(\\d{1,2})${SEPARATOR}(\\d{1,2})${SEPARATOR}(\\d{4}|\\d{2})\\.?${TIME}$`);
const COMPACT = new RegExp(`^(\\d{8})(?:\\d{6})?${TIME}$`);
const WORD = '([\\p{L}\\p{M}]{2,})\\.?';
const DAY_NAME_YEAR = new RegExp(
  `^(\\d{1,2})\\.?[-/ ]?\\s*(?:de )?${WORD}[-/, ]?\\s*(?:de )?(\\d{4}|\\d{2})${TIME}$`,
  'u',
);
const NAME_DAY_YEAR = new RegExp(`^${WORD}[-/ ]?\\s*(\\d{1,2}),?[-/ ]\\s*(\\d{4}|\\d{2})${TIME}$`, 'u');
const YEAR_NAME_DAY = new RegExp(`^(\\d{4})\\.?[-/ ]?\\s*${WORD}[-/ ]?\\s*(\\d{1,2})\\.?${TIME}$`, 'u');

/** Takes a date text apart; undefined when it has not the form of a date. A time behind it is passed over. */
export function dateShape(text: string): DateShape | undefined {
  const value = asciiDigits(text).trim();
  const yearFirst = YEAR_FIRST.exec(value);
  if (yearFirst) {
    return { kind: 'yearFirst', year: yearFirst[1] ?? '', month: Number(yearFirst[2]), day: Number(yearFirst[3]) };
  }
  const numeric = NUMERIC.exec(value);
  if (numeric) {
    return { kind: 'numeric', first: numeric[1] ?? '', second: numeric[2] ?? '', third: numeric[3] ?? '' };
  }
  const compact = COMPACT.exec(value)?.[1];
  if (compact) {
    const [a, b, c, d] = [compact.slice(0, 2), compact.slice(2, 4), compact.slice(4, 6), compact.slice(6)];
    // 19 and 20 are no months, so `31012025` cannot be meant year first.
    if (c === '19' || c === '20') return { kind: 'numeric', first: a, second: b, third: c + d };
    return { kind: 'yearFirst', year: a + b, month: Number(c), day: Number(d) };
  }
  return namedShape(value);
}

function namedShape(value: string): DateShape | undefined {
  const dayFirst = DAY_NAME_YEAR.exec(value);
  if (dayFirst) return named(dayFirst[3], dayFirst[2], dayFirst[1]);
  const nameFirst = NAME_DAY_YEAR.exec(value);
  if (nameFirst) return named(nameFirst[3], nameFirst[1], nameFirst[2]);
  const yearFirst = YEAR_NAME_DAY.exec(value);
  return yearFirst ? named(yearFirst[1], yearFirst[2], yearFirst[3]) : undefined;
}

function named(year = '', name = '', day = ''): DateShape | undefined {
  const month = monthOfName(name);
  return month === undefined ? undefined : { kind: 'named', year, month, day: Number(day) };
}
