import fc from 'fast-check';

import { similarPairs } from './candidates';
import { diceSimilarity } from './similarity';

it('ai-timeline 15: finds exactly the pairs that comparing each with each finds', () => {
  const set = fc
    .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'), { maxLength: 8 })
    .map((tokens) => new Set(tokens));
  fc.assert(
    fc.property(fc.array(set, { maxLength: 15 }), fc.constantFrom(0.5, 0.75, 0.9, 1), (sets, least) => {
      const all = sets.flatMap((b, second) =>
        sets.slice(0, second).flatMap((a, first) => {
          const similarity = diceSimilarity(a, b);
          return similarity >= least ? [{ first, second, similarity }] : [];
        }),
      );
      expect(similarPairs({ sets, least })).toEqual(all);
    }),
    { numRuns: 500 },
  );
});
