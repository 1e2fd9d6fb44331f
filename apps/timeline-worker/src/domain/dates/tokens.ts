import { asciiDigits } from '../text/normalise';
import { type WordMeaning, meaningOf } from './words';

/** A piece of text as a date reader sees it; `start`/`end` are UTF-16 units of the text it was read from. */
export interface Token {
  kind: WordMeaning['kind'] | 'number' | 'word' | 'sign';
  /** Digits of a number in ASCII; the sign; else the word. */
  text: string;
  start: number;
  end: number;
  meaning?: WordMeaning;
  /** A number written with `st`, `nd`, `rd`, `th`, or an ordinal word. */
  ordinal?: boolean;
  /** A number with `s` or `'s`: `1820s`. */
  plural?: boolean;
  /** Nothing stands between the token before and this one. */
  glued: boolean;
}

const PIECES = new RegExp(
  [
    // Samvat: V.S., વિ.સં., वि.सं. The bare letters only in capitals (`vs` is `versus`).
    String.raw`(?<samvat>(?<![\p{L}\p{M}])(?:V\.\s?S\.?|VS|વિ\.\s?સં\.?|वि\.\s?सं\.?)(?![\p{L}\p{M}]))`,
    String.raw`(?<bce>(?<![\p{L}\p{M}])(?:B\.\s?C\.(?:\s?E\.)?|BCE?|ઈ\.\s?સ\.?\s?પૂર્વે|ઈ\.\s?પૂ\.?|ईसा\s+पूर्व|ई\.\s?पू\.?)(?![\p{L}\p{M}]))`,
    String.raw`(?<ce>(?<![\p{L}\p{M}])(?:A\.\s?D\.?|AD|C\.\s?E\.|CE|ઈ\.\s?સ\.?|ई\.\s?स\.?)(?![\p{L}\p{M}]))`,
    String.raw`(?<circa>(?<![\p{L}\p{M}])ca?\.(?=\s?\p{Nd})|(?<![\p{L}\p{M}])c(?=\s?\p{Nd}{3}))`,
    String.raw`(?<number>\p{Nd}+)(?:(?<ordinal>st|nd|rd|th)(?![\p{L}\p{M}])|(?<plural>['’]?s)(?![\p{L}\p{M}]))?`,
    String.raw`(?<word>[\p{L}\p{M}]+)`,
    String.raw`(?<sign>[^\s])`,
  ].join('|'),
  'gu',
);

/** Splits a text into tokens. Everything but blank space is in one of them. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let end = -1;
  for (const match of text.matchAll(PIECES)) {
    const token = toToken(match, match.index === end);
    tokens.push(token);
    end = token.end;
  }
  return tokens;
}

function toToken(match: RegExpExecArray, glued: boolean): Token {
  const groups = match.groups ?? {};
  const place = { start: match.index, end: match.index + match[0].length, glued };
  for (const kind of ['samvat', 'bce', 'ce', 'circa'] as const)
    if (groups[kind] !== undefined) return { kind, text: match[0], ...place, meaning: { kind } };
  if (groups['number'] !== undefined)
    return {
      kind: 'number',
      text: asciiDigits(groups['number']),
      ...place,
      ordinal: groups['ordinal'] !== undefined,
      plural: groups['plural'] !== undefined,
    };
  if (groups['word'] === undefined) return { kind: 'sign', text: match[0], ...place };
  const meaning = meaningOf(match[0]);
  if (meaning?.kind === 'ordinal') return { kind: 'number', text: String(meaning.value), ...place, ordinal: true };
  if (meaning) return { kind: meaning.kind, text: match[0], ...place, meaning };
  return { kind: 'word', text: match[0], ...place };
}

type Skippable = 'filler' | 'weekday' | 'circa' | 'comma' | 'dot';

/** The index of the first token from `at` on that is none of these. */
export function skip(tokens: readonly Token[], at: number, what: readonly Skippable[]): number {
  let index = at;
  for (;;) {
    const token = tokens[index];
    if (!token) return index;
    const kind = token.text === ',' ? 'comma' : isDot(token) ? 'dot' : token.kind;
    if (!what.some((skippable) => skippable === kind)) return index;
    index += 1;
  }
}

export function isDot(token: Token | undefined): boolean {
  return token?.kind === 'sign' && token.text === '.';
}
