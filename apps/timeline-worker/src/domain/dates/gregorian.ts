import type { GregorianPoint, Qualifiers } from './expression';
import { halfOf, partOf } from './parts';
import { isQuestion, readQualifiers, readTrailing } from './qualifiers';
import { type Token, skip } from './tokens';

interface Read<T> {
  value: T;
  next: number;
}

const DASHES = new Set(['-', '–', '—', '‐', '‑']);

/**
 * Reads a date of the European calendar that begins with token `at`, with its `circa`, `before`, `from … to`.
 * Answers with the index after the last token used; undefined when there is none.
 */
export function readGregorian(
  tokens: readonly Token[],
  at: number,
): ({ point: GregorianPoint; next: number } & Qualifiers) | undefined {
  const { approximate, uncertain, next: from } = readQualifiers(tokens, at);
  const read = readBounded(tokens, from) ?? readRange(tokens, from);
  if (!read) return undefined;
  const questioned = isQuestion(tokens, read.next);
  const known = { approximate, uncertain: uncertain || questioned > 0 };
  const next = read.next + questioned;
  const trailing = readTrailing(tokens, next);
  if (trailing?.value === 'circa') return { ...known, approximate: true, point: read.value, next: trailing.next };
  const isRange = ['span', 'before', 'after'].includes(read.value.kind);
  if (trailing?.value === 'until' && read.value.kind === 'span')
    return { ...known, point: read.value, next: trailing.next };
  if (!trailing || trailing.value === 'between' || isRange) return { ...known, point: read.value, next };
  const kind = trailing.value === 'after' ? 'after' : 'before';
  return { ...known, point: { kind, point: read.value }, next: trailing.next };
}

function readBounded(tokens: readonly Token[], at: number): Read<GregorianPoint> | undefined {
  const bound = tokens[at]?.meaning;
  if (bound?.kind !== 'bound') return undefined;
  if (bound.value === 'between' || bound.value === 'from')
    return readRange(tokens, skip(tokens, at + 1, ['filler']), bound.value);
  if (bound.value !== 'before' && bound.value !== 'after' && bound.value !== 'until') return undefined;
  const read = readPoint(tokens, skip(tokens, at + 1, ['filler']));
  if (!read) return undefined;
  return { value: { kind: bound.value === 'after' ? 'after' : 'before', point: read.value }, next: read.next };
}

function readRange(
  tokens: readonly Token[],
  at: number,
  opening?: 'between' | 'from',
): Read<GregorianPoint> | undefined {
  const first = readPoint(tokens, at);
  if (!first) return opening ? undefined : readShortRange(tokens, at);
  const join = readJoin(tokens, first.next, opening);
  if (join === undefined) return opening === 'between' ? undefined : (readEnclosed(tokens, first) ?? first);
  const second = readPoint(tokens, join) ?? readShortYear(tokens, join, first.value);
  const span = second && spanOf(first.value, second.value);
  return span && second ? { value: span, next: second.next } : first;
}

/** `૧૮૨૬ અને ૧૮૩૦ની વચ્ચે`: Gujarati and Hindi say `between` at the end. */
function readEnclosed(tokens: readonly Token[], first: Read<GregorianPoint>): Read<GregorianPoint> | undefined {
  const join = readJoin(tokens, first.next, 'between');
  const second = join === undefined ? undefined : readPoint(tokens, join);
  const trailing = second && readTrailing(tokens, second.next);
  const span = second && spanOf(first.value, second.value);
  return span && trailing?.value === 'between' ? { value: span, next: trailing.next } : undefined;
}

/** What stands between two ends: a dash, `to`, and `and` only after `between`. */
function readJoin(tokens: readonly Token[], at: number, opening?: 'between' | 'from'): number | undefined {
  const token = tokens[at];
  if (!token) return undefined;
  const bound = token.meaning?.kind === 'bound' ? token.meaning.value : undefined;
  const joins =
    DASHES.has(token.text) || bound === 'to' || bound === 'until' || (opening === 'between' && bound === 'and');
  return joins ? skip(tokens, at + 1, ['filler', 'circa']) : undefined;
}

