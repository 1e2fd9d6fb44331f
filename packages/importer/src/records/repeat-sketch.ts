/** Bits of each of the two maps at most: 8 MiB. */
const MAX_LOG2_BITS = 26;
const BITS_PER_ROW = 16;
/** Odd numbers, each of which spreads a fingerprint over a map in its own way. */
const SPREADERS = [0x9e_37_79_b1, 0x85_eb_ca_77, 0xc2_b2_ae_3d] as const;

/**
 * Notes which rows of a file may have an equal, without remembering the rows: two Bloom filters, one of the fingerprints that
 * `came` and one of those that `came again`. Never denies an equal; takes a row without one for a possible one rarely: one in
 * two hundred up to a million rows, one in a hundred at five million, one in twenty at ten.
 *
 * Memory: 4 to 8 bytes a row while rows are noted and half of it when all are, at most 16 MiB and 8 MiB.
 */
export interface RepeatSketch {
  /** Notes the next row of the file. */
  readonly note: (fingerprint: number) => void;
  /** Says that all rows were noted; answers whether a row may have an equal. */
  readonly seal: () => (fingerprint: number) => boolean;
}

export function createRepeatSketch(rows: number): RepeatSketch {
  let log2Bits = 10;
  while (log2Bits < MAX_LOG2_BITS && 2 ** log2Bits < rows * BITS_PER_ROW) log2Bits += 1;
  const shift = 32 - log2Bits;
  const again = new Uint8Array(2 ** (log2Bits - 3));
  let came: Uint8Array | undefined = new Uint8Array(again.length);
  const has = (map: Uint8Array, fingerprint: number): boolean => {
    for (const spreader of SPREADERS) {
      const bit = Math.imul(fingerprint, spreader) >>> shift;
      if ((map[bit >>> 3]! & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  };
  const add = (map: Uint8Array, fingerprint: number): void => {
    for (const spreader of SPREADERS) {
      const bit = Math.imul(fingerprint, spreader) >>> shift;
      map[bit >>> 3]! |= 1 << (bit & 7);
    }
  };
  return {
    note(fingerprint) {
      if (!came) throw new Error('all rows were noted');
      add(has(came, fingerprint) ? again : came, fingerprint);
    },
    seal() {
      came = undefined;
      return (fingerprint) => has(again, fingerprint);
    },
  };
}
