import type { TestDatabase } from '@backend/shared/testing';
import fc from 'fast-check';
import { openTestDatabase } from '../../../test/support/servers';
import { readSpentByDay, readSpentByMonth, reportRows } from '../src/repositories';
import { type BulkRow, prepared, replaceRates, replaceRows } from './bulk-rows';
import { addUser } from './support';

// The model shares no code with what it models: its own months, rounding, exponents and, for instants, the platform's zones.
const ZONES = ['Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Auckland'] as const;
const EXPONENTS = { EUR: 2, USD: 2, GBP: 2, JPY: 0, KWD: 3 } as const;
type Currency = keyof typeof EXPONENTS;
type Zone = (typeof ZONES)[number];
const EXPENSES = ['food', 'rent', 'home'];
const BUDGETS = [
  { name: 'food', currency: 'EUR', startDay: 1, categories: ['food'] },
  { name: 'parts', currency: 'EUR', startDay: 1, categories: ['rent', 'home'] },
  { name: 'all', currency: 'EUR', startDay: 1, categories: ['food', 'rent', 'home', 'salary'] },
  { name: 'mid', currency: 'EUR', startDay: 15, categories: ['food'] },
  { name: 'end', currency: 'JPY', startDay: 28, categories: ['food', 'rent', 'home', 'salary'] },
  { name: 'dinar', currency: 'KWD', startDay: 2, categories: ['rent'] },
] as const;
type Budget = (typeof BUDGETS)[number];
const DAY_MS = 86_400_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase('tracc');
  for (const zone of ZONES) await addUser(database, zone, zone);
  await database.query(`insert into categories select user_id, 'home', 'Home', 'expense' from users`);
  await database.query(
    `insert into budgets (budget_id, user_id, name, currency, zone, month_start_day, rollover_since)
     select user_id || ' ' || b.name, user_id, b.name, b.currency, zone, b."startDay", '2026-01'
     from users, jsonb_to_recordset($1) as b (name text, currency text, "startDay" int)`,
    [JSON.stringify(BUDGETS)],
  );
  await database.query(
    `insert into budget_categories (user_id, budget_id, category_id)
     select user_id, user_id || ' ' || b.name, category
     from users, jsonb_to_recordset($1) as b (name text, categories text[]), unnest(b.categories) as category`,
    [JSON.stringify(BUDGETS)],
  );
});
afterAll(async () => database.drop());

const dateOf = (days: number): string => new Date(days * DAY_MS).toISOString().slice(0, 10);
const FIRST_DAY = Date.UTC(2026, 1, 25) / DAY_MS;
const LAST_DAY = Date.UTC(2026, 3, 18) / DAY_MS;
const days = fc.oneof(
  fc.constantFrom('2026-02-28', '2026-03-01', '2026-03-14', '2026-03-15', '2026-03-28', '2026-03-31', '2026-04-01'),
  fc.integer({ min: FIRST_DAY, max: LAST_DAY }).map(dateOf),
);
// Instants by the hour and half, and to the second at the ends of UTC months.
const instants = fc.oneof(
  fc.integer({ min: FIRST_DAY * 48, max: LAST_DAY * 48 }).map((half) => new Date((half * DAY_MS) / 48).toISOString()),
  fc.constantFrom('2026-02-28T22:59:59Z', '2026-02-28T23:00:00Z', '2026-03-31T21:59:59.999Z', '2026-03-31T22:00:00Z'),
);
/** When a row was: a civil date, an instant, or both, and then the date counts. */
const moments = fc.oneof(
  { weight: 3, arbitrary: fc.record({ date: days }) },
  { weight: 2, arbitrary: fc.record({ at: instants }) },
  { weight: 1, arbitrary: fc.record({ date: days, at: instants }) },
);
const currencies = fc.constantFrom<Currency>('EUR', 'EUR', 'USD', 'JPY', 'KWD', 'GBP');
const categories = fc.constantFrom<string | null>('food', 'food', 'rent', 'home', 'salary', null);
const statuses = fc.constantFrom<'posted' | 'pending' | 'void'>('posted', 'posted', 'pending', 'void');
/** Money out three times in four, else a refund; now and then beyond the precision of floats once converted. */
const minors = fc
  .tuple(
    fc.oneof({ weight: 9, arbitrary: fc.bigInt(0n, 200_000n) }, fc.bigInt(0n, 9n * 10n ** 14n)),
    fc.nat({ max: 3 }),
  )
  .map(([size, sign]) => (sign === 0 ? size : -size));
