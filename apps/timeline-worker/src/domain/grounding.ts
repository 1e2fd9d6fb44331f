import { type FoldedText, foldText } from './text/fold';
import { asciiDigits, splitsSurrogatePair } from './text/normalise';

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

/** Finds quotes in one text; the folded forms of the text are made once, when first needed. */
export type Grounder = (input: { quote: string; near: Near }) => GroundedQuote | { code: QuoteFaultCode };

/**
 * Finds the quote in the text (ai-timeline 11): exactly, else equal under {@link foldText}, never nearly.
 * The answer is the slice of the source, not what the caller gave. Of several places the one nearest to the chunk
 * wins, then the first. Codes: `QuoteTooShort` (< 12 characters), `QuoteTooLong` (> 600), `UngroundedQuote`.
 */
export function groundQuote({
  text,
  quote,
  near,
}: {
  text: string;
  quote: string;
  near: Near;
}): GroundedQuote | { code: QuoteFaultCode } {
  return createGrounder(text)({ quote, near });
}

/** {@link groundQuote} for many quotes of one text. */
export function createGrounder(text: string): Grounder {
  const folded = new Map<'dropped' | 'kept', FoldedText>();
  const foldedText = (lineHyphen: 'dropped' | 'kept'): FoldedText => {
    const known = folded.get(lineHyphen) ?? foldText({ text, lineHyphen });
    folded.set(lineHyphen, known);
    return known;
  };
  return ({ quote, near }) => {
    const wanted = quote.normalize('NFC').trim();
    const foldedQuote = foldText({ text: wanted, lineHyphen: 'dropped' }).text.trim();
    if (foldedQuote.length < QUOTE_MIN_CHARS) return { code: 'QuoteTooShort' };
    if (wanted.length > QUOTE_MAX_CHARS) return { code: 'QuoteTooLong' };
    const span =
      nearest(exactSpans(text, wanted), near) ??
      nearest(foldedSpans({ text, folded: foldedText('dropped'), wanted: foldedQuote }), near) ??
      nearest(
        foldedSpans({
          text,
          folded: foldedText('kept'),
          wanted: foldText({ text: wanted, lineHyphen: 'kept' }).text.trim(),
        }),
        near,
      );
    if (!span) return { code: 'UngroundedQuote' };
    // The source may hold more blank space than the quote; what is stored must keep the limit too.
    if (span.end - span.start > QUOTE_MAX_CHARS) return { code: 'QuoteTooLong' };
    return { ...span, quote: text.slice(span.start, span.end) };
  };
}

interface Span {
  start: number;
  end: number;
}

function* exactSpans(text: string, wanted: string): Generator<Span> {
  for (const start of occurrences(text, wanted)) {
    const span = { start, end: start + wanted.length };
    if (isWhole(text, span)) yield span;
  }
}

function* foldedSpans({ text, folded, wanted }: { text: string; folded: FoldedText; wanted: string }): Generator<Span> {
  for (const at of occurrences(folded.text, wanted)) {
    const [start, end] = [folded.from[at], folded.to[at + wanted.length - 1]];
    if (start === undefined || end === undefined) continue;
    if (isWhole(text, { start, end })) yield { start, end };
  }
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

/**
 * Whether the year of a date is in its quotes (ai-timeline 12). The year's digits are the runs of three or more
 * decimal digits of any script in the date text, or all runs when none is that long (`9 BCE`, `19th century`);
 * each must stand as a whole run in one of the quotes. A date text without digits must be in a quote in words.
 */
export function dateSupport({ dateText, quotes }: { dateText: string; quotes: readonly string[] }): boolean {
  const runs = digitRuns(dateText);
  if (runs.length === 0) {
    const words = comparable(dateText);
    return words !== '' && quotes.some((quote) => comparable(quote).includes(words));
  }
  const long = runs.filter((run) => run.length >= 3);
  const stated = new Set(quotes.flatMap(digitRuns));
  return (long.length > 0 ? long : runs).every((run) => stated.has(run));
}

function digitRuns(text: string): string[] {
  return asciiDigits(text).match(/\d+/g) ?? [];
}

function comparable(text: string): string {
  return foldText({ text: text.normalize('NFC').toLowerCase(), lineHyphen: 'dropped' }).text.trim();
}
