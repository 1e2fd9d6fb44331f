import fc from 'fast-check';
import { type PlannedAlert, alertKey, budgetStanding, crossedThresholds, planAlerts, worstStatus } from './index';

fc.configureGlobal({ numRuns: 1000 });

const standing = (spentMinor: bigint, limitMinor: bigint | null, thresholdsPct: number[] = [80, 100]) =>
  budgetStanding({ spentMinor, limitMinor, thresholdsPct });
const crossed = (spentMinor: bigint, limitMinor: bigint | null, thresholdsPct: number[] = [80, 100]) =>
  crossedThresholds({ spentMinor, limitMinor, thresholdsPct });

test.each([
  [0n, 1000n, 'ok', 0],
  [799n, 1000n, 'ok', 799],
  [800n, 1000n, 'warning', 800],
  [1000n, 1000n, 'warning', 1000],
  [1001n, 1000n, 'over', 1001],
  [-50n, 1000n, 'ok', 0],
  [0n, 0n, 'ok', null],
  [1n, 0n, 'over', null],
  [-1n, 0n, 'ok', null],
  [5n, null, 'untracked', null],
])('monthly-budget 8: %s spent of %s is %s at %s tenths', (spentMinor, limitMinor, status, pctTenths) => {
  expect(standing(spentMinor, limitMinor)).toEqual({
    status,
    pctTenths,
    remainingMinor: limitMinor === null ? null : limitMinor - spentMinor,
  });
});

test('monthly-budget 8: exactly 100 % is a warning whatever the thresholds, and the lowest one begins it', () => {
  expect(standing(1000n, 1000n, [100]).status).toBe('warning');
  expect(standing(1000n, 1000n, []).status).toBe('warning');
  expect(standing(500n, 1000n, [90, 50, 120]).status).toBe('warning');
  expect(standing(499n, 1000n, [90, 50, 120]).status).toBe('ok');
});

test('monthly-budget 8: amounts beyond the precision of floats are told apart', () => {
  const limit = 9_007_199_254_740_993n * 1000n;
  expect(standing(limit, limit).status).toBe('warning');
  expect(standing(limit + 1n, limit).status).toBe('over');
  expect(standing((limit * 4n) / 5n - 1n, limit)).toMatchObject({ status: 'ok', pctTenths: 799 });
});

// Exact fractions: the oracle never divides, and near misses of one unit are made on purpose.
const thresholdLists = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { maxLength: 10 });
const limits = fc.oneof(fc.constant(0n), fc.bigInt(1n, 1000n), fc.bigInt(1n, 10n ** 6n), fc.bigInt(1n, 2n ** 80n));
const cases = fc
  .tuple(limits, thresholdLists, fc.nat({ max: 9 }), fc.bigInt(-2n, 2n), fc.bigInt(-(2n ** 80n), 2n ** 81n))
  .chain(([limit, thresholds, which, off, anywhere]) =>
    fc
      .constantFrom(off, limit + off, (limit * BigInt(thresholds[which] ?? 80)) / 100n + off, anywhere)
      .map((spent) => ({ limit, thresholds, spent })),
  );

test('monthly-budget 8: status, what remains and tenths are what the rule says of any amounts, next to an edge too', () => {
  fc.assert(
    fc.property(cases, ({ limit, thresholds, spent }) => {
      const { status, remainingMinor, pctTenths } = standing(spent, limit, thresholds);
      const lowest = Math.min(...thresholds.filter((pct) => pct < 100));
      const isWarned = limit > 0n && Number.isFinite(lowest) && spent * 100n >= BigInt(lowest) * limit;
      if (spent > limit) expect(status).toBe('over');
      else if (isWarned || (limit > 0n && spent === limit)) expect(status).toBe('warning');
      else expect(status).toBe('ok');
      expect(remainingMinor! + spent).toBe(limit);
      if (limit === 0n) expect(pctTenths).toBeNull();
      else if (spent <= 0n) expect(pctTenths).toBe(0);
      else if (pctTenths! < Number.MAX_SAFE_INTEGER) {
        // floor(1000 * spent / limit) is the only whole number n with n <= 1000 * spent / limit < n + 1.
        const n = BigInt(pctTenths!);
        expect(n * limit <= 1000n * spent && 1000n * spent < (n + 1n) * limit).toBe(true);
      } else expect(1000n * spent >= BigInt(Number.MAX_SAFE_INTEGER) * limit).toBe(true);
    }),
  );
});

test('monthly-budget 9: the crossed thresholds are those of the rule, and no others', () => {
  fc.assert(
    fc.property(cases, ({ limit, thresholds, spent }) => {
      const wanted = thresholds.filter((pct) =>
        pct === 100 ? spent > limit : limit > 0n && spent * 100n - BigInt(pct) * limit >= 0n,
      );
      expect(new Set(crossed(spent, limit, thresholds))).toEqual(new Set(wanted));
      expect(crossed(spent, null, thresholds)).toEqual([]);
    }),
  );
});

test('monthly-budget 8: without a limit nothing is over, whatever was spent', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 80n), 2n ** 80n), thresholdLists, (spent, thresholds) => {
      expect(standing(spent, null, thresholds)).toEqual({ status: 'untracked', remainingMinor: null, pctTenths: null });
    }),
  );
});

