import { currencyExponent, divideHalfEven, monthOf } from '@backend/shared/kernel';
import type { TestDatabase } from '@backend/shared/testing';
import fc from 'fast-check';
import { openTestDatabase } from '../../../test/support/servers';
import { readSpentByMonth } from '../src/repositories';
import { createLedger } from './ledger';
import { addUser } from './support';

const USER = 'u1';
let database: TestDatabase;
const { addBudget, add, rate } = createLedger(() => database, USER);
beforeAll(async () => {
  database = await openTestDatabase('tracc');
  await addUser(database, USER);
  await addBudget(USER, { budgetId: 'first' });
  await addBudget(USER, { budgetId: 'mid', startDay: 15 });
});
afterAll(async () => database.drop());

test('monthly-budget 3 to 6: the sums of any rows are those that the rules give row by row', async () => {
  const DATES = [
    '2026-02-26',
    '2026-02-28',
    '2026-03-01',
    '2026-03-14',
    '2026-03-15',
    '2026-03-31',
    '2026-04-01',
    '2026-04-15',
  ];
  const rowSpecs = fc.array(
    fc.record({
      date: fc.constantFrom(...DATES),
      minor: fc.integer({ min: -100_000, max: 100_000 }),
      currency: fc.constantFrom('EUR', 'USD', 'JPY', 'KWD'),
      foreign: fc.option(fc.tuple(fc.integer({ min: -999, max: 999 }), fc.constantFrom('EUR', 'GBP')), {
        nil: undefined,
      }),
      category: fc.constantFrom('food', 'rent', 'salary', null),
      kind: fc.constantFrom<'normal' | 'transfer'>('normal', 'normal', 'transfer'),
      status: fc.constantFrom<'posted' | 'pending' | 'void'>('posted', 'posted', 'pending', 'void'),
      isSplit: fc.constantFrom(false, false, true),
    }),
    { minLength: 1, maxLength: 25 },
  );
  const rates = fc.uniqueArray(
    fc.record({
      date: fc.constantFrom('2026-02-15', '2026-03-01', '2026-03-05', '2026-04-10'),
      base: fc.constantFrom('USD', 'JPY', 'KWD'),
      millionths: fc.integer({ min: 1, max: 3_000_000 }),
    }),
    { selector: ({ date, base }) => date + base, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(rowSpecs, rates, fc.constantFrom(1, 15), async (specs, given, startDay) => {
      await database.query('truncate transactions, fx_rates');
      for (const spec of specs) {
        const { foreign, ...row } = spec;
        await add(foreign ? { ...row, foreign } : row);
      }
      for (const { date, base, millionths } of given) await rate(date, base, 'EUR', `${millionths}e-6`);

      const expected = new Map<string, { posted: bigint; pending: bigint; refunds: bigint; unconverted: number }>();
      for (const { date, minor, currency, foreign, category, kind, status, isSplit } of specs) {
        if (category !== 'food' || kind === 'transfer' || status === 'void' || isSplit) continue;
        const month = monthOf(date, startDay);
        const sum = expected.get(month) ?? { posted: 0n, pending: 0n, refunds: 0n, unconverted: 0 };
        expected.set(month, sum);
        const usable = given.filter(
          (each) =>
            each.base === currency && each.date <= date && Date.parse(date) - Date.parse(each.date) <= 10 * 86_400_000,
        );
        const last = usable.toSorted((a, b) => a.date.localeCompare(b.date)).at(-1);
        let amount: bigint | undefined;
        if (currency === 'EUR') amount = BigInt(minor);
        else if (foreign?.[1] === 'EUR') amount = BigInt(foreign[0]);
        else if (last) {
          const toCents = 10n ** 2n;
          amount = divideHalfEven(
            BigInt(minor) * BigInt(last.millionths) * toCents,
            1_000_000n * 10n ** BigInt(currencyExponent(currency)!),
          );
        }
        if (amount === undefined) sum.unconverted += 1;
        else {
          if (status === 'posted') sum.posted -= amount;
          else sum.pending -= amount;
          if (amount > 0n) sum.refunds += amount;
        }
      }

      const budgetId = startDay === 1 ? 'first' : 'mid';
      const rows = await database.scope(USER, async (tx) =>
        readSpentByMonth(tx, { budgetIds: [budgetId], from: '2026-01-01', to: '2026-12-31' }),
      );
      const found = rows
        .map((row) => [row.month, row.postedMinor, row.pendingMinor, row.refundsMinor, row.unconverted].join(' '))
        .sort();
      const wanted = [...expected]
        .map(([month, sum]) => [month, sum.posted, sum.pending, sum.refunds, sum.unconverted].join(' '))
        .sort();
      expect(found).toEqual(wanted);
    }),
    { numRuns: 40 },
  );
});
