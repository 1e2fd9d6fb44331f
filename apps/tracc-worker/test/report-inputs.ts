import type { BudgetInputs, ReportInputs } from '../src/domain/report';

/** Euros, in cents as text. */
export const eur = (minor: string) => ({ minor, currency: 'EUR' });

/** A budget of 500 EUR that held in March 2025. */
export function budget(change: Partial<BudgetInputs> = {}): BudgetInputs {
  return {
    budgetId: 'food',
    name: 'Food',
    currency: 'EUR',
    zone: 'Europe/Berlin',
    rollover: 'none',
    period: { from: '2025-03-01', to: '2025-04-01' },
    today: '2025-04-02',
    thresholdsPct: [80, 100],
    baseMinor: 50_000n,
    carryInMinor: 0n,
    pendingMinor: 0n,
    previousSpentMinor: 30_000n,
    previous: {
      period: { from: '2025-02-01', to: '2025-03-01' },
      dailySpentMinor: new Map([
        ['2025-02-10', 10_000n],
        ['2025-02-28', 20_000n],
      ]),
    },
    categories: [
      { categoryId: 'c1', name: 'Groceries', spentMinor: 30_000n, refundsMinor: 1_000n, rows: 12 },
      { categoryId: 'c2', name: 'Eating out', spentMinor: 6_000n, refundsMinor: 0n, rows: 3 },
    ],
    dailySpentMinor: new Map([
      ['2025-03-02', 30_000n],
      ['2025-03-31', 6_000n],
    ]),
    rows: [row({ transactionId: '1', spentMinor: 4_000n }), row({ transactionId: '2', spentMinor: 9_000n })],
    alerts: [],
    unconverted: [],
    ...change,
  };
}

/** One of a budget's rows. */
export function row(change: Partial<BudgetInputs['rows'][number]> = {}): BudgetInputs['rows'][number] {
  return {
    transactionId: '1',
    date: '2025-03-02',
    description: 'Market',
    category: 'Groceries',
    spentMinor: 100n,
    original: null,
    ...change,
  };
}

/** A month with that one budget. */
export function inputs(change: Partial<ReportInputs> = {}): ReportInputs {
  return {
    userId: 'u1',
    month: '2025-03',
    revision: 1,
    generatedAt: '2025-04-02T00:15:00Z',
    budgets: [budget()],
    recurring: [],
    ...change,
  };
}
