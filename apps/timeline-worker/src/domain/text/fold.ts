/**
 * A text under the comparison of ai-timeline 11, with the way back: `from[i]` and `to[i]` are the UTF-16 bounds,
 * in the original, of what became unit `i` of `text`.
 */
export interface FoldedText {
  text: string;
  from: Int32Array;
  to: Int32Array;
}

/** What becomes of a hyphen that ends a line: `dropped` joins a broken word, `kept` a compound broken at its own hyphen. */
export type LineHyphen = 'dropped' | 'kept';

/** Units of text between two pauses. */
const PIECE = 1 << 16;

const SPACE = 0x20;
const HYPHEN = 0x2d;
const SOFT_HYPHEN = 0xad;

const OTHER_SPACES = new Set([0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff]);

const FOLDS = new Map<number, number>([
  ...units('\u2018\u2019\u201a\u201b\u2032\u02bc', "'"),
  ...units('\u201c\u201d\u201e\u201f\u2033', '"'),
  ...units('\u2010\u2011\u2012\u2013\u2014\u2015\u2212', '-'),
]);

function units(from: string, to: string): [number, number][] {
  return Array.from(from, (unit) => [unit.charCodeAt(0), to.charCodeAt(0)]);
}

/**
 * Folds curly quotes and dashes to straight ones and runs of whitespace to one space, removes soft hyphens, and joins
 * the two lines of a hyphen before a line break. Case and everything else is kept. Pauses now and then.
 */
export function* foldInPieces({
  text,
  lineHyphen,
}: {
  text: string;
  lineHyphen: LineHyphen;
}): Generator<void, FoldedText> {
  const out = new Uint16Array(text.length);
  const from = new Int32Array(text.length);
  const to = new Int32Array(text.length);
  let size = 0;
  const put = (unit: number, start: number, end: number): void => {
    out[size] = unit;
    from[size] = start;
    to[size] = end;
    size += 1;
  };
  let pause = PIECE;
  for (let at = 0; at < text.length;) {
    if (at >= pause) {
      yield;
      pause = at + PIECE;
    }
    const unit = text.charCodeAt(at);
    if (unit === SOFT_HYPHEN) {
      at += 1;
      continue;
    }
    // A dash with a space before it ends a clause, not half a word.
    const joined = isHyphen(unit) && at > 0 && !isSpace(text.charCodeAt(at - 1)) ? lineBreakEnd(text, at + 1) : 0;
    if (joined > 0) {
      if (lineHyphen === 'kept') put(HYPHEN, at, joined);
      at = joined;
    } else if (isSpace(unit)) {
      const end = spaceEnd(text, at);
      // Spaces on both sides of a soft hyphen are still one run.
      if (size > 0 && out[size - 1] === SPACE) to[size - 1] = end;
      else put(SPACE, at, end);
      at = end;
    } else {
      put(unit < 0x80 ? unit : (FOLDS.get(unit) ?? unit), at, at + 1);
      at += 1;
    }
  }
  return {
    // Code unit by code unit: halves of surrogate pairs stay as they are.
    text: Buffer.from(out.buffer, 0, size * 2).toString('utf16le'),
    from: from.subarray(0, size),
    to: to.subarray(0, size),
  };
}

/** {@link foldInPieces} of a short text. */
export function foldText(input: { text: string; lineHyphen: LineHyphen }): FoldedText {
  const folding = foldInPieces(input);
  for (;;) {
    const { done, value } = folding.next();
    if (done) return value;
  }
}

/** The hyphen that lines are broken with: other dashes part clauses. */
function isHyphen(unit: number): boolean {
  return unit === HYPHEN || unit === 0x2010;
}

/** `\s` of a regular expression, for one unit. */
function isSpace(unit: number): boolean {
  if (unit <= SPACE) return unit === SPACE || (unit >= 0x09 && unit <= 0x0d);
  if (unit < 0x1680) return unit === 0xa0;
  return (unit >= 0x2000 && unit <= 0x200a) || OTHER_SPACES.has(unit);
}

function spaceEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** The end of the blank space from here on when it holds a line break; else 0. */
function lineBreakEnd(text: string, from: number): number {
  const end = spaceEnd(text, from);
  return text.slice(from, end).includes('\n') ? end : 0;
}
