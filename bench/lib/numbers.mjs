/** The middle one; of an even number the mean of the middle two. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Three significant digits, as a number. */
export function rounded(value) {
  return Number.isFinite(value) ? Number(value.toPrecision(3)) : null;
}

/** Runs `work(item, index)` for each item, so many at a time; the first rejection, or the signal, ends it. */
export async function inParallel({ items, concurrency, signal, work }) {
  const queue = items.entries();
  const one = async () => {
    for (const [index, item] of queue) {
      signal.throwIfAborted();
      await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, one));
}

/** `[0, 1, …, count - 1]`. */
export function range(count) {
  return Array.from({ length: count }, (_, index) => index);
}
