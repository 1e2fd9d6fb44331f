import { splitsSurrogatePair } from '../text/normalise';
import type { Citation } from '../types';

/** What stands around a quote in its paragraph; `…` where the paragraph goes on beyond it. */
export interface QuoteContext {
  before: string;
  after: string;
}

/** So many characters of each side are enough to see what a quote is about. */
const CONTEXT_CHARS = 160;

/**
 * The words around a quote, cut between words and at the paragraph. Undefined when the text does not hold the quote at its
 * offsets (UTF-16 code units): then it is not the text that was quoted.
 */
export function contextOf(
  text: string,
  { start, end, quote }: Pick<Citation, 'start' | 'end' | 'quote'>,
): QuoteContext | undefined {
  if (text.slice(start, end) !== quote) return undefined;
  return { before: wordsBefore(text, start), after: wordsAfter(text, end) };
}

const PARAGRAPH_END = /\n[^\S\n]*\n/;

function wordsBefore(text: string, start: number): string {
  const window = text.slice(Math.max(0, start - CONTEXT_CHARS), start);
  const paragraph = window.split(PARAGRAPH_END).at(-1) ?? '';
  if (paragraph.length < window.length || start <= CONTEXT_CHARS) return paragraph.trimStart();
  // The window may begin in the middle of a word, or right at the start of one.
  const at = start - window.length;
  if (/\s/.test(text[at - 1] ?? ' ')) return `… ${window.trimStart()}`;
  const space = window.search(/\s/);
  if (space >= 0) return `… ${window.slice(space).trimStart()}`;
  return `…${splitsSurrogatePair(text, at) ? window.slice(1) : window}`;
}

function wordsAfter(text: string, end: number): string {
  const window = text.slice(end, end + CONTEXT_CHARS);
  const paragraph = window.split(PARAGRAPH_END)[0] ?? '';
  const to = end + window.length;
  if (paragraph.length < window.length || to >= text.length) return paragraph.trimEnd();
  if (/\s/.test(text[to] ?? ' ')) return `${window.trimEnd()} …`;
  const space = /\s\S*$/.exec(window)?.index ?? -1;
  if (space >= 0) return `${window.slice(0, space).trimEnd()} …`;
  return `${splitsSurrogatePair(text, to) ? window.slice(0, -1) : window}…`;
}
