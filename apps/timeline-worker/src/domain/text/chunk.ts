import type { Chunk } from '../types';
import { splitsSurrogatePair } from './normalise';

/**
 * Cuts a text into overlapping chunks (ai-timeline 4). Deterministic; every chunk is `text.slice(start, end)`,
 * together they cover the text, and none is longer than `maxChars` UTF-16 units. A chunk ends after a paragraph,
 * else after a sentence, else after a space, else at `maxChars`; the next one starts up to `overlapChars` before,
 * at a sentence or word where there is one. Throws RangeError when the sizes leave no room to advance.
 */
export function chunkText({
  text,
  maxChars,
  overlapChars,
}: {
  text: string;
  maxChars: number;
  overlapChars: number;
}): Chunk[] {
  if (!Number.isInteger(maxChars) || maxChars < 8)
    throw new RangeError('chunk.maxChars must be an integer of at least 8');
  if (!Number.isInteger(overlapChars) || overlapChars < 0 || overlapChars > maxChars / 2)
    throw new RangeError('chunk.overlapChars must be an integer from 0 to half of chunk.maxChars');
  const chunks: Chunk[] = [];
  let start = 0;
  while (start < text.length) {
    const end = chunkEnd({ text, start, maxChars, overlapChars });
    chunks.push({ index: chunks.length, start, end, text: text.slice(start, end) });
    if (end === text.length) break;
    start = nextStart({ text, start, end, overlapChars });
  }
  return chunks;
}

/** Halves of a chunk whose answer did not fit, cut where a chunk would be cut; undefined when it is too short. */
export function halveChunk(chunk: Chunk): [Chunk, Chunk] | undefined {
  const maxChars = Math.ceil(chunk.text.length * 0.6);
  if (maxChars < 8) return undefined;
  const cut = chunkEnd({ text: chunk.text, start: 0, maxChars, overlapChars: 0 });
  const half = (from: number, to: number): Chunk => ({
    index: chunk.index,
    start: chunk.start + from,
    end: chunk.start + to,
    text: chunk.text.slice(from, to),
  });
  return [half(0, cut), half(cut, chunk.text.length)];
}

const PARAGRAPH_END = /\n[^\S\n]*\n\s*/g;
const SENTENCE_END = /[.!?।॥…]["'”’)\]]*\s+/g;
const SPACE = /\s+/g;

function chunkEnd({
  text,
  start,
  maxChars,
  overlapChars,
}: {
  text: string;
  start: number;
  maxChars: number;
  overlapChars: number;
}): number {
  const limit = start + maxChars;
  if (limit >= text.length) return text.length;
  // A break that comes too early would make crumbs, or let the overlap eat the whole advance.
  const least = start + Math.max(overlapChars + 1, Math.floor(maxChars / 3));
  const window = text.slice(start, limit);
  for (const pattern of [PARAGRAPH_END, SENTENCE_END, SPACE]) {
    const end = lastMatchEnd({ window, pattern, least: least - start });
    if (end !== undefined) return start + end;
  }
  return splitsSurrogatePair(text, limit) ? limit - 1 : limit;
}

function lastMatchEnd({
  window,
  pattern,
  least,
}: {
  window: string;
  pattern: RegExp;
  least: number;
}): number | undefined {
  let last: number | undefined;
  for (const match of window.matchAll(pattern)) {
    const end = match.index + match[0].length;
    if (end >= least) last = end;
  }
  return last;
}

function nextStart({
  text,
  start,
  end,
  overlapChars,
}: {
  text: string;
  start: number;
  end: number;
  overlapChars: number;
}): number {
  const from = Math.max(start + 1, end - overlapChars);
  const window = text.slice(from, end);
  for (const pattern of [SENTENCE_END, SPACE]) {
    const match = window.matchAll(pattern).next().value;
    if (match) return from + match.index + match[0].length;
  }
  return splitsSurrogatePair(text, from) ? from + 1 : from;
}
