/** Numbers from 0 to below `limit`, the same ones for the same seed (mulberry32). */
export function createRandom(seed: number): (limit: number) => number {
  let at = seed;
  return (limit) => {
    at = (at + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), at | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
