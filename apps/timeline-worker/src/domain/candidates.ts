import { diceSimilarity } from './similarity';

/** Two places of a list whose token sets are at least that similar; `first < second`. */
export interface SimilarPair {
  first: number;
  second: number;
  similarity: number;
}

/**
 * All pairs of token sets with a Dice similarity of at least `least`, without comparing each with each: two sets that
 * alike share a token among the rarest few of either. Finding them through those tokens keeps thousands of events fast.
 * Empty sets are like nothing. Pairs are in order of `second`, then `first`.
 */
export function similarPairs({ sets, least }: { sets: readonly ReadonlySet<string>[]; least: number }): SimilarPair[] {
  const frequency = new Map<string, number>();
  for (const set of sets) for (const token of set) frequency.set(token, (frequency.get(token) ?? 0) + 1);
  const byRarity = (a: string, b: string): number =>
    (frequency.get(a) ?? 0) - (frequency.get(b) ?? 0) || (a < b ? -1 : a > b ? 1 : 0);
  const holders = new Map<string, number[]>();
  const pairs: SimilarPair[] = [];
  for (const [second, set] of sets.entries()) {
    const rare = [...set].toSorted(byRarity).slice(0, prefixLength(set.size, least));
    const candidates = new Set(rare.flatMap((token) => holders.get(token) ?? []));
    for (const first of [...candidates].toSorted((a, b) => a - b)) {
      const similarity = diceSimilarity(sets[first] ?? new Set(), set);
      if (similarity >= least) pairs.push({ first, second, similarity });
    }
    for (const token of rare) {
      const known = holders.get(token);
      if (known) known.push(second);
      else holders.set(token, [second]);
    }
  }
  return pairs;
}

/**
 * Sets of sizes n and m share at least `least * (n + m) / 2` tokens, and m is at least `n * least / (2 - least)`; so
 * they share at least `n * least / (2 - least)`, and one of those is among the other `n - that + 1`.
 */
function prefixLength(size: number, least: number): number {
  const shared = Math.ceil((size * least) / (2 - least) - 1e-9);
  return size - shared + 1;
}