function spanOf(from: GregorianPoint, to: GregorianPoint): GregorianPoint | undefined {
  const nested = [from, to].some((point) => ['span', 'oneOf', 'before', 'after'].includes(point.kind));
  return nested ? undefined : { kind: 'span', from, to, rough: false };
}

/** `1799–1801` is two years; in `1800–02` the second is short. */
function readShortYear(tokens: readonly Token[], at: number, first: GregorianPoint): Read<GregorianPoint> | undefined {
  const token = tokens[at];
  if (first.kind !== 'year' || token?.kind !== 'number' || token.text.length !== 2 || token.ordinal || token.plural)
    return undefined;
  const year = Math.floor(first.year / 100) * 100 + Number(token.text);
  return year > first.year && tokens[at - 1]?.glued && token.glued
    ? { value: { kind: 'year', year }, next: at + 1 }
    : undefined;
}

/** Ranges that say month or year once: `3–5 April 1781`, `3 April – 5 May 1781`, `April–May 1781`, `April 3–5, 1781`. */
function readShortRange(tokens: readonly Token[], at: number): Read<GregorianPoint> | undefined {
  const left = readMonthDay(tokens, at);
  if (!left) return undefined;
  const join = readJoin(tokens, left.next);
  if (join === undefined) return undefined;
  const right = readPoint(tokens, join);
  const { month, day } = left.value;
  if (right?.value.kind === 'day' && day !== undefined) {
    const from = { ...right.value, month: month ?? right.value.month, day };
    return { value: { kind: 'span', from, to: right.value, rough: false }, next: right.next };
  }
  if (right?.value.kind === 'month' && month !== undefined && day === undefined)
    return {
      value: { kind: 'span', from: { ...right.value, month }, to: right.value, rough: false },
      next: right.next,
    };
  // `April 3–5, 1781`: the second day and the year follow.
  const lastDay = dayNumber(tokens[join]);
  const year = lastDay === undefined ? undefined : readYear(tokens, skipYearJoin(tokens, join + 1));
  if (month === undefined || day === undefined || lastDay === undefined || !year) return undefined;
  const from: GregorianPoint = { kind: 'day', year: year.value, month, day };
  return { value: { kind: 'span', from, to: { ...from, day: lastDay }, rough: false }, next: year.next };
}

function readMonthDay(tokens: readonly Token[], at: number): Read<{ month?: number; day?: number }> | undefined {
  const [first, second] = [tokens[at], tokens[at + 1]];
  const day = dayNumber(first);
  if (day !== undefined) {
    const month = monthNumber(second);
    return month === undefined ? { value: { day }, next: at + 1 } : { value: { day, month }, next: at + 2 };
  }
  const month = monthNumber(first);
  if (month === undefined) return undefined;
  const dayAfter = dayNumber(second);
  return dayAfter === undefined
    ? { value: { month }, next: at + 1 }
    : { value: { month, day: dayAfter }, next: at + 2 };
}

function readPoint(tokens: readonly Token[], at: number): Read<GregorianPoint> | undefined {
  const token = tokens[at];
  switch (token?.kind) {
    case 'number':
      return isTailOfNumber(tokens, at)
        ? undefined
        : (readDigits(tokens, at) ??
            readDayMonthYear(tokens, at) ??
            readPeriod(tokens, at) ??
            readLoneYear(tokens, at));
    case 'gregorianMonth':
      return readMonthFirst(tokens, at);
    case 'season':
      return readSeason(tokens, at);
    case 'part':
      return readPart(tokens, at);
    case 'ce':
    case 'bce':
      return readLoneYear(tokens, at);
    case 'filler':
    case 'weekday': {
      const next = skip(tokens, at, ['filler', 'weekday', 'comma']);
      // `the 1820s`, `Monday, 3 April 1781`: only a date may follow, and only a few words may lead to it.
      return next > at && next - at <= 4 ? readPoint(tokens, next) : undefined;
    }
    default:
      return undefined;
  }
}

