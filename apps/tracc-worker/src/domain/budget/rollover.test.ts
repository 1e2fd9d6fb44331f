import fc from 'fast-check';
import { budgetPeriod, isPartial, lastDayReached, rolloverChain } from './index';

const amount = fc.bigInt({ min: -1_000_000n, max: 1_000_000n });
const MONTHS = ['2024-10', '2024-11', '2024-12', '2025-01', '2025-02', '2025-03', '2025-04', '2025-05'];

/** Rollover by its meaning: an envelope that gets the base each month, is spent from, and is emptied as the mode says. */
function envelopes(mode: 'none' | 'surplus' | 'full', base: bigint, spent: readonly bigint[]) {
  let envelope = 0n;
  return spent.map((out) => {
    if (mode === 'none') envelope = 0n;
    if (mode === 'surplus' && envelope < 0n) envelope = 0n;
    const carryInMinor = envelope;
    envelope += base;
    const limitMinor = envelope > 0n ? envelope : 0n;
    envelope -= out;
    return { carryInMinor, limitMinor };
  });
}

test('monthly-budget 7: every month of a chain against an envelope that is filled and spent', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('none' as const, 'surplus' as const, 'full' as const),
      fc.bigInt({ min: 0n, max: 500_000n }),
      fc.array(amount, { minLength: 1, maxLength: MONTHS.length }),
      (mode, baseMinor, spent) => {
        const months = MONTHS.slice(0, spent.length);
        const chain = rolloverChain({
          mode,
          baseMinor,
          firstMonth: months[0]!,
          month: months.at(-1)!,
          spentByMonthMinor: new Map(months.map((month, n) => [month, spent[n]!])),
        });
        expect(chain.map(({ month }) => month)).toEqual(months);
        expect(chain.map(({ carryInMinor, limitMinor }) => ({ carryInMinor, limitMinor }))).toEqual(
          envelopes(mode, baseMinor, spent),
        );
        chain.slice(1).forEach(({ carryInMinor }, n) => expect(carryInMinor).toBe(chain[n]!.carryOutMinor));
      },
    ),
  );
});

test('monthly-budget 7: a full rollover neither makes nor loses money', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 500_000n }),
      fc.array(amount, { minLength: 8, maxLength: 8 }),
      (baseMinor, spent) => {
        const spentByMonthMinor = new Map(MONTHS.map((month, n) => [month, spent[n]!]));
        const chain = rolloverChain({
          mode: 'full',
          baseMinor,
          firstMonth: '2024-10',
          month: '2025-05',
          spentByMonthMinor,
        });
        const total = spent.reduce((sum, each) => sum + each, 0n);
        expect(chain.at(-1)!.carryOutMinor).toBe(baseMinor * 8n - total);
      },
    ),
  );
});

test('monthly-budget 7: a deficit larger than the base leaves a limit of 0, and full remembers the rest', () => {
  const spentByMonthMinor = new Map([['2025-01', 350n]]);
  const chain = rolloverChain({
    mode: 'full',
    baseMinor: 100n,
    firstMonth: '2025-01',
    month: '2025-04',
    spentByMonthMinor,
  });
  expect(chain.map(({ carryInMinor, limitMinor }) => [carryInMinor, limitMinor])).toEqual([
    [0n, 100n],
    [-250n, 0n],
    [-150n, 0n],
    [-50n, 50n],
  ]);
});

test('monthly-budget 7: a month before the chain begins has nothing carried in', () => {
  const chain = rolloverChain({
    mode: 'full',
    baseMinor: 100n,
    firstMonth: '2025-03',
    month: '2025-01',
    spentByMonthMinor: new Map([['2025-01', 40n]]),
  });
  expect(chain).toEqual([{ month: '2025-01', carryInMinor: 0n, limitMinor: 100n, carryOutMinor: 60n }]);
});

test('monthly-budget 7, 8: a budget without a limit carries nothing', () => {
  const spentByMonthMinor = new Map([['2025-01', 40n]]);
  const chain = rolloverChain({
    mode: 'full',
    baseMinor: null,
    firstMonth: '2025-01',
    month: '2025-02',
    spentByMonthMinor,
  });
  expect(chain.at(-1)).toEqual({ month: '2025-02', carryInMinor: 0n, limitMinor: null, carryOutMinor: 0n });
});

test('monthly-budget 3, 17: the period of a month, and how far a day has come in it', () => {
  const period = budgetPeriod({ month: '2025-02', monthStartDay: 25 });
  expect(period).toEqual({ from: '2025-02-25', to: '2025-03-25' });
  expect(isPartial({ period, today: '2025-03-24' })).toBe(true);
  expect(isPartial({ period, today: '2025-03-25' })).toBe(false);
  expect(lastDayReached({ period, today: '2025-02-24' })).toBeUndefined();
  expect(lastDayReached({ period, today: '2025-03-01' })).toBe('2025-03-01');
  expect(lastDayReached({ period, today: '2025-12-31' })).toBe('2025-03-24');
});
