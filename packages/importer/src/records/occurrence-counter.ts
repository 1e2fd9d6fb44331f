/** Counts how often a key came before. */
export interface OccurrenceCounter {
  /** 0 for the first time a key (at least 24 hexadecimal digits, of which the last 24 tell it) comes, then 1, 2, … */
  readonly next: (key: string) => number;
  readonly size: () => number;
}

/**
 * An open-addressing table of 96 bits of each key and a count, in one typed array: a fifth of the memory of a Map of
 * strings, 16 bytes per slot and 37 to 75 % of the slots in use. 10^7 different keys collide in it with p = 6 * 10^-16.
 */
export function createOccurrenceCounter(): OccurrenceCounter {
  let capacity = 1024;
  let slots = new Uint32Array(capacity * 4);
  let size = 0;

  /** Index of the slot that holds these words or is free for them. */
  const find = (table: Uint32Array, mask: number, a: number, b: number, c: number): number => {
    let slot = a & mask;
    for (;;) {
      const at = slot * 4;
      if (table[at + 3] === 0 || (table[at] === a && table[at + 1] === b && table[at + 2] === c)) return at;
      slot = (slot + 1) & mask;
    }
  };
  const grow = (): void => {
    const larger = new Uint32Array(capacity * 8);
    capacity *= 2;
    for (let at = 0; at < slots.length; at += 4) {
      if (slots[at + 3] === 0) continue;
      const to = find(larger, capacity - 1, slots[at] as number, slots[at + 1] as number, slots[at + 2] as number);
      larger.set(slots.subarray(at, at + 4), to);
    }
    slots = larger;
  };

  return {
    next: (key) => {
      const { length } = key;
      const a = Number.parseInt(key.slice(length - 24, length - 16), 16);
      const b = Number.parseInt(key.slice(length - 16, length - 8), 16);
      const c = Number.parseInt(key.slice(length - 8), 16);
      const at = find(slots, capacity - 1, a, b, c);
      const before = slots[at + 3] as number;
      if (before === 0) {
        slots[at] = a;
        slots[at + 1] = b;
        slots[at + 2] = c;
        size += 1;
      }
      slots[at + 3] = before + 1;
      if (size * 4 > capacity * 3) grow();
      return before;
    },
    size: () => size,
  };
}
