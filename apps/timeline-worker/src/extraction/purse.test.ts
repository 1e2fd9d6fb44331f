import fc from 'fast-check';
import { BudgetExhausted, createPurse } from './purse';

const answer = (tokens: number, costMicroUsd = 0) => ({ tokensIn: tokens, tokensOut: 0, costMicroUsd });
const open = { maxTokens: Infinity, maxCostMicroUsd: Infinity, usedTokens: 0, usedCostMicroUsd: 0 };

test('ai-timeline 10: a call that may go over the budget is not made', async () => {
  const purse = createPurse({ ...open, maxTokens: 100, usedTokens: 50 });
  const call = jest.fn(async () => answer(10));
  await expect(purse.spend({ tokens: 51, costMicroUsd: 0 }, call)).rejects.toThrow(BudgetExhausted);
  expect(call).not.toHaveBeenCalled();
  await expect(purse.spend({ tokens: 50, costMicroUsd: 0 }, call)).resolves.toEqual(answer(10));
});

test('ai-timeline 10: the cost has its own limit', async () => {
  const purse = createPurse({ ...open, maxCostMicroUsd: 10 });
  await expect(purse.spend({ tokens: 1, costMicroUsd: 11 }, async () => answer(1))).rejects.toThrow(BudgetExhausted);
});

test('a call that fits only if others use less waits for them', async () => {
  const purse = createPurse({ ...open, maxTokens: 100 });
  let finish = (): void => undefined;
  const first = purse.spend(
    { tokens: 80, costMicroUsd: 0 },
    async () => new Promise<ReturnType<typeof answer>>((resolve) => (finish = () => resolve(answer(20)))),
  );
  const second = jest.fn(async () => answer(80));
  const waiting = purse.spend({ tokens: 80, costMicroUsd: 0 }, second);
  await Promise.resolve();
  expect(second).not.toHaveBeenCalled();
  finish();
  await Promise.all([first, waiting]);
  await expect(purse.spend({ tokens: 1, costMicroUsd: 0 }, second)).rejects.toThrow(BudgetExhausted);
});

test('a failed call gives back what it held', async () => {
  const purse = createPurse({ ...open, maxTokens: 10 });
  await expect(
    purse.spend({ tokens: 10, costMicroUsd: 0 }, async () => Promise.reject(new Error('down'))),
  ).rejects.toThrow('down');
  await expect(purse.spend({ tokens: 10, costMicroUsd: 0 }, async () => answer(10))).resolves.toBeDefined();
});

test('ai-timeline 10: whatever runs side by side, the total never goes over when estimates hold', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ estimate: fc.integer({ min: 1, max: 50 }), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      ),
      fc.nat(500),
      async (calls, maxTokens) => {
        const purse = createPurse({ ...open, maxTokens });
        let used = 0;
        await Promise.allSettled(
          calls.map(async ({ estimate, share }) =>
            purse.spend({ tokens: estimate, costMicroUsd: 0 }, async () => {
              await Promise.resolve();
              const tokens = Math.floor(estimate * share);
              used += tokens;
              return answer(tokens);
            }),
          ),
        );
        expect(used).toBeLessThanOrEqual(maxTokens);
      },
    ),
  );
});