/** The `809` of `1,809`. */
function isTailOfNumber(tokens: readonly Token[], at: number): boolean {
  const [number, sign, head] = [tokens[at], tokens[at - 1], tokens[at - 2]];
  return Boolean(number?.glued && sign?.glued && (sign.text === ',' || sign.text === '.') && head?.kind === 'number');
}

/** Digits only: 1781-04-03, 03/04/1781, 3.4.1781. */
function readDigits(tokens: readonly Token[], at: number): Read<GregorianPoint> | undefined {
  const [a, sign, b, sign2, c] = tokens.slice(at, at + 5);
  const whole = [sign, b, sign2, c].every((token) => token?.glued);
  if (!a || !b || !c || !whole || sign?.text !== sign2?.text || b.kind !== 'number' || c.kind !== 'number')
    return undefined;
  const [x, y, z] = [Number(a.text), Number(b.text), Number(c.text)];
  const next = at + 5;
  if (a.text.length === 4 && sign?.text === '-') return { value: { kind: 'day', year: x, month: y, day: z }, next };
  if (c.text.length !== 4 || !['/', '.', '-'].includes(sign?.text ?? '')) return undefined;
  const dayFirst: GregorianPoint = { kind: 'day', year: z, month: y, day: x };
  const monthFirst: GregorianPoint = { kind: 'day', year: z, month: x, day: y };
  if (x > 12 || x === y) return { value: dayFirst, next };
  return { value: y > 12 ? monthFirst : { kind: 'oneOf', days: [dayFirst, monthFirst] }, next };
}

function readDayMonthYear(tokens: readonly Token[], at: number): Read<GregorianPoint> | undefined {
  const day = dayNumber(tokens[at]);
  if (day === undefined) return undefined;
  let monthAt = skip(tokens, at + 1, ['filler']);
  // `the third day of April`: the words between are few.
  if (monthAt - at > 4) return undefined;
  if (DASHES.has(tokens[monthAt]?.text ?? '') && monthNumber(tokens[monthAt + 1]) !== undefined) monthAt += 1;
  const month = monthNumber(tokens[monthAt]);
  if (month === undefined) return undefined;
  const year = readYear(tokens, skipYearJoin(tokens, monthAt + 1));
  return year && { value: { kind: 'day', year: year.value, month, day }, next: year.next };
}

function readMonthFirst(tokens: readonly Token[], at: number): Read<GregorianPoint> | undefined {
  const month = monthNumber(tokens[at]);
  if (month === undefined) return undefined;
  const dayAt = skip(tokens, at + 1, ['dot', 'filler']);
  const day = dayNumber(tokens[dayAt]);
  if (day !== undefined) {
    const year = readYear(tokens, skipYearJoin(tokens, dayAt + 1));
    return year && { value: { kind: 'day', year: year.value, month, day }, next: year.next };
  }
  const year = readYear(tokens, skipYearJoin(tokens, at + 1));
  return year && { value: { kind: 'month', year: year.value, month }, next: year.next };
}

function readSeason(tokens: readonly Token[], at: number): Read<GregorianPoint> | undefined {
  const meaning = tokens[at]?.meaning;
  const year = readYear(tokens, skipYearJoin(tokens, at + 1));
  if (meaning?.kind !== 'season' || !year) return undefined;
  if (meaning.value !== 'monsoon')
    return { value: { kind: 'season', year: year.value, season: meaning.value }, next: year.next };
  const month = (number: number): GregorianPoint => ({ kind: 'month', year: year.value, month: number });
  return { value: { kind: 'span', from: month(6), to: month(9), rough: true }, next: year.next };
}

function readPart(tokens: readonly Token[], at: number): Read<GregorianPoint> | undefined {
  const meaning = tokens[at]?.meaning;
  if (meaning?.kind !== 'part') return undefined;
  const from = DASHES.has(tokens[at + 1]?.text ?? '') ? at + 2 : at + 1;
  const whole = readPoint(tokens, skip(tokens, from, ['filler']));
  // `two years later in 1813` is not late in 1813.
  const long = whole?.value.kind === 'decade' || whole?.value.kind === 'century';
  if (meaning.loose && !long) return undefined;
  const value = whole && partOf(whole.value, meaning.value);
  return value && { value, next: whole.next };
}

