/** Two places of a list whose token sets are alike; `first < second`. */
export interface SimilarPair {
  first: number;
  second: number;
  /** Dice coefficient: 2·|both| / (|a| + |b|). */
  similarity: number;
}

/**
 * Visits the pairs of token sets with a Dice similarity of at least `least` whose second one is `from` or later, without
 * comparing each with each: two sets that alike share a token among the rarest few of either. Pairs that are not `wanted`
 * are passed over before they are compared. Empty sets are like nothing. Pauses after each set.
 */
export function* visitSimilarPairs({
  sets,
  least,
  from = 0,
  wanted = () => true,
  visit,
}: {
  sets: readonly ReadonlySet<string>[];
  least: number;
  from?: number;
  wanted?: (first: number, second: number) => boolean;
  visit: (pair: SimilarPair) => void;
}): Generator<void, void> {
  const ranked = yield* byRarity(sets);
  const holders = new Map<number, number[]>();
  const seenBy = new Int32Array(sets.length).fill(-1);
  for (const [second, tokens] of ranked.entries()) {
    const rare = tokens.subarray(0, prefixLength(tokens.length, least));
    if (second >= from)
      for (const token of rare)
        for (const first of holders.get(token) ?? []) {
          if (seenBy[first] === second) continue;
          seenBy[first] = second;
          if (!wanted(first, second)) continue;
          const similarity = dice(ranked[first]!, tokens);
          if (similarity >= least) visit({ first, second, similarity });
        }
    for (const token of rare) {
      const known = holders.get(token);
      if (known) known.push(second);
      else holders.set(token, [second]);
    }
    yield;
  }
}

/** The sets as numbers of their tokens, in ascending order; the rarer a token, the lower its number. */
function* byRarity(sets: readonly ReadonlySet<string>[]): Generator<void, Int32Array[]> {
  const frequency = new Map<string, number>();
  for (const set of sets) {
    for (const token of set) frequency.set(token, (frequency.get(token) ?? 0) + 1);
    yield;
  }
  const order = [...frequency].toSorted(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  const rankOf = new Map(order.map(([token], rank) => [token, rank]));
  const ranked: Int32Array[] = [];
  for (const set of sets) {
    ranked.push(Int32Array.from(set, (token) => rankOf.get(token)!).sort());
    yield;
  }
  return ranked;
}

function dice(a: Int32Array, b: Int32Array): number {
  let both = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const difference = a[i]! - b[j]!;
    if (difference === 0) both += 1;
    if (difference <= 0) i += 1;
    if (difference >= 0) j += 1;
  }
  return (2 * both) / (a.length + b.length);
}

/**
 * Sets of sizes n and m share at least `least * (n + m) / 2` tokens, and m is at least `n * least / (2 - least)`; so
 * they share at least `n * least / (2 - least)`, and one of those is among the other `n - that + 1`.
 */
function prefixLength(size: number, least: number): number {
  if (size === 0) return 0;
  return size - Math.ceil((size * least) / (2 - least) - 1e-9) + 1;
}
