/** Units of a gram: whatever is looked for is at least as long. */
export const GRAM_UNITS = 12;

/** Units of text between two pauses. */
const PIECE = 1 << 16;
/** Places that are looked at on either side, so that a text of nothing but repetition costs no more than another. */
const MAX_PLACES = 5000;

/** Where each gram of a text is, so that what stands somewhere in millions of characters is found without reading them again. */
export interface GramIndex {
  /**
   * The places nearest to `near`, one before and one after it or at it, at which `wanted` (at least {@link GRAM_UNITS} long)
   * begins in the text. Where a text repeats itself thousands of times, only the nearest repetitions are looked at.
   */
  nearestPlaces(wanted: string, near: number): number[];
}

// Called some ten times for each unit of a text; looking it up each time would take longer than that.
const { imul } = Math;
const BASE = 0x01000193;
/** What the first unit of a gram is worth when it leaves. */
const LEAVING = Array.from({ length: GRAM_UNITS }).reduce<number>((power) => imul(power, BASE), 1);

/** Makes the index of a text; takes about ten bytes for each of its units. Pauses now and then. */
export function* indexGrams(text: string): Generator<void, GramIndex> {
  const bits = Math.min(20, Math.max(8, Math.ceil(Math.log2(text.length + 1)) - 2));
  const grams = Math.max(0, text.length - GRAM_UNITS + 1);
  const ends = new Int32Array(2 ** bits + 1);
  // First how many grams each bucket has, then where each bucket ends, then the places, from the last one on.
  for (let at = 0, hash = startHash(text); at < grams; at += 1) {
    if (at > 0) hash = nextHash(text, at, hash);
    ends[bucketOf(hash, bits)]! += 1;
    if (at % PIECE === PIECE - 1) yield;
  }
  for (let bucket = 1; bucket < ends.length; bucket += 1) ends[bucket]! += ends[bucket - 1]!;
  const places = new Int32Array(grams);
  const filled = new Int32Array(ends.length);
  for (let at = 0, hash = startHash(text); at < grams; at += 1) {
    if (at > 0) hash = nextHash(text, at, hash);
    const bucket = bucketOf(hash, bits);
    places[(bucket === 0 ? 0 : ends[bucket - 1]!) + filled[bucket]!] = at;
    filled[bucket]! += 1;
    if (at % PIECE === PIECE - 1) yield;
  }
  const bucketAt = (hash: number): { low: number; high: number } => {
    const bucket = bucketOf(hash, bits);
    return { low: bucket === 0 ? 0 : ends[bucket - 1]!, high: ends[bucket]! };
  };

  /** Of the grams of `wanted` the one that the text has least often. */
  const rarest = (wanted: string): { offset: number; low: number; high: number } => {
    let best = { offset: 0, ...bucketAt(startHash(wanted)) };
    for (let at = 1, hash = startHash(wanted); at + GRAM_UNITS <= wanted.length; at += 1) {
      hash = nextHash(wanted, at, hash);
      const { low, high } = bucketAt(hash);
      if (high - low < best.high - best.low) best = { offset: at, low, high };
    }
    return best;
  };

  return {
    nearestPlaces(wanted, near) {
      const { offset, low, high } = rarest(wanted);
      const isAt = (index: number): boolean => text.startsWith(wanted, places[index]! - offset);
      const middle = firstAtLeast(places, { low, high, value: near + offset });
      const found: number[] = [];
      for (let index = middle - 1; index >= Math.max(low, middle - MAX_PLACES); index -= 1)
        if (places[index]! >= offset && isAt(index)) {
          found.push(places[index]! - offset);
          break;
        }
      for (let index = middle; index < Math.min(high, middle + MAX_PLACES); index += 1)
        if (places[index]! >= offset && isAt(index)) {
          found.push(places[index]! - offset);
          break;
        }
      return found;
    },
  };
}

function startHash(text: string): number {
  let hash = 0;
  for (let at = 0; at < GRAM_UNITS; at += 1) hash = (imul(hash, BASE) + text.charCodeAt(at)) | 0;
  return hash;
}

/** The hash of the gram that begins at `at`, from that of the one before. */
function nextHash(text: string, at: number, hash: number): number {
  const [left, came] = [text.charCodeAt(at - 1), text.charCodeAt(at + GRAM_UNITS - 1)];
  return (imul(hash, BASE) + came - imul(left, LEAVING)) | 0;
}

function bucketOf(hash: number, bits: number): number {
  return imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> (32 - bits);
}

function firstAtLeast(places: Int32Array, { low, high, value }: { low: number; high: number; value: number }): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (places[middle]! >= value) to = middle;
    else from = middle + 1;
  }
  return from;
}
