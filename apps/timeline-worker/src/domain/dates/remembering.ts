/** A pure function that keeps its answers to the last `most` new arguments. The answers are shared: they must not be changed. */
export function remembering<K, V extends object>(most: number, answer: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const kept = known.get(key);
    if (kept) return kept;
    const fresh = answer(key);
    for (const oldest of known.keys()) {
      if (known.size < most) break;
      known.delete(oldest);
    }
    known.set(key, fresh);
    return fresh;
  };
}