const foreigns = fc.option(fc.record({ minor: fc.bigInt(0n, 99_999n), currency: currencies }), { nil: undefined });

/** A row, a split with its lines, or the two legs of a transfer, before they have ids. */
type Draft = Omit<BulkRow, 'id' | 'parent'> & { readonly lines?: readonly Omit<BulkRow, 'id' | 'parent'>[] };

const plain: fc.Arbitrary<Draft[]> = fc
  .tuple(fc.record({ currency: currencies, category: categories, status: statuses }), minors, foreigns, moments)
  .map(([row, minor, foreign, moment]) => [{ ...row, ...moment, ...amounts(minor, row.currency, foreign) }]);

/** 2-4 lines in categories of their own, some of them refunds, that sum to the parent, their foreign amounts too. */
const split: fc.Arbitrary<Draft[]> = fc
  .tuple(
    fc.record({ currency: currencies, status: statuses }),
    fc.array(fc.record({ category: categories, minor: minors, foreign: fc.bigInt(0n, 9_999n) }), {
      minLength: 2,
      maxLength: 4,
    }),
    fc.option(currencies, { nil: undefined }),
    categories,
    moments,
  )
  .map(([row, parts, foreignCurrency, category, moment]) => {
    const lines = parts.map((part) => ({
      ...row,
      ...moment,
      category: part.category,
      ...amounts(part.minor, row.currency, foreignCurrency && { minor: part.foreign, currency: foreignCurrency }),
    }));
    const total = (texts: (string | undefined)[]) => texts.reduce((sum, text) => sum + BigInt(text ?? 0), 0n);
    const minor = total(lines.map((line) => line.minor));
    const foreign = lines[0]!.foreign && {
      currency: lines[0]!.foreign.currency,
      minor: total(lines.map((line) => line.foreign?.minor)).toString(),
    };
    const parent = { ...row, ...moment, category, minor: minor.toString(), isSplit: true, lines };
    return [foreign ? { ...parent, foreign } : parent];
  });

/** Both legs carry a category, which must not make them count. */
const transfer: fc.Arbitrary<Draft[]> = fc
  .tuple(fc.record({ currency: currencies, category: categories, status: statuses }), fc.bigInt(1n, 200_000n), moments)
  .map(([row, minor, moment]) => {
    const leg = { ...row, ...moment, kind: 'transfer' as const, transferId: 'transfer' };
    return [
      { ...leg, minor: (-minor).toString() },
      { ...leg, minor: minor.toString(), account: 'savings' },
    ];
  });

const drafts = fc.array(
  fc.oneof({ weight: 5, arbitrary: plain }, { weight: 3, arbitrary: split }, { weight: 1, arbitrary: transfer }),
  { minLength: 1, maxLength: 16, size: 'max' },
);

// A rate of n millionths: many of them make ties, as 500,000 does of every odd amount.
const rates = fc.uniqueArray(
  fc.record({
    date: fc.constantFrom('2026-02-16', '2026-02-20', '2026-03-01', '2026-03-04', '2026-03-05', '2026-04-01'),
    base: currencies,
    quote: fc.constantFrom<Currency>('EUR', 'EUR', 'JPY', 'KWD'),
    millionths: fc.oneof(fc.constantFrom(500_000n, 250_000n, 1_500_000n, 10_000n), fc.bigInt(1n, 3_000_000n)),
  }),
  { selector: ({ date, base, quote }) => date + base + quote, maxLength: 14, size: 'max' },
);
interface Rate {
  readonly date: string;
  readonly base: string;
  readonly quote: string;
  readonly millionths: bigint;
}

