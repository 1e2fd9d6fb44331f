import type { BudgetResult, RecurringState } from '../contract';
import { budgetDetails, recurringDetails } from './details';

const BUDGET: BudgetResult = {
  budgetId: 'food',
  name: 'Groceries of Ada',
  currency: 'EUR',
  status: 'warning',
  limitMinor: '65000',
  spentMinor: '58500',
  remainingMinor: '6500',
  pctTenths: 900,
  carryInMinor: '0',
  carryOutMinor: '0',
  refundsMinor: '0',
  alerts: [{ pct: 80, kind: 'warning', key: 'alert:food:2026-03:80', delivery: 'sent' }],
  unconverted: 0,
};

test('platform: a month shows states and per cents, no names and no amounts', () => {
  const watched: BudgetResult = { ...BUDGET, budgetId: 'fun', status: 'untracked', pctTenths: null, alerts: [] };
  const shown = budgetDetails({ month: '2026-03', state: 'reporting', budgets: [BUDGET, watched] });
  expect(shown).toBe('**reporting**: 2026-03\n- food: warning, 90 % spent, 80 % sent\n- fun: untracked');
  expect(shown).not.toMatch(/Ada|58500|65000|6500/);
});

test('platform: a template shows what it waits for, what is to be skipped and the last five outcomes', () => {
  const state: RecurringState = {
    status: 'paused',
    reason: 'AccountClosed',
    counts: { posted: 4, skipped: 1, failed: 3 },
    next: { index: 9, nominalDate: '2026-04-30', postingDate: '2026-04-30', fireAt: '2026-04-30T04:00:00Z' },
    upcoming: [],
    skips: ['2026-05-31', '2026-06-30'],
    recent: Array.from({ length: 7 }, (_, index) =>
      index === 0
        ? { nominalDate: '2026-03-31', outcome: 'failed', reason: 'AccountClosed' }
        : { nominalDate: `2026-0${index}-01`, outcome: 'posted' },
    ),
  };
  expect(recurringDetails(state).split('\n')).toEqual([
    '**paused**: AccountClosed',
    '- next: 2026-04-30, at 2026-04-30T04:00:00Z',
    '- to be skipped: 2026-05-31, 2026-06-30',
    '- 4 posted, 1 skipped, 3 failed',
    '- 2026-03-31: failed, AccountClosed',
    '- 2026-01-01: posted',
    '- 2026-02-01: posted',
    '- 2026-03-01: posted',
    '- 2026-04-01: posted',
  ]);
});
