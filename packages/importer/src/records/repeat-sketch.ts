/** Bits of each of the two maps at most: 8 MiB. */
const MAX_BITS = 2 ** 26;
const BITS_PER_ROW = 64;

/**
 * Notes which rows of a file may have an equal, without remembering the rows: two bits for every fingerprint, one for
 * `came` and one for `came again`. Never denies an equal; takes a row without one for a possible one rarely: 1.5 % up to a
 * million rows, 7 % at five million.
 *
 * Memory: 16 to 32 bytes a row while rows are noted and half of it when all are, at most 16 MiB and 8 MiB.
 */
export interface RepeatSketch {
  /** Notes the next row of the file. */
  readonly note: (fingerprint: number) => void;
  /** Says that all rows were noted; answers whether a row may have an equal. */
  readonly seal: () => (fingerprint: number) => boolean;
}

export function createRepeatSketch(rows: number): RepeatSketch {
  let bits = 1024;
  while (bits < rows * BITS_PER_ROW && bits < MAX_BITS) bits *= 2;
  const mask = bits - 1;
  const again = new Uint8Array(bits / 8);
  let came: Uint8Array | undefined = new Uint8Array(bits / 8);
  return {
    note(fingerprint) {
      if (!came) throw new Error('all rows were noted');
      const bit = fingerprint & mask;
      const [byte, flag] = [bit >>> 3, 1 << (bit & 7)];
      if ((came[byte]! & flag) === 0) came[byte]! |= flag;
      else again[byte]! |= flag;
    },
    seal() {
      came = undefined;
      return (fingerprint) => {
        const bit = fingerprint & mask;
        return (again[bit >>> 3]! & (1 << (bit & 7))) !== 0;
      };
    },
  };
}
