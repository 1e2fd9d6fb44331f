import fc from 'fast-check';
import { type CopyCell, encodeCopyRows, firstCells, pickCopyRows } from './copy';

const cell: fc.Arbitrary<CopyCell> = fc.oneof(
  fc.constantFrom('', 'plain', 'tab\tfeed\nreturn\r', 'back\\slash', '\\x00', '日本 🪷'),
  fc.string({ unit: 'grapheme' }),
  fc.bigInt(),
  fc.constant(null),
);
const key = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((n) => n.toString(16).padStart(8, '0'));
const rows = fc.array(fc.tuple(key, fc.array(cell, { minLength: 3, maxLength: 3 })), { maxLength: 50 });
const encoded = (some: readonly (readonly [string, CopyCell[]])[], used?: Buffer): Buffer =>
  encodeCopyRows(
    some.map(([hex, cells]) => [{ hex }, ...cells]),
    used,
  );

test('data-import 11: of encoded rows the keys are read, and those picked are what they would be alone', () => {
  fc.assert(
    fc.property(rows, fc.nat(), (all, seed) => {
      const isKept = (place: number): boolean => ((seed + place) * 2_654_435_761) % 7 < 3;
      expect(firstCells(encoded(all))).toEqual(all.map(([hex]) => `\\\\x${hex}`));
      expect(pickCopyRows(encoded(all), isKept).equals(encoded(all.filter((_, place) => isKept(place))))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('data-import 13: memory that is used again holds the new rows alone', () => {
  fc.assert(
    fc.property(rows, rows, (before, after) => {
      const plain = encoded(after);
      expect(encoded(after, encoded(before)).equals(plain)).toBe(true);
    }),
  );
});
