import { tokenise } from './dates/tokens';
import { foldText } from './text/fold';
import { asciiDigits } from './text/normalise';

/**
 * How far quotes bear out a date: not at all; its year only, or its parts in passages that have nothing to do with each
 * other; or the whole of it in one passage.
 */
export type DateSupport = 'none' | 'year' | 'whole';

/** Texts that stand together in a source: quotes of a paragraph, and the headings above it that are quoted too. */
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
  const runs = digitRuns(dateText);
  if (runs.length === 0) {
    const words = comparable(dateText);
    return words !== '' && texts.some((text) => comparable(text).includes(words));
  }
  const long = runs.filter((run) => run.length >= 3);
  const stated = new Set(texts.flatMap(digitRuns));
  return (long.length > 0 ? long : runs).every((run) => stated.has(run));
}

/** The words themselves, or each number and each name of a month, a tithi or a half that they are made of. */
function hasAll(dateText: string, passage: Passage): boolean {
  const words = comparable(dateText);
  if (passage.some((text) => comparable(text).includes(words))) return true;
  const stated = new Set(passage.flatMap((text) => partsOf(text).flat()));
  return partsOf(dateText).every((names) => names.some((name) => stated.has(name)));
}

/** The parts of a date, each under the names by which another way of writing it may give it. */
function partsOf(text: string): string[][] {
  return tokenise(text).flatMap(({ kind, text: written, meaning }) => {
    if (kind === 'number') return [[`number ${Number(written)}`]];
    if (meaning?.kind === 'gregorianMonth' || meaning?.kind === 'tithi')
      return [[`${meaning.kind} ${meaning.value}`, `number ${meaning.value}`]];
    if (meaning?.kind === 'lunarMonth' || meaning?.kind === 'paksha') return [[`${meaning.kind} ${meaning.value}`]];
    return [];
  });
}

function digitRuns(text: string): string[] {
  return asciiDigits(text).match(/\d+/g) ?? [];
}

/** A text as two ways of writing the same words compare. */
export function comparable(text: string): string {
  return foldText({ text: text.normalize('NFC').toLowerCase(), lineHyphen: 'dropped' }).text.trim();
}
