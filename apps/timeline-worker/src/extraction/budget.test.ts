import fc from 'fast-check';
import { type Amount, fitOf, mostUsed } from './budget';

const amount = (tokens: number, costMicroUsd = 0): Amount => ({ tokens, costMicroUsd });
const NONE = amount(0);

test('ai-timeline 10: a call is made only if the budget holds the most that it may use', () => {
  const limit = amount(100, 10);
  expect(fitOf(amount(50), { limit, spent: amount(50), underWay: NONE })).toBe('now');
  expect(fitOf(amount(51), { limit, spent: amount(50), underWay: NONE })).toBe('never');
  expect(fitOf(amount(1, 11), { limit, spent: NONE, underWay: NONE })).toBe('never');
  expect(fitOf(amount(30), { limit, spent: amount(50), underWay: amount(21) })).toBe('later');
});

test('ai-timeline 10: a call that is made never takes the budget over its limit, and one that waits has something to wait for', () => {
  const some = fc.record({ tokens: fc.nat(1000), costMicroUsd: fc.nat(1000) });
  fc.assert(
    fc.property(some, some, some, some, (call, limit, spent, underWay) => {
      const fit = fitOf(call, { limit, spent, underWay });
      if (fit === 'now') {
        expect(spent.tokens + underWay.tokens + call.tokens).toBeLessThanOrEqual(limit.tokens);
        expect(spent.costMicroUsd + underWay.costMicroUsd + call.costMicroUsd).toBeLessThanOrEqual(limit.costMicroUsd);
      }
      if (fit === 'later') expect(underWay.tokens + underWay.costMicroUsd).toBeGreaterThan(0);
    }),
  );
});

test('ai-timeline 10: the most that a call may use is a token for four characters and the longest answer, or what was seen', () => {
  expect(mostUsed({ bytes: 4001, excessTokens: -20, maxOutputTokens: 500 })).toEqual({
    tokensIn: 1001,
    tokensOut: 500,
  });
  expect(mostUsed({ bytes: 4000, excessTokens: 700, maxOutputTokens: 500 })).toEqual({
    tokensIn: 1700,
    tokensOut: 500,
  });
});
