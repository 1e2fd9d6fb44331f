import type { Qualifiers } from './expression';
import { type Token, isDot, skip } from './tokens';

/** Words and dots; more of them before one date are no language. */
const QUALIFIERS_MAX = 6;

/** `circa` and `possibly` before a date, with the index after them and the small words that follow. */
export function readQualifiers(tokens: readonly Token[], at: number): Qualifiers & { next: number } {
  const found = { approximate: false, uncertain: false, next: at };
  while (found.next < at + QUALIFIERS_MAX) {
    const token = tokens[found.next];
    if (token?.kind === 'circa') found.approximate = true;
    else if (token?.kind === 'possibly') found.uncertain = true;
    else if (found.next === at || !isDot(token)) break;
    found.next += 1;
  }
  if (found.next > at) found.next = skip(tokens, found.next, ['filler']);
  return found;
}

/** `1809?` or `1809 (?)`: how many tokens the doubt takes. */
export function isQuestion(tokens: readonly Token[], at: number): number {
  if (tokens[at]?.text === '?' && tokens[at]?.glued) return 1;
  return tokens[at]?.text === '(' && tokens[at + 1]?.text === '?' && tokens[at + 2]?.text === ')' ? 3 : 0;
}

export type TrailingWord = Extract<NonNullable<Token['meaning']>, { kind: 'trailing' }>['value'];

/**
 * The endings that tie a word to the date before it. The locative (`માં`, `में`) is none of them: `૧૮૩૦માં, પછી …` is
 * `in 1830, and then …`.
 */
const TIES = new Set(['ની', 'ના', 'નો', 'થી', 'के', 'की', 'का', 'से']);

/** `પહેલાં`, `के बाद`, `ની આસપાસ`: what Gujarati and Hindi say after a date. */
export function readTrailing(tokens: readonly Token[], at: number): { value: TrailingWord; next: number } | undefined {
  const index = TIES.has(tokens[at]?.text ?? '') ? at + 1 : at;
  const meaning = tokens[index]?.meaning;
  return meaning?.kind === 'trailing' ? { value: meaning.value, next: index + 1 } : undefined;
}