function amounts(
  minor: bigint,
  currency: Currency,
  foreign: { readonly minor: bigint; readonly currency: Currency } | undefined,
): Pick<BulkRow, 'minor' | 'foreign'> {
  if (!foreign || foreign.currency === currency) return { minor: minor.toString() };
  // A foreign amount is the same money, so it has the same sign.
  const signed = minor < 0n ? -foreign.minor : foreign.minor;
  return { minor: minor.toString(), foreign: { minor: signed.toString(), currency: foreign.currency } };
}

function numbered(groups: readonly Draft[][], user: Zone): BulkRow[] {
  let id = 1 + ZONES.indexOf(user) * 10_000;
  return groups.flat().flatMap(({ lines = [], ...row }) => {
    const parent = id;
    id += 1 + lines.length;
    return [{ ...row, id: parent }, ...lines.map((line, n) => ({ ...line, id: parent + 1 + n, parent }))];
  });
}

const calendars = new Map<Zone, Intl.DateTimeFormat>(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }),
  ]),
);

/** The date of a row: its own, else that of the instant where the user is. */
function civilDate(row: BulkRow, zone: Zone): string {
  if (row.date) return row.date;
  const [month, day, year] = calendars.get(zone)!.format(Date.parse(row.at!)).split('/');
  return `${year}-${month}-${day}`;
}

const MONTHS = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06'];
const periodOf = (month: string, startDay: number) => ({
  from: `${month}-${String(startDay).padStart(2, '0')}`,
  to: `${MONTHS[MONTHS.indexOf(month) + 1]}-${String(startDay).padStart(2, '0')}`,
});

/** Rounds half up and takes one off a tie that came out odd. */
function halfEven(numerator: bigint, denominator: bigint): bigint {
  const [above, below] = [2n * numerator + denominator, 2n * denominator];
  const rest = ((above % below) + below) % below;
  const up = (above - rest) / below;
  return rest === 0n && up % 2n !== 0n ? up - 1n : up;
}

/** The amount of a row in the budget's currency, or undefined when nothing converts it. */
function amountIn(currency: Currency, row: BulkRow, date: string, given: readonly Rate[]): bigint | undefined {
  if (row.currency === currency) return BigInt(row.minor);
  if (row.foreign?.currency === currency) return BigInt(row.foreign.minor);
  let last: Rate | undefined;
  for (const rate of given) {
    const age = (Date.parse(date) - Date.parse(rate.date)) / DAY_MS;
    if (rate.base !== row.currency || rate.quote !== currency || age < 0 || age > 10) continue;
    if (!last || rate.date > last.date) last = rate;
  }
  if (!last) return undefined;
  const [from, to] = [EXPONENTS[row.currency as Currency], EXPONENTS[currency]];
  return halfEven(BigInt(row.minor) * last.millionths * 10n ** BigInt(to), 1_000_000n * 10n ** BigInt(from));
}

/** A row that counts in a budget. The amount is in the budget's currency, undefined when nothing converts it. */
interface Counted {
  readonly row: BulkRow;
  readonly date: string;
  readonly month: string;
  readonly amount: bigint | undefined;
}

/** The rows that count in the budget, one by one. */
function countedRows(budget: Budget, zone: Zone, rows: readonly BulkRow[], given: readonly Rate[]): Counted[] {
  return rows.flatMap((row) => {
    const isIn = EXPENSES.includes(row.category ?? '') && budget.categories.some((each) => each === row.category);
    if (!isIn || row.isSplit || row.kind === 'transfer' || row.status === 'void') return [];
    const date = civilDate(row, zone);
    const month = MONTHS.find((each) => {
      const { from, to } = periodOf(each, budget.startDay);
      return from <= date && date < to;
    })!;
    return [{ row, date, month, amount: amountIn(budget.currency, row, date, given) }];
  });
}

