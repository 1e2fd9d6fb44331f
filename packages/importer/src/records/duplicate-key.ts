import { hash } from 'node:crypto';
import type { BankRecord } from './types';

/** Bytes of a duplicate key: the first half of a sha256. Two of 10^9 different rows collide with p = 1.5 * 10^-21. */
export const KEY_BYTES = 16;

/**
 * A text as duplicates are compared: NFKC, case-folded, white space collapsed, trimmed (data-import 11). Folding goes
 * through upper case (so that ß is ss) and takes both small sigmas for one.
 */
export function normaliseDescription(text: string): string {
  // oxlint-disable-next-line no-control-regex -- ASCII is the range meant
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase().replace(/\s+/g, ' ').trim();
  return text
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .replace(/ς/g, 'σ')
    .normalize('NFKC')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The first 16 bytes of the sha256 of the parts as a JSON array (so no two lists of parts are the same text). */
export function externalKey(parts: readonly (string | number)[]): Buffer {
  return keyOf(JSON.stringify(parts));
}

/** Hex in between, because in Node 20 it is twice as quick as taking the digest as a buffer. */
function keyOf(text: string): Buffer {
  return Buffer.from(hash('sha256', text, 'hex').slice(0, KEY_BYTES * 2), 'hex');
}

/**
 * The key under which a bank transaction can be in an account only once (data-import 11), 16 bytes.
 * Lane 1, the row has an external id: account, id, date, minor, currency. Lane 2: account, date, minor, currency,
 * normalised description and the row's ordinal (0, 1, …) among the equal rows of its file, so that two identical
 * purchases are two rows and an overlapping export brings neither again.
 */
export function bankExternalKey(options: {
  readonly accountId: string;
  readonly record: Pick<BankRecord, 'date' | 'amountMinor' | 'currency' | 'description' | 'externalId'>;
  /** Ignored in lane 1. */
  readonly ordinalAmongEqual: number;
}): Buffer {
  const { accountId, record, ordinalAmongEqual } = options;
  const minor = record.amountMinor.toString();
  if (record.externalId !== undefined) {
    const id = JSON.stringify(record.externalId);
    return keyOf(`["id",${JSON.stringify(accountId)},${id},"${record.date}","${minor}","${record.currency}"]`);
  }
  // The text JSON.stringify would give for the whole list, without its cost for the parts that need no escapes.
  const description = JSON.stringify(normaliseDescription(record.description));
  return keyOf(
    `["row",${JSON.stringify(accountId)},"${record.date}","${minor}","${record.currency}",${description},${ordinalAmongEqual}]`,
  );
}

/**
 * Gives every row of a file its key, counting equal rows. Feed the good rows in file order; after a restart feed the
 * rows before the restart again (or keep them out of the file's counts by starting over).
 * Memory: 16 bytes per slot for each different row without an external id, table between 37 and 75 % full:
 * 32 MiB for a million such rows, 256 MiB for ten million. Rows with an external id cost nothing.
 */
export function createBankKeyer(accountId: string): (record: BankRecord) => Buffer {
  const counter = createOccurrenceCounter();
  return (record) => {
    // The key of the first of equal rows is what equal rows have in common.
    const first = bankExternalKey({ accountId, record, ordinalAmongEqual: 0 });
    if (record.externalId !== undefined) return first;
    const ordinalAmongEqual = counter.next(first);
    return ordinalAmongEqual === 0 ? first : bankExternalKey({ accountId, record, ordinalAmongEqual });
  };
}

/** Counts how often a key came before. */
export interface OccurrenceCounter {
  /** 0 for the first time a key (at least 12 bytes) comes, then 1, 2, … */
  readonly next: (key: Buffer) => number;
  readonly size: () => number;
}

/**
 * An open-addressing table of 96 bits of each key and a count, in one typed array: a fifth of the memory of a Map of
 * strings. 10^7 different keys collide in it with p = 6 * 10^-16.
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
      const a = key.readUInt32LE(0);
      const b = key.readUInt32LE(4);
      const c = key.readUInt32LE(8);
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
