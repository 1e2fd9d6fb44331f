import fc from 'fast-check';
import { BASE_FILES, type BaseFile } from './base-files';

/** A base file with something done to its bytes. */
export interface MutatedFile {
  readonly base: BaseFile;
  readonly bytes: Buffer;
}

type Mutation = (bytes: Buffer) => Buffer;

// What breaks readers: structure, what PostgreSQL cannot store, half characters, marks of encodings, signs of numbers.
const FRAGMENTS = [
  '"', '""', '"\n', '",', ',', ';', '\t', '|', '\n', '\r', '\r\n', '\n\n\n', ' ', '\u0000', '\u00a0', '\u202f', '\u2019', '\ufeff',
  '\ufffd', '😀', 'é', 'ગ', '\u2028', '-', '−', '(', ')', '+', '.', ',5', '1e9', '1.2.3', '1,2,3', '0x1f', 'NaN', '€', 'USD', 'DR',
  '9'.repeat(25), '0', '13/13/2026', '31.02.2026', '2026-02-30', '00/00/0000', '1.234', '=1+1', 'sep=|\n', 'Date', 'Amount',
  'x'.repeat(300), ','.repeat(300), `"${'q'.repeat(70_000)}`,
] as const; // prettier-ignore
const RAW = [
  [0xff], [0xfe], [0xff, 0xfe], [0xfe, 0xff], [0xef, 0xbb, 0xbf], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xed, 0xa0, 0x80],
  [0x81], [0x80], [0x00], [0x00, 0xd8], [0xd8, 0x00], [0x0a, 0x00], [0x00, 0x0a],
] as const; // prettier-ignore

// Mostly behind the header, without which nothing else of a file is read.
const at = fc.oneof(
  { weight: 3, arbitrary: fc.double({ min: 0.45, max: 1, noNaN: true, maxExcluded: true }) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }) },
);
const spot = (bytes: Buffer, where: number) => Math.floor(where * (bytes.length + 1));
const splice = (bytes: Buffer, [from, to]: readonly [number, number], put: Uint8Array) =>
  Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(Math.max(from, to))]);

const inserted = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...FRAGMENTS.slice(0, -3)).map((text) => Buffer.from(text)) },
  { weight: 3, arbitrary: fc.constantFrom(...RAW).map((raw) => Buffer.from(raw)) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 8 }).map((raw) => Buffer.from(raw)) },
);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.tuple(at, inserted).map(
      ([where, put]): Mutation =>
        (bytes) =>
          splice(bytes, [spot(bytes, where), 0], put),
    ),
  },
  {
    weight: 20,
    arbitrary: fc.tuple(at, inserted).map(([where, put]): Mutation => (bytes) => {
      const from = spot(bytes, where);
      return splice(bytes, [from, from + put.length], put);
    }),
  },
  {
    weight: 15,
    arbitrary: fc.tuple(at, fc.nat({ max: 255 })).map(([where, byte]): Mutation => (bytes) => {
      const changed = Buffer.from(bytes);
      if (changed.length > 0) changed[Math.min(spot(bytes, where), changed.length - 1)] = byte;
      return changed;
    }),
  },
  {
    weight: 10,
    arbitrary: fc.tuple(at, fc.integer({ min: 1, max: 40 })).map(([where, length]): Mutation => (bytes) => {
      const from = spot(bytes, where);
      return splice(bytes, [from, from + length], Buffer.alloc(0));
    }),
  },
  {
    // A piece of the file once more, elsewhere: rows above the header, cells in the wrong column.
    weight: 10,
    arbitrary: fc.tuple(at, at, fc.integer({ min: 1, max: 120 })).map(([from, to, length]): Mutation => (bytes) => {
      const start = spot(bytes, from);
      return splice(bytes, [spot(bytes, to), 0], bytes.subarray(start, start + length));
    }),
  },
  {
    weight: 5,
    arbitrary: at.map(
      (where): Mutation =>
        (bytes) =>
          bytes.subarray(0, spot(bytes, where)),
    ),
  },
  {
    weight: 5,
    arbitrary: at.map(
      (where): Mutation =>
        (bytes) =>
          bytes.subarray(spot(bytes, where)),
    ),
  },
  {
    // All line ends of one kind become another one, also in UTF-16, where that shifts everything.
    weight: 5,
    arbitrary: fc.constantFrom('\n', '\r', '\r\n').map(
      (end): Mutation =>
        (bytes) =>
          Buffer.from(bytes.toString('latin1').replace(/\r\n|\r|\n/g, end), 'latin1'),
    ),
  },
  {
    // The end of another file, in its own encoding and dialect.
    weight: 5,
    arbitrary: fc.tuple(fc.constantFrom(...BASE_FILES), at, at).map(
      ([other, from, to]): Mutation =>
        (bytes) =>
          Buffer.concat([bytes.subarray(0, spot(bytes, to)), other.bytes.subarray(spot(other.bytes, from))]),
    ),
  },
  {
    // Long texts are rare: each costs as much as twenty files.
    weight: 1,
    arbitrary: fc.tuple(at, fc.constantFrom(...FRAGMENTS.slice(-3))).map(
      ([where, text]): Mutation =>
        (bytes) =>
          splice(bytes, [spot(bytes, where), 0], Buffer.from(text)),
    ),
  },
);

/** One of the base files after one to four mutations. */
export const mutatedFile: fc.Arbitrary<MutatedFile> = fc
  .tuple(fc.constantFrom(...BASE_FILES), fc.array(mutation, { minLength: 1, maxLength: 4 }))
  .map(([base, mutations]) => ({ base, bytes: mutations.reduce((bytes, mutate) => mutate(bytes), base.bytes) }));
