import { median, range } from './numbers.mjs';

/**
 * Measures ours and the anchor in turn, who is first alternating, so that what the machine does to one round it does to both.
 * `prepare(round)` gives what both get; `before(which, prepared)` comes before each and is not measured; `ours` and `theirs`
 * resolve with seconds. The ratio is the median of the paired ones: over 1, ours is faster.
 */
export async function measurePairs({ rounds, step, signal, prepare, before, ours, theirs, after }) {
  const work = { ours, theirs };
  const pairs = [];
  for (const round of range(rounds)) {
    signal.throwIfAborted();
    const prepared = await step(`preparing round ${round + 1} of ${rounds}`, () => prepare(round));
    const seconds = await step(`round ${round + 1} of ${rounds}`, async () => {
      const times = {};
      for (const which of round % 2 === 0 ? ['ours', 'theirs'] : ['theirs', 'ours']) {
        await before(which, prepared);
        times[which] = await work[which](prepared);
      }
      return times;
    });
    pairs.push(seconds);
    await after(prepared);
  }
  return {
    pairs,
    ours: median(pairs.map((pair) => pair.ours)),
    theirs: median(pairs.map((pair) => pair.theirs)),
    ratio: median(pairs.map((pair) => pair.theirs / pair.ours)),
  };
}

/** `3 pairs: 10.1 s to 7.2 s, …` */
export function pairsText(pairs) {
  return `${pairs.length} pairs: ${pairs.map(({ ours, theirs }) => `${ours.toFixed(1)} s to ${theirs.toFixed(1)} s`).join(', ')}`;
}
