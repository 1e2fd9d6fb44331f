import { type Passage, comparable } from './date-support';
import type { GroundedQuote } from './grounding';
import { type Sentence, findHeadings } from './text/sentences';

/**
 * Puts the quotes of an event together with those they stand with. `short` are quotes that are too short to be found by
 * themselves; they count where they are in a heading.
 */
export type PassageFinder = (quotes: {
  found: readonly GroundedQuote[];
  short: readonly string[];
}) => Generator<void, Passage[]>;

/** A heading belongs to the quotes below it, up to the next one with a year of its own; so many may lie between. */
const MAX_HEADINGS = 50;
const YEAR = /\p{Nd}{3}/u;
/** Quotes that are further apart do not speak of one thing, blank line or not. */
const MAX_GAP = 5000;
const BLANK_LINE = /\n[^\S\n]*\n/;

/** Finds the passages of quotes of one text: its headings are found once, when first needed. Pauses then. */
export function createPassageFinder(text: string): PassageFinder {
  let headings: Sentence[] | undefined;
  return function* passagesOf({ found, short }) {
    headings ??= yield* findHeadings(text);
    const known = headings;
    return paragraphsOf(text, found).map((quotes) => {
      const above = headingsAbove(known, quotes[0]!.start);
      const asCitation = found.filter(({ start, end }) =>
        above.some((heading) => start < heading.end && heading.start < end),
      );
      const asShort = short.filter((quote) => above.some((heading) => holds(heading.text, quote)));
      return [...quotes, ...asCitation].map(({ quote }) => quote).concat(asShort);
    });
  };
}

/** Quotes between which no blank line stands. */
function paragraphsOf(text: string, found: readonly GroundedQuote[]): GroundedQuote[][] {
  const paragraphs: GroundedQuote[][] = [];
  for (const quote of found.toSorted((a, b) => a.start - b.start)) {
    const last = paragraphs.at(-1);
    const gap = text.slice(last?.at(-1)?.end ?? 0, quote.start);
    if (last && gap.length <= MAX_GAP && !BLANK_LINE.test(gap)) last.push(quote);
    else paragraphs.push([quote]);
  }
  return paragraphs;
}

/** The headings that a place stands under, the nearest first. */
function headingsAbove(headings: readonly Sentence[], place: number): Sentence[] {
  let [low, high] = [0, headings.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (headings[middle]!.end > place) high = middle;
    else low = middle + 1;
  }
  const above = headings.slice(Math.max(0, low - MAX_HEADINGS), low).toReversed();
  const withYear = above.findIndex(({ text }) => YEAR.test(text));
  return withYear < 0 ? above : above.slice(0, withYear + 1);
}

/** Whether a heading holds a quote as whole words. */
function holds(heading: string, quote: string): boolean {
  const wanted = comparable(quote);
  return wanted !== '' && ` ${words(heading)} `.includes(` ${words(wanted)} `);
}

function words(text: string): string {
  return (comparable(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).join(' ');
}
