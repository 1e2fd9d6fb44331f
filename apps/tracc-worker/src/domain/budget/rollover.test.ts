import fc from 'fast-check';
import { budgetPeriod, isPartial, lastDayReached, rolloverChain } from './index';

fc.configureGlobal({ numRuns: 1000 });

// The oracle shares no code and no method with what it judges. Months are whole numbers counted from the year 0, and what is
// carried is said in closed form: `full` carries the sum of everything left so far, `surplus` the largest sum of any run of
// months that ends there (and nothing when each is negative), `none` nothing.
const MODES = ['none', 'surplus', 'full'] as const;
type Mode = (typeof MODES)[number];

const pad = (value: number): string => String(value).padStart(2, '0');
const nameOf = (index: number): string => `${Math.floor(index / 12)}-${pad((index % 12) + 1)}`;
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2019, 0, 1) / DAY_MS;
const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
const monthIndexOf = (day: number, startDay: number): number => {
  const date = new Date(day * DAY_MS);
  return date.getUTCFullYear() * 12 + date.getUTCMonth() - (date.getUTCDate() < startDay ? 1 : 0);
};

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
const max = (values: readonly bigint[]): bigint => values.reduce((most, value) => (value > most ? value : most));

/** What is carried out of the last of the months, of which each left that much of its own base. */
function carried(mode: Mode, left: readonly bigint[]): bigint {
  if (mode === 'none') return 0n;
  if (mode === 'full') return sum(left);
  let run = 0n;
  return max([0n, ...left.toReversed().map((each) => (run += each))]);
}

function oracle({ mode, baseMinor, spent }: { mode: Mode; baseMinor: bigint; spent: readonly bigint[] }) {
  const left = spent.map((out) => baseMinor - out);
  return spent.map((_, n) => {
    const carryInMinor = carried(mode, left.slice(0, n));
    return {
      carryInMinor,
      limitMinor: max([0n, baseMinor + carryInMinor]),
      carryOutMinor: carried(mode, left.slice(0, n + 1)),
    };
  });
}

const modes = fc.constantFrom(...MODES);
/** 0, small enough to be overspent each month, large, and beyond the precision of floats. */
const bases = fc.oneof(fc.constant(0n), fc.bigInt(0n, 2000n), fc.bigInt(0n, 500_000n), fc.bigInt(0n, 2n ** 62n));
/** What a month spent: negative when more came back than went out. */
const outs = fc.oneof(
  fc.constant(0n),
  fc.bigInt(-2000n, 4000n),
  fc.bigInt(-500_000n, 500_000n),
  fc.bigInt(-(2n ** 62n), 2n ** 62n),
);
/** The first month and what each spent: up to two years from any month, so most go over the end of a year. */
const histories = fc.record({
  first: fc.integer({ min: 1970 * 12, max: 2090 * 12 }),
  spent: fc.array(outs, { minLength: 1, maxLength: 24, size: 'max' }),
});
const asMap = (first: number, spent: readonly bigint[]): Map<string, bigint> =>
  new Map(spent.map((out, n) => [nameOf(first + n), out]));

test('monthly-budget 7: every month of a chain carries in, allows and carries out what the closed form says', () => {
  fc.assert(
    fc.property(modes, bases, histories, (mode, baseMinor, { first, spent }) => {
      const chain = rolloverChain({
        mode,
        baseMinor,
        firstMonth: nameOf(first),
        month: nameOf(first + spent.length - 1),
        spentByMonthMinor: asMap(first, spent),
      });
      expect(chain).toEqual(
        oracle({ mode, baseMinor, spent }).map((entry, n) => ({ month: nameOf(first + n), ...entry })),
      );
    }),
  );
});

