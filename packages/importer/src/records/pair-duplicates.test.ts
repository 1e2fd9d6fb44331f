import { inTurns } from '@backend/shared/activity';
import fc from 'fast-check';
import { withinCpuMs } from '../../test/cpu-bound';
import { DAYS_APART, type PairableRow, SIMILAR, comparableText, pairDuplicates, textSimilarity } from './index';

const row = (id: number, day: number, description: string, externalId: string | null = null): PairableRow => ({
  id,
  day,
  text: comparableText({ payee: '', description }),
  externalId,
});
const all = async (fresh: PairableRow[], old: PairableRow[]) => inTurns(pairDuplicates(fresh, old), () => undefined);
const paired = async (fresh: PairableRow[], old: PairableRow[]) =>
  (await all(fresh, old))
    .map(({ id, possibleDuplicateOf }) => [id, possibleDuplicateOf])
    .sort(([one], [other]) => one! - other!);

test.each([
  [-4, false],
  [-3, true],
  [0, true],
  [3, true],
  [4, false],
])('data-import 12: a row %i days later is paired: %s', async (days, isPaired) => {
  expect(await paired([row(2, 10 + days, 'Rewe')], [row(1, 10, 'REWE')])).toEqual(isPaired ? [[2, 1]] : []);
});

test.each([
  ['f1', 'f1', true],
  ['f1', 'f2', false],
  ['f1', null, true],
  [null, 'f2', true],
  [null, null, true],
])('data-import 12: rows with the external ids %s and %s are paired: %s', async (one, other, isPaired) => {
  expect(await paired([row(2, 10, 'Rewe', one)], [row(1, 10, 'Rewe', other)])).toEqual(isPaired ? [[2, 1]] : []);
});

test('data-import 12: only a row that was there before is a counterpart', async () => {
  expect(await paired([row(2, 10, 'Rewe')], [row(3, 10, 'Rewe')])).toEqual([]);
});

test('data-import 12: of three equal rows two have a counterpart when there are two', async () => {
  const fresh = [row(13, 5, 'Rewe'), row(11, 5, 'Rewe'), row(12, 5, 'Rewe')];
  expect(await paired(fresh, [row(2, 6, 'Rewe'), row(1, 4, 'Rewe')])).toEqual([
    [11, 1],
    [12, 2],
  ]);
});

test('data-import 12: the more similar pair is taken before the nearer one, and then the nearer one', async () => {
  const old = [row(1, 10, 'Kartenzahlung Rewe Berlin Mitte')];
  const fresh = [row(2, 10, 'Kartenzahlung Rewe Berlin Mittte'), row(3, 12, 'Rewe Berlin Mitte')];
  expect(await paired(fresh, old)).toEqual([[3, 1]]);
  expect(await paired([row(2, 12, 'Rewe'), row(3, 11, 'Rewe')], [row(1, 10, 'Rewe')])).toEqual([[3, 1]]);
});

/** What the rule says, word by word: every pair that is allowed, the best first. */
function oracle(fresh: readonly PairableRow[], old: readonly PairableRow[]) {
  const allowed = fresh.flatMap((n) =>
    old
      .filter(
        (o) =>
          o.id < n.id &&
          Math.abs(o.day - n.day) <= DAYS_APART &&
          (o.externalId === null || n.externalId === null || o.externalId === n.externalId),
      )
      .map((o) => ({ n, o, similarity: textSimilarity(n.text, o.text), apart: Math.abs(o.day - n.day) }))
      .filter(({ similarity }) => similarity >= SIMILAR),
  );
  allowed.sort((a, b) => b.similarity - a.similarity || a.apart - b.apart || a.n.id - b.n.id || a.o.id - b.o.id);
  const used = new Set<PairableRow>();
  const pairs: number[][] = [];
  for (const { n, o } of allowed) {
    if (used.has(n) || used.has(o)) continue;
    used.add(n).add(o);
    pairs.push([n.id, o.id]);
  }
  return pairs.sort(([one], [other]) => one! - other!);
}

const texts = [
  'Rewe',
  'rewe sagt danke',
  'REWE sagt danke Berlin',
  'rewe sagt dankeschoen',
  'Netflix',
  'Netflix Los Gatos',
  '',
];
const rows = fc
  .uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 60 }),
      day: fc.integer({ min: 0, max: 9 }),
      text: fc.constantFrom(...texts),
      externalId: fc.constantFrom(null, null, 'a', 'b'),
      isNew: fc.boolean(),
    }),
    { selector: ({ id }) => id, maxLength: 24 },
  )
  .map((all) => {
    const of = (isNew: boolean) =>
      all.filter((one) => one.isNew === isNew).map(({ id, day, text, externalId }) => row(id, day, text, externalId));
    return { fresh: of(true), old: of(false) };
  });

test('data-import 12: pairs are those of the rule, applied pair by pair, whatever the order of the rows', async () => {
  await fc.assert(
    fc.asyncProperty(rows, async ({ fresh, old }) => {
      const expected = oracle(fresh, old);
      expect(await paired(fresh, old)).toEqual(expected);
      expect(await paired(fresh.toReversed(), old.toReversed())).toEqual(expected);
    }),
    { numRuns: 3000 },
  );
});

test('data-import 12: ten thousand rows of one amount and day cost what ten thousand of many days cost', async () => {
  const many = (first: number, text: (n: number) => string, externalId: (n: number) => string | null = () => null) =>
    Array.from({ length: 10_000 }, (_, n) => row(first + n, 10, text(n), externalId(n)));
  const expectPairs = async (count: number, fresh: PairableRow[], old: PairableRow[]) =>
    withinCpuMs(8000, async () => expect(await all(fresh, old)).toHaveLength(count));
  await expectPairs(
    10_000,
    many(20_000, () => 'Rewe'),
    many(1, () => 'Rewe'),
  );
  await expectPairs(
    0,
    many(
      20_000,
      () => 'Rewe',
      (n) => `a${n}`,
    ),
    many(
      1,
      () => 'Rewe',
      (n) => `b${n}`,
    ),
  );
  const member = (n: number) => `Member ${String.fromCodePoint(0x4e00 + n)}${String.fromCodePoint(0x4e01 + n)} fee`;
  await expectPairs(
    10_000,
    many(20_000, (n) => `SEPA credit ${member(n)}`),
    many(1, member),
  );
}, 120_000);

test('data-import 12: while many rows are paired the process gets to other things, and whoever wants an end gets one', async () => {
  const text = (n: number, word: string) => `Monthly fee member ${word}${n} account`;
  const many = (first: number, word: string) =>
    Array.from({ length: 5000 }, (_, n) => row(first + n, 10, text(n, word)));
  let turns = 0;
  let isOver = false;
  const other = () => {
    turns += 1;
    if (!isOver) setImmediate(other);
  };
  setImmediate(other);
  let steps = 0;
  const pairs = await inTurns(pairDuplicates(many(20_000, 'alpha'), many(1, 'omega')), () => (steps += 1));
  isOver = true;
  expect(pairs).toEqual([]);
  expect(steps).toBeGreaterThan(3);
  expect(turns).toBeGreaterThanOrEqual(steps);
  const stopping = inTurns(pairDuplicates(many(20_000, 'alpha'), many(1, 'omega')), () => {
    throw new Error('stopped');
  });
  await expect(stopping).rejects.toThrow('stopped');
});