test('monthly-budget 9: 100 is crossed above the limit only, any other threshold when it is reached', () => {
  expect(crossed(1000n, 1000n)).toEqual([80]);
  expect(crossed(1001n, 1000n)).toEqual([80, 100]);
  expect(crossed(1200n, 1000n, [120, 100, 80, 80])).toEqual([80, 100, 120]);
  expect(crossed(1n, 0n, [80, 100, 120])).toEqual([100]);
  expect(crossed(0n, 0n)).toEqual([]);
  expect(crossed(999n, null)).toEqual([]);
  expect(crossed(-5n, 1000n)).toEqual([]);
});

test('monthly-budget 9: crossings only grow with spending', () => {
  const pct = fc.integer({ min: 1, max: 1000 });
  const minor = fc.bigInt({ min: 0n, max: 10n ** 18n });
  fc.assert(
    fc.property(minor, minor, minor, fc.array(pct, { maxLength: 10 }), (limit, less, more, thresholds) => {
      const [low, high] = less < more ? [less, more] : [more, less];
      const before = crossed(low, limit, thresholds);
      expect(crossed(high, limit, thresholds)).toEqual(expect.arrayContaining(before));
    }),
  );
});

test('monthly-budget 8, 9: status agrees with the crossings', () => {
  const minor = fc.bigInt({ min: 0n, max: 2000n });
  fc.assert(
    fc.property(minor, minor, fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 10 }), (limit, spent, others) => {
      const thresholds = [...others, 100];
      const { status } = standing(spent, limit, thresholds);
      expect(status === 'over').toBe(crossed(spent, limit, thresholds).includes(100));
      if (crossed(spent, limit, thresholds).some((pct) => pct < 100)) expect(['warning', 'over']).toContain(status);
    }),
  );
});

test('monthly-budget 9: only the highest of the new alerts is sent, the others are written as superseded', () => {
  const plan = planAlerts({ budgetId: 'food', month: '2025-03', crossedPct: [100, 50, 80], existingKeys: new Set() });
  expect(plan).toEqual([
    { pct: 50, kind: 'warning', key: 'alert:food:2025-03:50', delivery: 'superseded' },
    { pct: 80, kind: 'warning', key: 'alert:food:2025-03:80', delivery: 'superseded' },
    { pct: 100, kind: 'over', key: 'alert:food:2025-03:100', delivery: 'pending' },
  ]);
});

test('monthly-budget 9: a threshold is never repeated in its month', () => {
  const existingKeys = new Set([50, 80].map((pct) => alertKey({ budgetId: 'food', month: '2025-03', pct })));
  expect(planAlerts({ budgetId: 'food', month: '2025-03', crossedPct: [50, 80], existingKeys })).toEqual([]);
  expect(planAlerts({ budgetId: 'food', month: '2025-03', crossedPct: [50, 80, 120], existingKeys })).toEqual([
    { pct: 120, kind: 'over', key: 'alert:food:2025-03:120', delivery: 'pending' },
  ]);
  expect(planAlerts({ budgetId: 'food', month: '2025-04', crossedPct: [50], existingKeys })).toHaveLength(1);
});

test('monthly-budget 9: however spending, limit and thresholds change, each threshold is written once and only the highest new one is sent', () => {
  const pcts = [1, 50, 80, 99, 100, 101, 120, 1000];
  const runs = fc.array(
    fc.record({
      spent: fc.bigInt(-10n, 1500n),
      limit: fc.oneof(fc.constantFrom<bigint | null>(null, 0n), fc.bigInt(1n, 1200n)),
      thresholds: fc.subarray(pcts),
    }),
    { maxLength: 10 },
  );
  fc.assert(
    fc.property(runs, (steps) => {
      const written = new Map<string, PlannedAlert>();
      for (const { spent, limit, thresholds } of steps) {
        const crossedPct = crossed(spent, limit, thresholds);
        const plan = planAlerts({ budgetId: 'b', month: '2025-03', crossedPct, existingKeys: new Set(written.keys()) });
        const fresh = crossedPct.filter((pct) => !written.has(`alert:b:2025-03:${pct}`)).sort((a, b) => a - b);
        expect(plan).toEqual(
          fresh.map((pct) => ({
            pct,
            kind: pct >= 100 ? 'over' : 'warning',
            key: `alert:b:2025-03:${pct}`,
            delivery: pct === fresh.at(-1) ? 'pending' : 'superseded',
          })),
        );
        for (const alert of plan) written.set(alert.key, alert);
      }
    }),
  );
});

test('monthly-budget 19: the worst of the budgets, and incomplete when nothing is worse than ok', () => {
  const ok = { status: 'ok' as const, unconverted: 0 };
  const warning = { status: 'warning' as const, unconverted: 0 };
  const untracked = { status: 'untracked' as const, unconverted: 0 };
  expect(worstStatus([])).toBe('untracked');
  expect(worstStatus([untracked])).toBe('untracked');
  expect(worstStatus([untracked, ok])).toBe('ok');
  expect(worstStatus([{ ...ok, unconverted: 1 }, untracked])).toBe('incomplete');
  expect(worstStatus([{ ...ok, unconverted: 1 }, warning])).toBe('warning');
  expect(worstStatus([warning, { status: 'over', unconverted: 2 }, ok])).toBe('over');
});