/** What each month holds, summed row by row: `month posted pending refunds unconverted`. */
function modelled(counted: readonly Counted[]): string[] {
  const sums = new Map<string, { posted: bigint; pending: bigint; refunds: bigint; unconverted: number }>();
  for (const { row, month, amount } of counted) {
    const sum = sums.get(month) ?? { posted: 0n, pending: 0n, refunds: 0n, unconverted: 0 };
    sums.set(month, sum);
    if (amount === undefined) sum.unconverted += 1;
    else {
      if (row.status === 'pending') sum.pending -= amount;
      else sum.posted -= amount;
      if (amount > 0n) sum.refunds += amount;
    }
  }
  return [...sums]
    .map(([month, sum]) => [month, sum.posted, sum.pending, sum.refunds, sum.unconverted].join(' '))
    .sort();
}

/** Sums of money out by some text of each row. */
function spentBy(counted: readonly Counted[], keyOf: (each: Counted) => string): [key: string, spent: bigint][] {
  const sums = new Map<string, bigint>();
  for (const each of counted)
    if (each.amount !== undefined) sums.set(keyOf(each), (sums.get(keyOf(each)) ?? 0n) - each.amount);
  return [...sums];
}

const compare = <T extends bigint | string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

async function writeAll(zone: Zone, rows: readonly BulkRow[], given: readonly Rate[]): Promise<void> {
  await replaceRows(database, zone, rows);
  await replaceRates(
    database,
    given.map(({ millionths, ...rate }) => ({ ...rate, rate: `${millionths}e-6` })),
  );
}

const EVERYTHING = { from: '2026-01-28', to: '2026-06-01' };

/** The same of what the repository reads, by the name of the budget. */
async function found(user: Zone, budgets: readonly Budget[], range: { from: string; to: string }) {
  const budgetIds = budgets.map(({ name }) => `${user} ${name}`);
  const rows = await database.scope(user, async (tx) => readSpentByMonth(prepared(tx), { budgetIds, ...range }));
  return (name: string): string[] =>
    rows
      .filter(({ budgetId }) => budgetId === `${user} ${name}`)
      .map((row) => [row.month, row.postedMinor, row.pendingMinor, row.refundsMinor, row.unconverted].join(' '))
      .sort();
}

test('monthly-budget 3, 4, 5, 6: the sums of any rows are those that the rules give row by row', async () => {
  const single = fc.record({ budget: fc.constantFrom(...BUDGETS), month: fc.constantFrom(...MONTHS.slice(1, 5)) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ZONES),
      drafts,
      rates,
      single,
      async (zone, groups, given, { budget, month }) => {
        const rows = numbered(groups, zone);
        await replaceRows(database, zone, rows);
        await replaceRates(
          database,
          given.map(({ millionths, ...rate }) => ({ ...rate, rate: `${millionths}e-6` })),
        );
        const sums = await found(zone, BUDGETS, EVERYTHING);
        for (const each of BUDGETS)
          expect({ [each.name]: sums(each.name) }).toEqual({
            [each.name]: modelled(countedRows(each, zone, rows, given)),
          });
        // A month read by itself holds what it holds among the others.
        const alone = await found(zone, [budget], periodOf(month, budget.startDay));
        expect(alone(budget.name)).toEqual(sums(budget.name).filter((line) => line.startsWith(month)));
      },
    ),
    { numRuns: 1000 },
  );
});

