import type { DateExpression } from './expression';
import { readGregorian } from './gregorian';
import { readLunar } from './lunar';
import { readQualifiers, readTrailing } from './qualifiers';
import { type Token, skip, tokenise } from './tokens';

/** A date in a text, with the same date in another calendar where the text gives both; offsets are UTF-16 units. */
export interface FoundDate {
  start: number;
  end: number;
  text: string;
  gregorian?: Extract<DateExpression, { calendar: 'gregorian' }>;
  lunar?: Extract<DateExpression, { calendar: 'lunar' }>;
}

/** Words that may stand between a date and the same date in the other calendar. */
const EQUATING = new Set([
  'or',
  'i',
  'ie',
  'e',
  'that',
  'is',
  'corresponding',
  'equivalent',
  'being',
  'viz',
  'અર્થાત્',
  'એટલે',
  'अर्थात्',
  'यानी',
]);
const EQUATING_SIGNS = new Set(['(', ')', '[', ']', ',', ';', '/', '-', '–', '—', '=', ':']);

/**
 * Finds the dates of a text from left to right, the longest first at each place. A date that follows the same date
 * in the other calendar (`Samvat 1837 Chaitra sud 9 (3 April 1781)`) is found as one.
 */
export function findDates(text: string): FoundDate[] {
  const tokens = tokenise(text);
  const found: FoundDate[] = [];
  let at = 0;
  while (at < tokens.length) {
    const first = readDate(tokens, at);
    if (!first) {
      at += 1;
      continue;
    }
    const second = readEquated(tokens, first);
    found.push(toFound({ text, tokens, first, second }));
    at = second?.next ?? first.next;
  }
  return found;
}

const BOUNDS: Partial<Record<string, 'before' | 'after'>> = { before: 'before', until: 'before', after: 'after' };

interface ReadDate {
  expression: DateExpression;
  next: number;
}

function readDate(tokens: readonly Token[], at: number): ReadDate | undefined {
  const lunar = readQualifiedLunar(tokens, at);
  const gregorian = isWordOnly(tokens[at]) ? undefined : readGregorian(tokens, at);
  if (lunar && lunar.next >= (gregorian?.next ?? 0)) {
    const { next, ...expression } = lunar;
    return { expression: { calendar: 'lunar', ...expression, ...placeOf(tokens, at, next) }, next };
  }
  if (!gregorian) return undefined;
  const { point, approximate, uncertain, next } = gregorian;
  return { expression: { calendar: 'gregorian', point, approximate, uncertain, ...placeOf(tokens, at, next) }, next };
}

/** A lunisolar date with its `circa`, `possibly`, `before`, `after`, on whichever side of it they stand. */
function readQualifiedLunar(
  tokens: readonly Token[],
  at: number,
): (Omit<Extract<DateExpression, { calendar: 'lunar' }>, 'calendar' | 'start' | 'end'> & { next: number }) | undefined {
  const { approximate, uncertain, next: from } = readQualifiers(tokens, at);
  const leading = tokens[from]?.meaning;
  const first = leading?.kind === 'bound' ? BOUNDS[leading.value] : undefined;
  const lunar = readLunar(tokens, first ? skip(tokens, from + 1, ['filler']) : from);
  if (!lunar) return undefined;
  const trailing = first ? undefined : readTrailing(tokens, lunar.next);
  const last = trailing && BOUNDS[trailing.value];
  const bound = first ?? last;
  return {
    date: lunar.date,
    approximate: approximate || trailing?.value === 'circa',
    uncertain,
    ...(bound && { bound }),
    next: trailing && (last || trailing.value === 'circa') ? trailing.next : lunar.next,
  };
}

/** A date begins with something of its own, not with `the` or `in`. */
function isWordOnly(token: Token | undefined): boolean {
  return token?.kind === 'filler' || token?.kind === 'weekday';
}

function placeOf(tokens: readonly Token[], at: number, next: number): { start: number; end: number } {
  return { start: tokens[at]?.start ?? 0, end: tokens[next - 1]?.end ?? 0 };
}

function readEquated(tokens: readonly Token[], first: ReadDate): ReadDate | undefined {
  let at = first.next;
  let joins = 0;
  while (joins <= 7 && isEquating(tokens[at])) {
    at += 1;
    joins += 1;
  }
  if (joins === 0 || joins > 7) return undefined;
  const second = readDate(tokens, at);
  if (!second || second.expression.calendar === first.expression.calendar) return undefined;
  // The closing parenthesis belongs to the pair when the opening one does.
  const opened = tokens.slice(first.next, at).some((token) => token.text === '(');
  return opened && tokens[second.next]?.text === ')' ? { ...second, next: second.next + 1 } : second;
}

function isEquating(token: Token | undefined): boolean {
  if (!token) return false;
  if (token.kind === 'sign') return EQUATING_SIGNS.has(token.text);
  if (token.kind === 'filler' || token.kind === 'weekday' || token.kind === 'ce') return true;
  return token.text === 'to' || EQUATING.has(token.text.toLowerCase());
}

function toFound({
  text,
  tokens,
  first,
  second,
}: {
  text: string;
  tokens: readonly Token[];
  first: ReadDate;
  second: ReadDate | undefined;
}): FoundDate {
  const start = first.expression.start;
  const end = second ? (tokens[second.next - 1]?.end ?? second.expression.end) : first.expression.end;
  const found: FoundDate = { start, end, text: text.slice(start, end) };
  for (const expression of [first.expression, second?.expression]) {
    if (expression?.calendar === 'gregorian') found.gregorian = expression;
    if (expression?.calendar === 'lunar') found.lunar = expression;
  }
  return found;
}