/** A decade, a century, or a half of one: `1820s`, `19th century`, `first half of the 19th century`. */
function readPeriod(tokens: readonly Token[], at: number): Read<GregorianPoint> | undefined {
  const token = tokens[at];
  if (!token) return undefined;
  const value = Number(token.text);
  if (token.plural && token.text.length === 4 && value % 10 === 0)
    return { value: { kind: value % 100 === 0 ? 'century' : 'decade', year: value }, next: at + 1 };
  const following = DASHES.has(tokens[at + 1]?.text ?? '') ? at + 2 : at + 1;
  if (token.ordinal && tokens[following]?.kind === 'century' && value >= 1 && value <= 30) {
    const bce = tokens[following + 1]?.kind === 'bce';
    const next = following + (bce || tokens[following + 1]?.kind === 'ce' ? 2 : 1);
    return { value: { kind: 'century', year: bce ? 1 - value * 100 : (value - 1) * 100 }, next };
  }
  const fraction = tokens[following]?.meaning;
  if (!token.ordinal || fraction?.kind !== 'half') return undefined;
  const whole = readPoint(tokens, skip(tokens, following + 1, ['filler']));
  const half = whole && halfOf({ point: whole.value, nth: value, fraction: fraction.value });
  return half && { value: half, next: whole.next };
}

function readLoneYear(tokens: readonly Token[], at: number): Read<GregorianPoint> | undefined {
  const year = readYear(tokens, at);
  if (!year) return undefined;
  const dated = ['ce', 'bce'].some((era) => era === tokens[at]?.kind || era === tokens[year.next - 1]?.kind);
  const plausible = dated || (tokens[at]?.text.length === 4 && year.value >= 1000 && year.value < 3000);
  return plausible ? { value: { kind: 'year', year: year.value }, next: year.next } : undefined;
}

/** A year with its era, astronomical. `1731/32` (Old Style) is the later one. Years without an era have 3 or 4 digits. */
function readYear(tokens: readonly Token[], at: number): Read<number> | undefined {
  // `ઈ.સ. પૂર્વે ૫૦૦` is 500 BCE; in English the era of such a year follows it.
  const bceFirst = tokens[at]?.kind === 'bce' && !/[A-Z]/.test(tokens[at].text);
  const prefixed = bceFirst || tokens[at]?.kind === 'ce';
  const start = prefixed ? skip(tokens, at + 1, ['dot']) : at;
  const token = tokens[start];
  if (token?.kind !== 'number' || token.ordinal || token.plural || token.text.length > 4) return undefined;
  let year = Number(token.text);
  let next = start + 1;
  const [slash, second] = [tokens[next], tokens[next + 1]];
  if (slash?.text === '/' && slash.glued && second?.kind === 'number' && second.glued) {
    if (Number(second.text) !== (year + 1) % 10 ** second.text.length) return undefined;
    year += 1;
    next += 2;
  }
  if (bceFirst) return year > 0 ? { value: 1 - year, next } : undefined;
  const era = tokens[next]?.kind;
  if (era === 'bce') return year > 0 ? { value: 1 - year, next: next + 1 } : undefined;
  if (era === 'ce' && !prefixed) return year > 0 ? { value: year, next: next + 1 } : undefined;
  return year > 0 && (prefixed || token.text.length >= 3) ? { value: year, next } : undefined;
}

function dayNumber(token: Token | undefined): number | undefined {
  if (token?.kind !== 'number' || token.plural || token.text.length > 2) return undefined;
  const day = Number(token.text);
  return day >= 1 && day <= 31 ? day : undefined;
}

function monthNumber(token: Token | undefined): number | undefined {
  return token?.meaning?.kind === 'gregorianMonth' ? token.meaning.value : undefined;
}

/** Between a month and its year: `April, 1781`, `Oct. 1800`, `April of the year 1781`. */
function skipYearJoin(tokens: readonly Token[], at: number): number {
  const next = skip(tokens, at, ['comma', 'dot', 'filler', 'weekday']);
  return next - at <= 5 ? next : at;
}
