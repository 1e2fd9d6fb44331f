import fc from 'fast-check';
import { toEnd } from '../../test/to-end';

import { type SimilarPair, visitSimilarPairs } from './candidates';

function dice(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((token) => b.has(token)).length;
  return a.size + b.size === 0 ? 0 : (2 * both) / (a.size + b.size);
}

it('ai-timeline 15: finds exactly the pairs that comparing each with each finds', () => {
  const set = fc
    .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'), { maxLength: 8 })
    .map((tokens) => new Set(tokens));
  const inOrder = (pairs: SimilarPair[]) => pairs.toSorted((a, b) => a.second - b.second || a.first - b.first);
  fc.assert(
    fc.property(
      fc.array(set, { maxLength: 15 }),
      fc.constantFrom(0.5, 0.75, 0.9, 1),
      fc.nat(10),
      (sets, least, from) => {
        const all = sets.flatMap((b, second) =>
          sets.slice(0, second).flatMap((a, first) => {
            const similarity = dice(a, b);
            return similarity >= least && second >= from && first % 4 !== 3 ? [{ first, second, similarity }] : [];
          }),
        );
        const found: SimilarPair[] = [];
        const wanted = (first: number) => first % 4 !== 3;
        toEnd(visitSimilarPairs({ sets, least, from, wanted, visit: (pair) => found.push(pair) }));
        expect(inOrder(found)).toEqual(all);
      },
    ),
    { numRuns: 500 },
  );
});
