import fc from 'fast-check';
import { toEnd } from '../../../test/to-end';
import { GRAM_UNITS, indexGrams } from './gram-index';

test('ai-timeline 11: what is looked for is found at the nearest places, before and after, and nothing else is', () => {
  const text = fc.array(fc.constantFrom('ab', 'a', 'b', 'જેઠ', ' '), { maxLength: 120 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, text, fc.nat(200), fc.nat(200), fc.nat(30), (given, other, near, from, length) => {
      const index = toEnd(indexGrams(given));
      for (const wanted of [given.slice(from, from + GRAM_UNITS + length), other]) {
        if (wanted.length < GRAM_UNITS) continue;
        const places = placesOf(given, wanted);
        const before = places.filter((place) => place < near).slice(-1);
        const after = places.filter((place) => place >= near).slice(0, 1);
        expect(index.nearestPlaces(wanted, near)).toEqual([...before, ...after]);
      }
    }),
    { numRuns: 300 },
  );
});

function placesOf(text: string, wanted: string): number[] {
  return Array.from({ length: text.length }, (_, place) => place).filter((place) => text.startsWith(wanted, place));
}
