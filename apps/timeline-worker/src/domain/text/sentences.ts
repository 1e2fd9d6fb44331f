/** A sentence or a heading of a text, in UTF-16 units, without blank space at its ends. */
export interface Sentence {
  start: number;
  end: number;
  text: string;
  heading: boolean;
  /** Sentences of one paragraph share this number. */
  paragraph: number;
}

/** Words whose full stop does not end a sentence. Month names are among them for `Oct. 1800`. */
const ABBREVIATIONS = new Set(
  'c ca approx mr mrs ms dr st rev sir capt col gen lt maj no nos vol vols p pp ed eds fig cf etc vs v s a d b e i jan feb mar apr jun jul aug sept sep oct nov dec mon tue wed thu fri sat sun rs shri sri pt esq bt hon viz al op cit સં વિ ઈ સ सं वि ई स डॉ ડૉ'.split(
    ' ',
  ),
);
/** Longer than each of them: a word that fills it is none, and a long one is not read again at each full stop. */
const ABBREVIATION_UNITS = 20;

const LIST_ITEM = /^\s*(?:[-*•–]\s|#{1,6}\s|\d{1,3}[.)]\s|\p{Nd}{4}\s*[:–—-]|\|)/u;

/** Splits a text into sentences; a heading, a list item and a line of a chronology stand alone. */
export function splitSentences(text: string): Sentence[] {
  return [...blocks(text)]
    .map((block, paragraph) => ({ ...block, paragraph }))
    .flatMap((block) => (block.heading ? [block] : sentencesOf(text, block)));
}

/** Blocks of text between two pauses. */
const BLOCKS = 500;

/** Where the blocks of a text begin, and those of them that are headings, in order. Pauses now and then. */
export function* findBlocks(text: string): Generator<void, { starts: number[]; headings: Sentence[] }> {
  const starts: number[] = [];
  const headings: Sentence[] = [];
  for (const block of blocks(text)) {
    starts.push(block.start);
    if (block.heading) headings.push(block);
    if (starts.length % BLOCKS === 0) yield;
  }
  return { starts, headings };
}

/** Paragraphs, further cut before list items and around headings. */
function* blocks(text: string): Generator<Sentence> {
  let start = 0;
  for (const match of text.matchAll(/\n/g)) {
    const lineStart = match.index + 1;
    const next = lineAt(text, lineStart);
    const current = lineAt(text, text.lastIndexOf('\n', match.index - 1) + 1);
    if (next.trim() !== '' && !LIST_ITEM.test(next) && !/^#{1,6}\s/.test(current)) continue;
    const block = trimmed(text, start, lineStart);
    if (block) yield block;
    start = lineStart;
  }
  const last = trimmed(text, start, text.length);
  if (last) yield last;
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? text.length : end);
}

function trimmed(text: string, start: number, end: number): Sentence | undefined {
  const raw = text.slice(start, end);
  const body = raw.trim();
  if (body === '') return undefined;
  const from = start + raw.length - raw.trimStart().length;
  return { start: from, end: from + body.length, text: body, heading: isHeading(body), paragraph: 0 };
}

function isHeading(block: string): boolean {
  if (/^#{1,6}\s/.test(block)) return true;
  return block.length <= 80 && !block.includes('\n') && !/[.!?।॥:;,”"]$/.test(block) && !LIST_ITEM.test(block);
}

function sentencesOf(text: string, block: Sentence): Sentence[] {
  const found: Sentence[] = [];
  let start = block.start;
  const body = block.text;
  for (const match of body.matchAll(/[.!?।॥]+["'”’)\]]*(?=\s)/g)) {
    const after = match.index + match[0].length;
    if (!endsSentence(body, match.index, after)) continue;
    const sentence = trimmed(text, start, block.start + after);
    if (sentence) found.push({ ...sentence, heading: false, paragraph: block.paragraph });
    start = block.start + after;
  }
  const last = trimmed(text, start, block.end);
  return last ? [...found, { ...last, heading: false, paragraph: block.paragraph }] : found;
}

function endsSentence(body: string, at: number, after: number): boolean {
  if (body.charAt(at) !== '.') return true;
  const next = body.slice(after).trimStart().charAt(0);
  if (/\p{Ll}/u.test(next)) return false;
  const word = /[\p{L}\p{M}]+$/u.exec(body.slice(Math.max(0, at - ABBREVIATION_UNITS), at))?.[0];
  if (word === undefined) return true;
  // A single capital is an initial; `V.S. 1882` and `c. 1809` go on.
  return !ABBREVIATIONS.has(word.toLowerCase()) && !/^\p{Lu}$/u.test(word);
}
