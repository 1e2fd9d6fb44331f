import { addDays, daysFromCivil, type Money, money } from '@backend/shared/kernel';
import type { BudgetInputs, RecurringInput, ReportInputs } from '../src/domain/report';

/** A sample budget in a few words; everything else follows from it, so that sums, days and rows agree. */
interface Sketch {
  readonly name: string;
  readonly currency?: string;
  readonly zone?: string;
  readonly from?: string;
  readonly to?: string;
  readonly today?: string;
  readonly rollover?: BudgetInputs['rollover'];
  readonly base: bigint | null;
  readonly carryIn?: bigint;
  readonly pending?: bigint;
  /** Name, spent and refunds of each category. */
  readonly categories: readonly (readonly [name: string, spentMinor: bigint, refundsMinor?: bigint])[];
  /** Description, category, amount and the row's own amount of each large row. */
  readonly rows?: readonly (readonly [text: string, category: string, spentMinor: bigint, original?: Money])[];
  /** Share of what the rows do not say, in per mille, by day of the period (0 = first). */
  readonly rhythm?: Readonly<Record<number, number>>;
  readonly previous?: bigint;
  readonly previousPeriod?: BudgetInputs['previous']['period'];
  readonly alerts?: BudgetInputs['alerts'];
  readonly unconverted?: BudgetInputs['unconverted'];
  readonly unconvertedCount?: number;
}

const GENERATED_AT = '2026-04-01T00:15:09Z';

const RHYTHM = { 0: 60, 1: 120, 4: 90, 7: 130, 9: 60, 12: 110, 16: 90, 19: 140, 23: 80, 27: 120 };
const RHYTHM_BEFORE = { 1: 180, 6: 90, 9: 220, 14: 60, 16: 130, 21: 210, 26: 110 };

/** Every kind of month that the report must be able to show, by name. */
export const REPORT_SAMPLES = {
  /** Twelve budgets in six currencies, with all that can happen in a month. */
  household: report({
    budgets: household(),
    recurring: recurring(),
  }),
  /** One budget, nothing special: what most people get. */
  plain: report({ budgets: [groceries()], recurring: recurring().slice(0, 2) }),
  /** The twelfth day of a month. */
  partial: report({
    generatedAt: '2026-03-12T07:00:00Z',
    budgets: [groceries(), travel(), japan()].map((sketch) => ({ ...sketch, today: '2026-03-12' })),
    recurring: recurring().slice(0, 1),
  }),
  /** Budgets without a single transaction, now and before. */
  empty: report({
    budgets: [
      { name: 'Groceries', base: 60_000n, categories: [] },
      { name: 'No limit', base: null, categories: [] },
      { name: 'Nothing planned', base: 0n, categories: [] },
    ],
    recurring: [],
  }),
  /** Nothing held. */
  over: report({
    budgets: [groceries(), travel(), japan(), deficit()].map((sketch) => ({ ...sketch, base: 1_000n })),
    recurring: recurring(),
  }),
  /** A user who has no budget. */
  none: report({ budgets: [], recurring: [] }),
} satisfies Record<string, ReportInputs>;

function report({
  budgets,
  recurring: occurrences,
  generatedAt = GENERATED_AT,
}: {
  budgets: readonly Sketch[];
  recurring: readonly RecurringInput[];
  generatedAt?: string;
}): ReportInputs {
  return {
    userId: 'u1',
    month: '2026-03',
    revision: 2,
    generatedAt,
    budgets: budgets.map((sketch, n) => budgetOf(sketch, n)),
    recurring: occurrences,
  };
}

function groceries(): Sketch {
  return {
    name: 'Groceries and household',
    base: 65_000n,
    pending: 2_340n,
    categories: [
      ['Groceries', 41_287n, 1_299n],
      ['Drugstore', 6_120n],
      ['Household', 4_490n],
      ['Bakery', 2_815n],
    ],
    rows: [
      ['REWE Markt Berlin-Mitte', 'Groceries', 9_480n],
      ['Edeka', 'Groceries', 7_215n],
      ['dm-drogerie markt', 'Drugstore', 4_120n],
      ['Bio Company', 'Groceries', 3_999n],
    ],
    rhythm: { 0: 90, 3: 120, 6: 110, 10: 140, 13: 60, 17: 150, 20: 40, 24: 150, 27: 90, 30: 50 },
    previous: 58_210n,
  };
}