test('monthly-budget 4: a row that is split spends, line by line, what it spent whole', async () => {
  const lines = fc.array(fc.record({ minor: minors, category: fc.constantFrom('rent', 'home') }), {
    minLength: 2,
    maxLength: 4,
  });
  const purchases = fc.array(fc.record({ lines, moment: moments, status: statuses }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ZONES), purchases, async (zone, bought) => {
      const groups = bought.map(({ lines: parts, moment, status }): Draft[] => {
        const row = { ...moment, status, currency: 'EUR' };
        const minor = parts.reduce((sum, part) => sum + part.minor, 0n).toString();
        return [
          { ...row, minor, category: 'food' },
          {
            ...row,
            minor,
            category: 'rent',
            isSplit: true,
            lines: parts.map((part) => ({ ...row, minor: part.minor.toString(), category: part.category })),
          },
        ];
      });
      await replaceRows(database, zone, numbered(groups, zone));
      const sums = await found(zone, BUDGETS, EVERYTHING);
      // Refunds may differ: a line that gives money back is one, though its purchase as a whole is not.
      const spent = (name: string) => sums(name).map((line) => line.split(' ').slice(0, 3).join(' '));
      expect(spent('parts')).toEqual(spent('food'));
    }),
    { numRuns: 1000 },
  );
});

test('monthly-budget 6, 10, 12: the categories, days, largest rows and unconverted rows of a month are those of its single rows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ZONES),
      drafts,
      rates,
      fc.constantFrom(...BUDGETS),
      fc.constantFrom('2026-02', '2026-03', '2026-04'),
      async (zone, groups, given, budget, month) => {
        const rows = numbered(groups, zone);
        await writeAll(zone, rows, given);
        const period = periodOf(month, budget.startDay);
        const wanted = { budgetIds: [`${zone} ${budget.name}`], month, ...period, limit: 3 };
        const found = await database.scope(zone, async (client) => {
          const tx = prepared(client);
          return {
            top: (await readSpentByMonth(tx, wanted)).find((row) => row.month === month)?.topCategories ?? [],
            days: await readSpentByDay(tx, wanted),
            largest: await reportRows.largestRows(tx, wanted),
            unconverted: await reportRows.unconvertedRows(tx, wanted),
          };
        });

        const all = countedRows(budget, zone, rows, given).filter((each) => each.month === month);
        const posted = all.filter(({ row }) => row.status !== 'pending');
        expect(found.top.map(({ name, spentMinor }) => [name.toLowerCase(), BigInt(spentMinor)])).toEqual(
          spentBy(all, ({ row }) => row.category!)
            .filter(([, spent]) => spent > 0n)
            .sort(([a, most], [b, less]) => compare(less, most) || compare(a, b))
            .slice(0, 3),
        );
        expect(found.days.map(({ categoryId, date, spentMinor }) => [`${categoryId} ${date}`, spentMinor])).toEqual(
          spentBy(posted, ({ row, date }) => `${row.category} ${date}`).sort(([a], [b]) => compare(a, b)),
        );
        const refunds = posted.reduce((sum, { amount = 0n }) => sum + (amount > 0n ? amount : 0n), 0n);
        expect(found.days.reduce((sum, { refundsMinor }) => sum + refundsMinor, 0n)).toBe(refunds);
        expect(found.largest.map((row) => [row.transactionId, row.date, row.amountMinor, row.ownMinor])).toEqual(
          posted
            .filter(({ amount = 0n }) => amount < 0n)
            .sort((a, b) => compare(a.amount!, b.amount!) || compare(a.date, b.date) || compare(a.row.id, b.row.id))
            .slice(0, 3)
            .map(({ row, date, amount }) => [String(row.id), date, String(amount), row.minor]),
        );
        const lost = all
          .filter(({ amount }) => amount === undefined)
          .sort((a, b) => compare(a.date, b.date) || compare(a.row.id, b.row.id));
        expect(found.unconverted.map(({ transactionId, date, total }) => [transactionId, date, total])).toEqual(
          lost.slice(0, 3).map(({ row, date }) => [String(row.id), date, lost.length]),
        );
      },
    ),
    { numRuns: 400 },
  );
});
