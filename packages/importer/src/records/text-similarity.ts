import { normaliseDescription } from './duplicate-key';

/** From here on two texts are taken for the same payment's (data-import 12). */
export const SIMILAR = 0.85;

/** A row's text, ready to be compared. */
export interface ComparableText {
  /** Equal for texts that differ in nothing that counts. */
  readonly key: string;
  /** The different words, in their order. */
  readonly words: readonly string[];
  readonly wordSet: ReadonlySet<string>;
  /** The last words of payee and description: a bank may have cut them off in the middle. */
  readonly ends: ReadonlySet<string>;
  readonly weight: number;
}

/** What is looked at of a payee and of a description; both are a line or two, whatever a file may hold. */
const MAX_CHARACTERS = 400;
const MAX_WORDS = 40;
/** A word counts by its length up to here: a bank's long `KARTENZAHLUNG` says no more than the shop's name. */
const MAX_WORD_WEIGHT = 4;
/** Less than a name of three letters is no evidence by itself. */
const MIN_WEIGHT = 3;
/** Words below this Dice coefficient are different words. */
const SAME_WORD = 0.7;

/**
 * Payee and description as one text, because one source puts into one column what another splits in two. Folded beyond
 * {@link normaliseDescription}: Latin accents are dropped, and ae, oe, ue are a, o, u, as banks write ä, ö, ü.
 */
export function comparableText({ payee, description }: { payee: string; description: string }): ComparableText {
  const fields = [payee, description].map(wordsOf);
  const words = [...new Set(fields.flat())].slice(0, MAX_WORDS);
  return {
    key: words.join(' '),
    words,
    wordSet: new Set(words),
    ends: new Set(fields.flatMap((field) => field.slice(-1))),
    weight: weightOf(words),
  };
}

function wordsOf(field: string): readonly string[] {
  const folded = normaliseDescription(field.slice(0, MAX_CHARACTERS))
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/([aou])e/g, '$1')
    .normalize('NFC');
  return folded.match(/[\p{L}\p{M}\p{N}&]+/gu) ?? [];
}

/**
 * How alike two texts are, from 0 to 1: the overlap coefficient of their words, which is the share of the shorter text that the
 * longer one has too. Sources of one payment differ by what one of them adds (kind of payment, place, time, reference) or cuts
 * off, and neither lowers it; letters' measures such as Jaro-Winkler are high for any two texts that begin with the same kind
 * of payment, and Dice's is low as soon as one text is much longer. A word counts by its length, four at most; words that are
 * spelt alike count by the Dice coefficient of their letter pairs; numbers are equal or not. Two texts without a word are
 * equal. Symmetric.
 */
export function textSimilarity(one: ComparableText, other: ComparableText): number {
  if (one.key === other.key) return 1;
  const [shorter, longer] = isShorter(one, other) ? [one, other] : [other, one];
  if (shorter.weight < MIN_WEIGHT) return 0;
  let common = 0;
  const unmatched: string[] = [];
  for (const word of shorter.words) {
    if (longer.wordSet.has(word)) common += wordWeight(word);
    else unmatched.push(word);
  }
  const left = unmatched.length === 0 ? [] : longer.words.filter((word) => !shorter.wordSet.has(word));
  for (const word of unmatched) {
    let best = 0;
    let bestAt = -1;
    for (const [at, candidate] of left.entries()) {
      const alike = wordSimilarity(word, candidate, shorter.ends.has(word) || longer.ends.has(candidate));
      if (alike <= best) continue;
      best = alike;
      bestAt = at;
    }
    if (bestAt < 0) continue;
    left.splice(bestAt, 1);
    common += wordWeight(word) * best;
  }
  return common / shorter.weight;
}

function isShorter(one: ComparableText, other: ComparableText): boolean {
  if (one.weight !== other.weight) return one.weight < other.weight;
  if (one.words.length !== other.words.length) return one.words.length < other.words.length;
  return one.key < other.key;
}

function wordSimilarity(one: string, other: string, mayBeCut: boolean): number {
  if (mayBeCut && (one.startsWith(other) || other.startsWith(one)) && !hasDigit(one) && !hasDigit(other)) return 1;
  const pairs = one.length + other.length - 2;
  // Most words are told apart by their lengths: the shorter one has too few pairs.
  if (2 * (Math.min(one.length, other.length) - 1) < SAME_WORD * pairs) return 0;
  const dice = (2 * commonPairs(one, other)) / pairs;
  return dice >= SAME_WORD && !hasDigit(one) && !hasDigit(other) ? dice : 0;
}

function hasDigit(word: string): boolean {
  return /\p{N}/u.test(word);
}

/** How many pairs of neighbouring letters two words have in common, each counted as often as both have it. */
function commonPairs(one: string, other: string): number {
  const used: boolean[] = [];
  let common = 0;
  for (let at = 0; at + 1 < one.length; at += 1) {
    for (let found = 0; found + 1 < other.length; found += 1) {
      if (used[found] || other[found] !== one[at] || other[found + 1] !== one[at + 1]) continue;
      used[found] = true;
      common += 1;
      break;
    }
  }
  return common;
}

function weightOf(words: readonly string[]): number {
  return words.reduce((sum, word) => sum + wordWeight(word), 0);
}

function wordWeight(word: string): number {
  return Math.min(word.length, MAX_WORD_WEIGHT);
}