test('monthly-budget 3, 7: rows of any dates, put into the periods of any start day, are carried from month to month', () => {
  const days = fc.nat({ max: 500 }).map((day) => FIRST_DAY + day);
  const rows = fc.array(fc.record({ day: days, outMinor: fc.bigInt(-60_000n, 90_000n) }), {
    minLength: 1,
    maxLength: 40,
    size: 'max',
  });
  fc.assert(
    fc.property(modes, bases, fc.integer({ min: 1, max: 28 }), rows, (mode, baseMinor, monthStartDay, given) => {
      const placed = given.map(({ day, outMinor }) => ({
        date: dateOf(day),
        index: monthIndexOf(day, monthStartDay),
        outMinor,
      }));
      const total = (rowsOf: typeof placed): bigint => sum(rowsOf.map(({ outMinor }) => outMinor));
      const indexes = placed.map(({ index }) => index);
      const first = Math.min(...indexes);
      const months = Array.from({ length: Math.max(...indexes) - first + 1 }, (_, n) => first + n);
      const spentByMonthMinor = new Map(
        months.map(nameOf).map((month) => {
          const { from, to } = budgetPeriod({ month, monthStartDay });
          return [month, total(placed.filter(({ date }) => from <= date && date < to))];
        }),
      );
      const [firstMonth, month] = [nameOf(first), nameOf(months.at(-1)!)];
      const chain = rolloverChain({ mode, baseMinor, firstMonth, month, spentByMonthMinor });
      const spent = months.map((month) => total(placed.filter(({ index }) => index === month)));
      expect(chain.map(({ month: _month, ...entry }) => entry)).toEqual(oracle({ mode, baseMinor, spent }));
    }),
  );
});

test('monthly-budget 7: one month follows from the one before by the words of the rule', () => {
  fc.assert(
    fc.property(modes, bases, histories, (mode, baseMinor, { first, spent }) => {
      const chain = rolloverChain({
        mode,
        baseMinor,
        firstMonth: nameOf(first),
        month: nameOf(first + spent.length - 1),
        spentByMonthMinor: asMap(first, spent),
      });
      const wrong = chain.filter(({ carryInMinor, limitMinor, carryOutMinor }, n) => {
        const effective = baseMinor + carryInMinor;
        const left = effective - spent[n]!;
        const carryOut = { none: 0n, surplus: max([0n, left]), full: left }[mode];
        const cameIn = n === 0 ? 0n : chain[n - 1]!.carryOutMinor;
        return carryInMinor !== cameIn || limitMinor !== max([0n, effective]) || carryOutMinor !== carryOut;
      });
      expect(wrong).toEqual([]);
    }),
  );
});

test('monthly-budget 7: a month is the same whenever it is computed, and whatever happened before the chain or after it', () => {
  fc.assert(
    fc.property(modes, bases, histories, fc.nat(), outs, (mode, baseMinor, { first, spent }, cut, other) => {
      const firstMonth = nameOf(first);
      const spentByMonthMinor = asMap(first, spent);
      const whole = { mode, baseMinor, firstMonth, month: nameOf(first + spent.length - 1) };
      const until = cut % spent.length;
      const chain = rolloverChain({ ...whole, spentByMonthMinor });
      const early = rolloverChain({
        ...whole,
        month: nameOf(first + until),
        spentByMonthMinor: new Map([
          ...spentByMonthMinor,
          [nameOf(first - 1), other],
          [nameOf(first + until + 1), other],
        ]),
      });
      expect(early).toEqual(chain.slice(0, until + 1));
    }),
  );
});

test('monthly-budget 7: a month without rows spent nothing', () => {
  fc.assert(
    fc.property(modes, bases, histories, (mode, baseMinor, { first, spent }) => {
      const sparse = new Map([...asMap(first, spent)].filter(([, out]) => out !== 0n));
      const given = { mode, baseMinor, firstMonth: nameOf(first), month: nameOf(first + spent.length - 1) };
      expect(rolloverChain({ ...given, spentByMonthMinor: sparse })).toEqual(
        rolloverChain({ ...given, spentByMonthMinor: asMap(first, spent) }),
      );
    }),
  );
});