function travel(): Sketch {
  return {
    name: 'Travel',
    base: 120_000n,
    rollover: 'surplus',
    carryIn: 18_000n,
    categories: [
      ['Flights', 96_400n, 12_000n],
      ['Hotels', 52_900n],
      ['Taxi', -2_500n, 4_000n],
    ],
    rows: [
      ['Lufthansa LH 400 FRA-JFK', 'Flights', 74_210n, money(-80_199n, 'USD')],
      ['Hotel Sonne, Zürich', 'Hotels', 31_250n, money(-29_800n, 'CHF')],
      ['東京メトロ 一日乗車券', 'Taxi', 420n, money(-70_000n, 'JPY')],
    ],
    rhythm: { 8: 480, 14: 650, 21: -280, 22: 150 },
    previous: 40_000n,
    alerts: [
      { pct: 80, kind: 'warning', key: 'a', delivery: 'superseded' },
      { pct: 100, kind: 'over', key: 'b', delivery: 'failed' },
    ],
    unconverted: [
      { transactionId: 'x1', date: '2026-03-04', description: 'Grab taxi, Bangkok', amount: money(-45_000n, 'THB') },
      { transactionId: 'x2', date: '2026-03-05', description: 'ร้านอาหาร', amount: money(-120_050n, 'THB') },
    ],
    unconvertedCount: 128,
  };
}

function japan(): Sketch {
  return {
    name: '東京の生活費',
    currency: 'JPY',
    zone: 'Asia/Tokyo',
    base: 300_000n,
    categories: [
      ['家賃', 180_000n],
      ['食費', 61_200n],
      ['交通', 9_800n],
    ],
    rows: [
      ['三月分家賃', '家賃', 180_000n],
      ['成城石井', '食費', 12_400n],
    ],
    rhythm: { 0: 100, 7: 280, 15: 300, 23: 320 },
    previous: 249_000n,
    alerts: [{ pct: 80, kind: 'warning', key: 'c', delivery: 'sent' }],
  };
}

function deficit(): Sketch {
  return {
    name: 'Eating out',
    base: 20_000n,
    rollover: 'full',
    carryIn: -26_150n,
    categories: [
      ['Restaurants', 11_240n],
      ['Coffee', 3_280n],
    ],
    rows: [['Trattoria da Enzo al 29', 'Restaurants', 6_800n]],
    rhythm: { 4: 200, 11: 500, 19: 300 },
    previous: 46_150n,
    alerts: [{ pct: 100, kind: 'over', key: 'd', delivery: 'sent' }],
  };
}

function household(): Sketch[] {
  return [
    groceries(),
    travel(),
    deficit(),
    {
      name: 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft and everything that belongs to it',
      base: 999_999_999_99n,
      categories: [
        ['Instandhaltungsrückstellungsverwaltungsgebührenabrechnung', 123_456_789_01n],
        ['Repairs', 5_000n],
      ],
      rows: [
        [
          'SEPA-Überweisung an Hausverwaltung Müller-Lüdenscheidt GmbH & Co. KG, Verwendungszweck RE-2026-000123456789/KD-99887766',
          'Instandhaltungsrückstellungsverwaltungsgebührenabrechnung',
          100_000_000_00n,
        ],
        ['XJ9'.repeat(30), 'Repairs', 5_000n],
      ],
      previous: 110_000_000_00n,
    },
    japan(),
    {
      name: 'مصاريف البيت',
      currency: 'KWD',
      zone: 'Asia/Kuwait',
      base: 450_000n,
      categories: [
        ['البقالة', 312_750n],
        ['الوقود', 98_125n],
      ],
      rows: [['مركز سلطان للتسوق (Salmiya)', 'البقالة', 84_995n]],
      previous: 402_005n,
      alerts: [{ pct: 80, kind: 'warning', key: 'e', delivery: 'sent' }],
    },
    {
      name: 'משק בית',
      currency: 'ILS',
      zone: 'Asia/Jerusalem',
      from: '2026-03-15',
      to: '2026-04-15',
      today: '2026-04-01',
      previousPeriod: { from: '2026-02-15', to: '2026-03-15' },
      base: 400_000n,
      pending: 150_000n,
      categories: [['סופרמרקט', 271_030n]],
      rows: [['שופרסל דיל', 'סופרמרקט', 61_230n]],
      previous: 360_000n,
    },
    {
      name: 'Hobby (no limit)',
      base: null,
      categories: [
        ['Music', 8_999n],
        ['Books', 4_350n],
      ],
      rows: [['Thomann', 'Music', 8_999n]],
      previous: 0n,
    },
    {
      name: 'Returns',
      base: 10_000n,
      categories: [['Clothes', -7_990n, 15_980n]],
      rows: [['Zalando', 'Clothes', 7_990n]],
      rhythm: { 15: 1_000 },
      previous: 7_990n,
    },
    { name: 'Nothing planned', base: 0n, categories: [['Fines', 3_500n]], rows: [['Bußgeldstelle', 'Fines', 3_500n]] },
    { name: 'Untouched', currency: 'CHF', zone: 'Europe/Zurich', base: 30_000n, categories: [], previous: 12_345n },
    {
      name: 'Exactly used up',
      currency: 'USD',
      zone: 'America/New_York',
      base: 25_000n,
      categories: [
        ['Subscriptions', 15_000n],
        ['Gym', 10_000n],
      ],
      rows: [
        ['Planet Fitness', 'Gym', 10_000n],
        ['Netflix.com', 'Subscriptions', 1_549n],
      ],
      rhythm: { 0: 1_000 },
      previous: 25_000n,
    },
  ];
}

