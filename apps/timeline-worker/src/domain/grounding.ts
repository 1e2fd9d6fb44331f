import { type FoldedText, type LineHyphen, foldInPieces, foldText } from './text/fold';
import { type GramIndex, indexGrams } from './text/gram-index';
import { splitsSurrogatePair } from './text/normalise';

/** A quote shorter says too little to support anything; one longer is a copy of the source, not a quote. */
export const QUOTE_MIN_CHARS = 12;
export const QUOTE_MAX_CHARS = 600;

export type QuoteFaultCode = 'UngroundedQuote' | 'QuoteTooShort' | 'QuoteTooLong';

/** A place in a source: `text.slice(start, end) === quote`. */
export interface GroundedQuote {
  start: number;
  end: number;
  quote: string;
}

/** Where the quote should be, in UTF-16 units of the source: the bounds of its chunk. */
export interface Near {
  start: number;
  end: number;
}

/**
 * Finds a quote in one text. Pauses now and then when it is looked for far from where it should be, for which the text is
 * read once and remembered.
 */
export type Grounder = (input: {
  quote: string;
  near: Near;
}) => Generator<void, GroundedQuote | { code: QuoteFaultCode }>;

/** So many units on either side of the chunk are still near it. */
const MARGIN = 2 * QUOTE_MAX_CHARS;

/**
 * Finds quotes of a text (ai-timeline 11): near the chunk exactly, else equal under {@link foldInPieces}, else anywhere in the
 * text so; never nearly. The answer is the slice of the source, not what the caller gave. Of several places the one nearest
 * to the chunk wins, then the first. Codes: `QuoteTooShort` (< 12 characters), `QuoteTooLong` (> 600), `UngroundedQuote`.
 */
export function createGrounder(text: string): Grounder {
  let window: Window | undefined;
  let whole: { folded: FoldedText; index: GramIndex } | undefined;
  return function* ground({ quote, near }) {
    const wanted = quote.normalize('NFC').trim();
    if (wanted.length > QUOTE_MAX_CHARS) return { code: 'QuoteTooLong' };
    const folded = foldText({ text: wanted, lineHyphen: 'dropped' }).text.trim();
    if (folded.length < QUOTE_MIN_CHARS) return { code: 'QuoteTooShort' };
    if (window?.near.start !== near.start || window.near.end !== near.end) window = openWindow(text, near);
    let span = findNear({ text, window, wanted, folded });
    if (!span) {
      whole ??= yield* foldWhole(text);
      span = findAnywhere({ text, ...whole, wanted: folded, near });
    }
    if (!span) return { code: 'UngroundedQuote' };
    // The source may hold more blank space than the quote; what is stored must keep the limit too.
    if (span.end - span.start > QUOTE_MAX_CHARS) return { code: 'QuoteTooLong' };
    return { ...span, quote: text.slice(span.start, span.end) };
  };
}

/** The part of a text around a chunk; its folded forms are made once, when first needed. */
interface Window {
  near: Near;
  start: number;
  text: string;
  folded(lineHyphen: LineHyphen): FoldedText;
}

function openWindow(text: string, near: Near): Window {
  const start = Math.max(0, near.start - MARGIN);
  const part = text.slice(start, near.end + MARGIN);
  const known = new Map<LineHyphen, FoldedText>();
  return {
    near,
    start,
    text: part,
    folded(lineHyphen) {
      const made = known.get(lineHyphen) ?? foldText({ text: part, lineHyphen });
      known.set(lineHyphen, made);
      return made;
    },
  };
}

function findNear({
  text,
  window,
  wanted,
  folded,
}: {
  text: string;
  window: Window;
  wanted: string;
  folded: string;
}): Span | undefined {
  const { near, start } = window;
  const moved = function* (spans: Iterable<Span>): Generator<Span> {
    for (const span of spans) {
      const inText = { start: span.start + start, end: span.end + start };
      if (isWhole(text, inText)) yield inText;
    }
  };
  const kept = (): string => foldText({ text: wanted, lineHyphen: 'kept' }).text.trim();
  return (
    nearest(moved(exactSpans(window.text, wanted)), near) ??
    nearest(moved(foldedSpans({ folded: window.folded('dropped'), wanted: folded })), near) ??
    nearest(moved(foldedSpans({ folded: window.folded('kept'), wanted: kept() })), near)
  );
}

function* foldWhole(text: string): Generator<void, { folded: FoldedText; index: GramIndex }> {
  const folded = yield* foldInPieces({ text, lineHyphen: 'dropped' });
  return { folded, index: yield* indexGrams(folded.text) };
}

function findAnywhere({
  text,
  folded,
  index,
  wanted,
  near,
}: {
  text: string;
  folded: FoldedText;
  index: GramIndex;
  wanted: string;
  near: Near;
}): Span | undefined {
  const spans = index
    .nearestPlaces(wanted, lowerBound(folded.from, near.start))
    .map((at) => ({ start: folded.from[at]!, end: folded.to[at + wanted.length - 1]! }))
    .filter((span) => isWhole(text, span));
  return nearest(spans, near);
}

/** The first unit of a folded text that comes from `place` or later. */
function lowerBound(from: Int32Array, place: number): number {
  let [low, high] = [0, from.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (from[middle]! >= place) high = middle;
    else low = middle + 1;
  }
  return low;
}

interface Span {
  start: number;
  end: number;
}

function* exactSpans(text: string, wanted: string): Generator<Span> {
  for (const start of occurrences(text, wanted)) yield { start, end: start + wanted.length };
}

function* foldedSpans({ folded, wanted }: { folded: FoldedText; wanted: string }): Generator<Span> {
  for (const at of occurrences(folded.text, wanted))
    yield { start: folded.from[at]!, end: folded.to[at + wanted.length - 1]! };
}

function* occurrences(text: string, wanted: string): Generator<number> {
  if (wanted === '') return;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) yield at;
}

function isWhole(text: string, { start, end }: Span): boolean {
  return !splitsSurrogatePair(text, start) && !splitsSurrogatePair(text, end);
}

function nearest(spans: Iterable<Span>, near: Near): Span | undefined {
  let best: Span | undefined;
  let bestDistance = Infinity;
  for (const span of spans) {
    const distance = Math.max(0, near.start - span.start) + Math.max(0, span.end - near.end);
    if (distance < bestDistance) [best, bestDistance] = [span, distance];
    if (bestDistance === 0) break;
  }
  return best;
}
