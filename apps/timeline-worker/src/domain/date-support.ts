import { type FoundDate, findDates } from './dates/find';
import { tokenise } from './dates/tokens';
import { foldText } from './text/fold';
import { asciiDigits } from './text/normalise';

/**
 * How far quotes bear out a date: not at all; its year only, or its parts in passages that have nothing to do with each
 * other; or the whole of it in one passage.
 */
export type DateSupport = 'none' | 'year' | 'whole';

/**
 * Texts that stand together in a source: quotes of a paragraph, the headings above it that are quoted too, and the era that a
 * heading above it states.
 */
export type Passage = readonly string[];

/**
 * What the quotes prove of a date (ai-timeline 12). The year's digits are the runs of three or more decimal digits of any
 * script in the date text, or all runs when none is that long (`9 BCE`, `19th century`); each must stand as a whole run in
 * one of the texts. A date text without digits must be in one of them in words.
 */
export function dateSupport({ dateText, passages }: { dateText: string; passages: readonly Passage[] }): DateSupport {
  if (!hasYear(dateText, passages.flat())) return 'none';
  return passages.some((passage) => hasAll(dateText, passage)) ? 'whole' : 'year';
}

function hasYear(dateText: string, texts: readonly string[]): boolean {
  const years = yearRuns(dateText);
  if (years.length === 0) return texts.some((text) => holdsWords(comparable(text), comparable(dateText)));
  const stated = new Set(texts.flatMap(digitRuns));
  return years.every((run) => stated.has(run));
}

function yearRuns(text: string): string[] {
  const runs = digitRuns(text);
  const long = runs.filter((run) => run.length >= 3);
  return long.length > 0 ? long : runs;
}

/** The words themselves, or each part of the date by a word or a number of its own. */
function hasAll(dateText: string, passage: Passage): boolean {
  const parts = partsOf(dateText);
  const texts = passage.map((text) => withoutOtherDates({ text, dateText, parts }));
  const words = comparable(dateText);
  return texts.some((text) => holdsWords(comparable(text), words)) || areStated(parts, texts);
}

const LUNAR = /^(?:samvat|shaka|lunarMonth|paksha)\b/;

/** A day or a month of another year, and a year of another era, prove nothing of this date. */
function withoutOtherDates({
  text,
  dateText,
  parts,
}: {
  text: string;
  dateText: string;
  parts: readonly string[];
}): string {
  const years = yearRuns(dateText);
  const isLunar = parts.some((part) => LUNAR.test(part));
  const isOfOtherYear = (stated: readonly string[]): boolean =>
    stated.length > 0 && years.length > 0 && !stated.some((year) => years.includes(year));
  const isOther = ({ text: found, lunar, gregorian }: FoundDate): boolean =>
    isOfOtherYear(yearRuns(found)) ||
    (lunar !== undefined && gregorian === undefined && !isLunar) ||
    (!parts.includes('bce') && partsOf(found).includes('bce'));
  let rest = '';
  let end = 0;
  for (const found of findDates(text).filter(isOther)) {
    rest += `${text.slice(end, found.start)} `;
    end = found.end;
  }
  return rest + text.slice(end);
}

/** Whether words stand in a text, and not as part of longer ones. */
function holdsWords(text: string, words: string): boolean {
  if (words === '') return false;
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    const end = at + words.length;
    if (!isOneWord(text.slice(Math.max(0, at - 1), at + 1)) && !isOneWord(text.slice(end - 1, end + 1))) return true;
  }
  return false;
}

/** Indic scripts write small words onto the one before: `૧૮૩૭માં` is `in 1837`. */
function isOneWord(twoUnits: string): boolean {
  return /^(?:\p{Nd}{2}|[\p{Nd}\p{Script=Latin}]\p{Script=Latin}|\p{Script=Latin}\p{Nd})$/u.test(twoUnits);
}

/** The names of the parts that a date is made of, in order: `number 3`, `gregorianMonth 4`, `samvat`. */
function partsOf(text: string): string[] {
  return tokenise(text).flatMap(({ kind, text: written, plural, meaning }) => {
    switch (meaning?.kind) {
      case 'gregorianMonth':
      case 'lunarMonth':
      case 'tithi':
      case 'paksha':
      case 'season':
      case 'part':
        return [`${meaning.kind} ${meaning.value}`];
      case 'samvat':
      case 'shaka':
      case 'bce':
      case 'century':
        return [meaning.kind];
      default:
        return kind === 'number' ? [`${plural === true ? 'plural' : 'number'} ${Number(written)}`] : [];
    }
  });
}

/** Days, months as numbers and tithis: two of them in a date are two things, where a year or an era may be said twice. */
const SHORT = /^(?:number \d{1,2}|tithi \d+)$/;

/** `3.4.1781`, `1781-04-03`. */
const ALL_DIGITS = /\d([-/.])\d{1,2}\1\d/;

/**
 * Whether the parts of a date stand among those of texts, each for itself: the same one first, then a month as its number in a
 * date all of digits, on either side, and a tithi as its number.
 */
function areStated(parts: readonly string[], texts: readonly string[]): boolean {
  const stated = texts.flatMap(partsOf);
  const left = new Map<string, number>();
  for (const name of stated) left.set(name, (left.get(name) ?? 0) + 1);
  const take = (name: string): boolean => {
    const count = left.get(name) ?? 0;
    left.set(name, count - 1);
    return count > 0;
  };
  const needed = [...new Set(parts), ...parts.filter((part, index) => SHORT.test(part) && parts.indexOf(part) < index)];
  const isLunar = parts.some((part) => LUNAR.test(part));
  const isAllDigits = parts.every((part) => part.startsWith('number '));
  const hasDigits = texts.some((text) => ALL_DIGITS.test(asciiDigits(text)));
  const isSamvat = stated.some((name) => name.startsWith('lunarMonth ')) && stated.some((name) => HALF.test(name));
  return needed
    .filter((part) => !take(part))
    .every((part) => {
      const [kind, value] = part.split(' ');
      if (kind === 'samvat') return isSamvat;
      if (kind === 'gregorianMonth') return hasDigits && take(`number ${value}`);
      if (kind === 'tithi') return take(`number ${value}`);
      if (kind !== 'number') return false;
      return (isAllDigits && take(`gregorianMonth ${value}`)) || (isLunar && take(`tithi ${value}`));
    });
}

/** Nobody but who counts years of Samvat or Shaka counts in halves, of which the full and the new moon are the ends. */
const HALF = /^(?:paksha \w+|tithi 15)$/;

/** The words of a text that state an era. */
export function eraWords(text: string): string[] {
  return tokenise(text).flatMap(({ kind, text: word }) => (ERAS.has(kind) ? [word] : []));
}

const ERAS: ReadonlySet<string> = new Set(['samvat', 'shaka', 'bce']);

function digitRuns(text: string): string[] {
  return asciiDigits(text).match(/\d+/g) ?? [];
}

/** A text as two ways of writing the same words compare. */
export function comparable(text: string): string {
  return foldText({ text: text.normalize('NFC').toLowerCase(), lineHyphen: 'dropped' }).text.trim();
}