test('monthly-budget 7: a changed base counts for the whole history, for no past base is remembered', () => {
  fc.assert(
    fc.property(modes, bases, fc.bigInt(0n, 100_000n), histories, (mode, baseMinor, more, { first, spent }) => {
      const given = {
        mode,
        firstMonth: nameOf(first),
        month: nameOf(first + spent.length - 1),
        spentByMonthMinor: asMap(first, spent),
      };
      const before = rolloverChain({ ...given, baseMinor });
      const after = rolloverChain({ ...given, baseMinor: baseMinor + more });
      const wrong = after.filter(({ carryInMinor }, n) => {
        const gained = carryInMinor - before[n]!.carryInMinor;
        const most = more * BigInt(n);
        return { none: gained !== 0n, surplus: gained < 0n || gained > most, full: gained !== most }[mode];
      });
      expect(wrong).toEqual([]);
    }),
  );
});

test('monthly-budget 7: surplus is never below full, and spending more never leaves more', () => {
  fc.assert(
    fc.property(modes, bases, histories, fc.nat(), fc.bigInt(0n, 90_000n), (mode, baseMinor, history, at, more) => {
      const { first, spent } = history;
      const chainOf = (rule: Mode, outOf: readonly bigint[]) =>
        rolloverChain({
          mode: rule,
          baseMinor,
          firstMonth: nameOf(first),
          month: nameOf(first + spent.length - 1),
          spentByMonthMinor: asMap(first, outOf),
        });
      const full = chainOf('full', spent);
      const surplus = chainOf('surplus', spent);
      expect(surplus.filter(({ limitMinor }, n) => limitMinor! < full[n]!.limitMinor!)).toEqual([]);
      const dearer = chainOf(
        mode,
        spent.map((out, n) => (n === at % spent.length ? out + more : out)),
      );
      const plain = chainOf(mode, spent);
      expect(dearer.filter(({ carryOutMinor }, n) => carryOutMinor > plain[n]!.carryOutMinor)).toEqual([]);
    }),
  );
});

test('monthly-budget 7, 8: a budget without a limit carries nothing, in any mode', () => {
  fc.assert(
    fc.property(modes, histories, (mode, { first, spent }) => {
      const chain = rolloverChain({
        mode,
        baseMinor: null,
        firstMonth: nameOf(first),
        month: nameOf(first + spent.length - 1),
        spentByMonthMinor: asMap(first, spent),
      });
      expect(chain).toEqual(
        spent.map((_, n) => ({ month: nameOf(first + n), carryInMinor: 0n, limitMinor: null, carryOutMinor: 0n })),
      );
    }),
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

test('monthly-budget 7: refunds above the spending are carried as what was left, in surplus and in full', () => {
  const spentByMonthMinor = new Map([
    ['2024-12', -40n],
    ['2025-01', 300n],
  ]);
  const carry = (mode: Mode) =>
    rolloverChain({ mode, baseMinor: 100n, firstMonth: '2024-12', month: '2025-02', spentByMonthMinor }).map(
      ({ carryInMinor }) => carryInMinor,
    );
  expect(carry('none')).toEqual([0n, 0n, 0n]);
  expect(carry('surplus')).toEqual([0n, 140n, 0n]);
  expect(carry('full')).toEqual([0n, 140n, -60n]);
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

test('monthly-budget 3, 17: the period of a month, and how far a day has come in it', () => {
  const period = budgetPeriod({ month: '2025-02', monthStartDay: 25 });
  expect(period).toEqual({ from: '2025-02-25', to: '2025-03-25' });
  expect(isPartial({ period, today: '2025-03-24' })).toBe(true);
  expect(isPartial({ period, today: '2025-03-25' })).toBe(false);
  expect(lastDayReached({ period, today: '2025-02-24' })).toBeUndefined();
  expect(lastDayReached({ period, today: '2025-03-01' })).toBe('2025-03-01');
  expect(lastDayReached({ period, today: '2025-12-31' })).toBe('2025-03-24');
});
