/**
 * A text under the comparison of ai-timeline 11, with the way back: `from[i]` and `to[i]` are the UTF-16 bounds,
 * in the original, of what became unit `i` of `text`.
 */
export interface FoldedText {
  text: string;
  from: number[];
  to: number[];
}

const SINGLE_QUOTES = '\u2018\u2019\u201a\u201b\u2032\u02bc';
const DOUBLE_QUOTES = '\u201c\u201d\u201e\u201f\u2033';
const DASHES = '\u2010\u2011\u2012\u2013\u2014\u2015\u2212';
const SOFT_HYPHEN = '\u00ad';
const LINE_BREAK = /[-\u2010][^\S\n]*\n\s*/y;
const WHITESPACE = /\s+/y;

/**
 * Folds curly quotes and dashes to straight ones and runs of whitespace to one space, and removes soft hyphens.
 * A hyphen before a line break joins the two lines: `joined` without the hyphen (a broken word), or with it (a
 * compound that was broken at its own hyphen). Case and everything else is kept.
 */
export function foldText({ text, lineHyphen }: { text: string; lineHyphen: 'dropped' | 'kept' }): FoldedText {
  const out: string[] = [];
  const from: number[] = [];
  const to: number[] = [];
  const put = (unit: string, start: number, end: number): void => {
    out.push(unit);
    from.push(start);
    to.push(end);
  };
  let at = 0;
  while (at < text.length) {
    const unit = text.charAt(at);
    if (unit === SOFT_HYPHEN) {
      at += 1;
      continue;
    }
    const end = runEnd(LINE_BREAK, text, at);
    // A dash with a space before it ends a clause, not half a word.
    if (end !== undefined && at > 0 && !/\s/.test(text.charAt(at - 1))) {
      if (lineHyphen === 'kept') put('-', at, end);
      at = end;
      continue;
    }
    const spaceEnd = runEnd(WHITESPACE, text, at);
    if (spaceEnd !== undefined) {
      // Spaces on both sides of a soft hyphen are still one run.
      if (out.at(-1) === ' ') to[to.length - 1] = spaceEnd;
      else put(' ', at, spaceEnd);
      at = spaceEnd;
      continue;
    }
    put(foldUnit(unit), at, at + 1);
    at += 1;
  }
  return { text: out.join(''), from, to };
}

function runEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function foldUnit(unit: string): string {
  if (SINGLE_QUOTES.includes(unit)) return "'";
  if (DOUBLE_QUOTES.includes(unit)) return '"';
  if (DASHES.includes(unit)) return '-';
  return unit;
}
