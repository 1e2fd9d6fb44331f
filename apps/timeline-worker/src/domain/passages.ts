import { type Passage, comparable, eraWords } from './date-support';
import type { GroundedQuote } from './grounding';
import { findBlocks } from './text/sentences';

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
/** A longer line is no heading, whatever sign it begins with. */
const MAX_HEADING_CHARS = 200;
const YEAR = /\p{Nd}{3}/u;
/** Quotes that are further apart do not speak of one thing, in one paragraph or not. */
const MAX_GAP = 5000;

interface Span {
  start: number;
  end: number;
}

/**
 * Finds the passages of quotes of one text: its blocks are found once, when first needed. Pauses then. What a quote has of
 * several blocks, such as lines of a list, is of several passages.
 */
export function createPassageFinder(text: string): PassageFinder {
  let found: { starts: readonly number[]; headings: readonly Heading[] } | undefined;
  return function* passagesOf({ found: quotes, short }) {
    found ??= yield* headed(text);
    const { starts, headings } = found;
    const pieces = cutAt(starts, quotes);
    return byBlock(starts, pieces).map((spans) => {
      const before = endedBefore(headings, spans[0]!.start);
      const above = headings.slice(Math.max(0, before - MAX_HEADINGS), before).toReversed();
      const near = upToYear(above);
      const cited = pieces.filter(({ start, end }) =>
        near.some((heading) => start < heading.end && heading.start < end),
      );
      const asShort = short.filter((quote) => near.some((heading) => holds(heading.text, quote)));
      const eras = above.flatMap((heading) => (near.includes(heading) || !heading.hasYear ? heading.eras : []));
      return [...spans, ...cited].map(({ start, end }) => text.slice(start, end)).concat(asShort, eras);
    });
  };
}

interface Heading extends Span {
  text: string;
  hasYear: boolean;
  /** Its words for an era: it may say once what the years below it are of. */
  eras: string[];
}

function* headed(text: string): Generator<void, { starts: number[]; headings: Heading[] }> {
  const { starts, headings } = yield* findBlocks(text);
  const known: Heading[] = [];
  for (const { start, end, text: words } of headings) {
    if (words.length > MAX_HEADING_CHARS) continue;
    known.push({ start, end, text: words, hasYear: YEAR.test(words), eras: eraWords(words) });
    yield;
  }
  return { starts, headings: known };
}

/** The parts of quotes that stand in one block each, in order; what two quotes share is there once. */
function cutAt(starts: readonly number[], quotes: readonly Span[]): Span[] {
  const spans: Span[] = [];
  for (const { start, end } of quotes.toSorted((a, b) => a.start - b.start)) {
    const last = spans.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else spans.push({ start, end });
  }
  return spans.flatMap(({ start, end }) => {
    const inside = starts.slice(blockOf(starts, start) + 1, blockOf(starts, end - 1) + 1);
    return [start, ...inside].map((from, index) => ({ start: from, end: inside[index] ?? end }));
  });
}

/** Pieces of one block, unless they are far apart. */
function byBlock(starts: readonly number[], pieces: readonly Span[]): Span[][] {
  const groups: Span[][] = [];
  for (const piece of pieces) {
    const last = groups.at(-1)?.at(-1);
    const together =
      last && blockOf(starts, last.start) === blockOf(starts, piece.start) && piece.start - last.end <= MAX_GAP;
    if (together) groups.at(-1)!.push(piece);
    else groups.push([piece]);
  }
  return groups;
}

/** The number of the block that a place is in; -1 before the first one. */
function blockOf(starts: readonly number[], place: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! > place) high = middle;
    else low = middle + 1;
  }
  return low - 1;
}

/** How many of the headings end before a place. */
function endedBefore(headings: readonly Heading[], place: number): number {
  let [low, high] = [0, headings.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (headings[middle]!.end > place) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Of headings, the nearest first, those that a place stands under. */
function upToYear(above: readonly Heading[]): Heading[] {
  const withYear = above.findIndex(({ hasYear }) => hasYear);
  return withYear < 0 ? [...above] : above.slice(0, withYear + 1);
}

/** Whether a heading holds a quote as whole words. */
function holds(heading: string, quote: string): boolean {
  const wanted = comparable(quote);
  return wanted !== '' && ` ${words(heading)} `.includes(` ${words(wanted)} `);
}

function words(text: string): string {
  return (comparable(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).join(' ');
}