function recurring(): RecurringInput[] {
  const of = (n: number, name: string, nominalDate: string, change: Partial<RecurringInput>): RecurringInput => ({
    templateId: `t${n}`,
    name,
    nominalDate,
    bookingDate: nominalDate,
    amount: null,
    reason: null,
    outcome: 'posted',
    late: false,
    ...change,
  });
  const nothing = { bookingDate: null, amount: null };
  return [
    of(1, 'Rent', '2026-03-01', { amount: money(-124_000n, 'EUR'), bookingDate: '2026-03-02' }),
    of(2, 'Salary', '2026-03-27', { amount: money(412_345n, 'EUR') }),
    of(3, 'Electricity', '2026-03-05', { amount: money(-8_900n, 'EUR'), bookingDate: '2026-03-09', late: true }),
    of(4, 'Gym', '2026-03-10', { ...nothing, outcome: 'skipped', reason: 'user' }),
    of(5, 'Newspaper, digital edition with the weekend magazine', '2026-03-14', {
      ...nothing,
      outcome: 'skipped',
      reason: 'missed',
    }),
    of(6, 'Savings plan', '2026-03-15', { ...nothing, outcome: 'failed', reason: 'AccountClosed' }),
    of(7, 'اشتراك الإنترنت', '2026-03-20', { amount: money(-15_500n, 'KWD') }),
  ];
}

function budgetOf(sketch: Sketch, position: number): BudgetInputs {
  const { currency = 'EUR', from = '2026-03-01', to = '2026-04-01' } = sketch;
  const period = { from, to };
  const before = sketch.previousPeriod ?? { from: '2026-02-01', to: from };
  const today = sketch.today ?? GENERATED_AT.slice(0, 10);
  const days = daysFromCivil(today < to ? addDays(today, 1) : to) - daysFromCivil(from);
  const rows = (sketch.rows ?? []).map(([description, category, minor, original = null], n) => ({
    transactionId: `r${n}`,
    date: addDays(from, Math.min(days - 1, 3 * n + 2)),
    description,
    category,
    spentMinor: minor,
    original,
  }));
  const rowsMinor = sum(rows.map(({ spentMinor }) => spentMinor));
  const daily = spread({
    from,
    days,
    spentMinor: sum(sketch.categories.map(([, minor]) => minor)) - rowsMinor,
    rhythm: sketch.rhythm ?? RHYTHM,
  });
  for (const { date, spentMinor } of rows) daily.set(date, (daily.get(date) ?? 0n) + spentMinor);
  return {
    budgetId: `b${position + 1}`,
    name: sketch.name,
    currency,
    zone: sketch.zone ?? 'Europe/Berlin',
    rollover: sketch.rollover ?? 'none',
    period,
    today,
    thresholdsPct: [80, 100],
    baseMinor: sketch.base,
    carryInMinor: sketch.carryIn ?? 0n,
    pendingMinor: sketch.pending ?? 0n,
    previousSpentMinor: sketch.previous ?? 0n,
    previous: {
      period: before,
      dailySpentMinor: spread({
        from: before.from,
        days: daysFromCivil(before.to) - daysFromCivil(before.from),
        spentMinor: sketch.previous ?? 0n,
        rhythm: RHYTHM_BEFORE,
      }),
    },
    categories: sketch.categories.map(([name, minor, refundsMinor = 0n], n) => ({
      categoryId: `c${n}`,
      name,
      spentMinor: minor,
      refundsMinor,
      rows: n + 2,
    })),
    dailySpentMinor: daily,
    rows,
    alerts: sketch.alerts ?? [],
    unconverted: sketch.unconverted ?? [],
    ...(sketch.unconvertedCount === undefined ? {} : { unconvertedCount: sketch.unconvertedCount }),
  };
}

function sum(minors: readonly bigint[]): bigint {
  return minors.reduce((total, minor) => total + minor, 0n);
}

/** The sum, spread over the days by the rhythm; what rounding leaves falls on its last day. */
function spread({
  from,
  days,
  spentMinor,
  rhythm,
}: {
  from: string;
  days: number;
  spentMinor: bigint;
  rhythm: Readonly<Record<number, number>>;
}): Map<string, bigint> {
  const shares = Object.entries(rhythm).filter(([day]) => Number(day) < days);
  const whole = BigInt(shares.reduce((total, [, share]) => total + share, 0)) || 1n;
  const daily = new Map<string, bigint>();
  let left = spentMinor;
  shares.forEach(([day, share], n) => {
    const minor = n === shares.length - 1 ? left : (spentMinor * BigInt(share)) / whole;
    left -= minor;
    daily.set(addDays(from, Number(day)), minor);
  });
  return daily;
}
