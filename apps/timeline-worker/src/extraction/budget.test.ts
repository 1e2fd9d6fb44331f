import fc from 'fast-check';
import { type Amount, type Commitments, type Terms, fitOf, mostUsed } from './budget';
import type { QuestionSize } from './types';

const amount = (tokens: number, costMicroUsd = 0): Amount => ({ tokens, costMicroUsd });
const english = (bytes: number): QuestionSize => ({ bytes, otherBytes: 0 });
const NOTHING = { tokensPerByte: 0, otherShare: 0 };
/** A millionth of a dollar for a token. */
const terms = (limit: Amount, maxOutputTokens = 10): Terms => ({
  limit,
  maxOutputTokens,
  costMicroUsd: ({ tokensIn, tokensOut }) => tokensIn + tokensOut,
});
const committed = (change: Partial<Commitments>): Commitments => ({
  answered: amount(0),
  underWay: [],
  lost: [],
  reported: { tokensPerByte: 0.1, otherShare: 0 },
  ...change,
});

test('ai-timeline 10: a call is made only if the budget holds the most that it may use', () => {
  const limited = terms(amount(100, 1000));
  // 40 tokens of question and 10 of answer.
  const question = english(160);
  expect(fitOf(question, limited, committed({ answered: amount(50) }))).toBe('now');
  expect(fitOf(question, limited, committed({ answered: amount(51) }))).toBe('never');
  expect(fitOf(question, limited, committed({ answered: amount(0, 951) }))).toBe('never');
  expect(fitOf(question, limited, committed({ lost: [english(160)] }))).toBe('now');
  expect(fitOf(question, limited, committed({ lost: [english(164)] }))).toBe('never');
  expect(fitOf(question, limited, committed({ underWay: [english(160)] }))).toBe('now');
  expect(fitOf(question, limited, committed({ underWay: [english(164)] }))).toBe('later');
  // What was reported since they were begun counts for calls under way and lost ones too.
  const reported = { tokensPerByte: 0.5, otherShare: 0 };
  expect(fitOf(english(20), limited, committed({ reported, underWay: [english(160)] }))).toBe('later');
  expect(fitOf(english(20), limited, committed({ reported, lost: [english(160)] }))).toBe('never');
});

test('ai-timeline 10: until something is reported, calls go together only if they fit at a token for each byte', () => {
  const unknown = (underWay: readonly QuestionSize[]) => committed({ reported: NOTHING, underWay });
  expect(fitOf(english(160), terms(amount(100, 1000)), unknown([]))).toBe('now');
  expect(fitOf(english(160), terms(amount(339, 1000)), unknown([english(160)]))).toBe('later');
  expect(fitOf(english(160), terms(amount(340, 1000)), unknown([english(160)]))).toBe('now');
});

test('ai-timeline 10: calls that use no more than they may never take the budget over its limit, and one that waits has something to wait for', () => {
  const size = fc
    .record({ bytes: fc.integer({ min: 1, max: 2000 }), other: fc.nat(100) })
    .map(({ bytes, other }) => ({ bytes, otherBytes: Math.floor((bytes * other) / 100) }));
  const scene = fc.record({
    answered: fc.record({ tokens: fc.nat(3000), costMicroUsd: fc.nat(3000) }),
    underWay: fc.array(size, { maxLength: 4 }),
    lost: fc.array(size, { maxLength: 2 }),
    reported: fc.record({ tokensPerByte: fc.double({ min: 0, max: 2, noNaN: true }), otherShare: fc.constant(0.3) }),
  });
  const limit = fc.record({ tokens: fc.nat(9000), costMicroUsd: fc.nat(9000) });
  fc.assert(
    fc.property(size, limit, scene, (question, most, scenery) => {
      const fit = fitOf(question, terms(most), scenery);
      if (fit === 'later') expect(scenery.underWay).not.toEqual([]);
      if (fit !== 'now') return;
      const { reported, answered, underWay, lost } = scenery;
      const used = [question, ...underWay, ...lost]
        .map((call) => mostUsed(call, { reported, maxOutputTokens: 10 }))
        .reduce((sum, { tokensIn, tokensOut }) => sum + tokensIn + tokensOut, 0);
      expect(answered.tokens + used).toBeLessThanOrEqual(most.tokens);
      expect(answered.costMicroUsd + used).toBeLessThanOrEqual(most.costMicroUsd);
    }),
  );
});

test.each<[string, QuestionSize, Commitments['reported'], number]>([
  ['English', { bytes: 4001, otherBytes: 0 }, NOTHING, 1001],
  ['English that uses less', { bytes: 4000, otherBytes: 0 }, { tokensPerByte: 0.1, otherShare: 0 }, 1000],
  ['English that uses more', { bytes: 4000, otherBytes: 0 }, { tokensPerByte: 0.5, otherShare: 0 }, 2000],
  ['another script', { bytes: 12_000, otherBytes: 8000 }, NOTHING, 1000 + 8000],
  ['another script after English', { bytes: 12_000, otherBytes: 8000 }, { tokensPerByte: 0.5, otherShare: 0 }, 10_000],
  ['as much of it as before', { bytes: 12_000, otherBytes: 6000 }, { tokensPerByte: 0.3, otherShare: 0.5 }, 3600],
  ['more of it than before', { bytes: 12_000, otherBytes: 9000 }, { tokensPerByte: 0.5, otherShare: 0.5 }, 7500],
])('ai-timeline 10: the most that %s may use is counted by what was reported', (_what, size, reported, tokensIn) => {
  expect(mostUsed(size, { reported, maxOutputTokens: 500 })).toEqual({ tokensIn, tokensOut: 500 });
});
