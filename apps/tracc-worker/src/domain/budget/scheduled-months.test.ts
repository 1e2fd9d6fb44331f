import { addDays, daysInMonth } from '@backend/shared/kernel';
import fc from 'fast-check';
import { budgetPeriod, isPartial, lastEndedMonth, reportMonth, runningMonths } from './index';

const date = fc.integer({ min: 0, max: 4000 }).map((days) => addDays('2020-01-01', days));
const monthStartDay = fc.integer({ min: 1, max: 28 });

test('monthly-budget 17: on a start day the month that is reported ended the day before', () => {
  fc.assert(
    fc.property(date, monthStartDay, (day, startDay) => {
      const today = `${day.slice(0, 7)}-${String(startDay).padStart(2, '0')}`;
      const period = budgetPeriod({ month: reportMonth(today), monthStartDay: startDay });
      expect(period.to).toBe(today);
      expect(isPartial({ period, today })).toBe(false);
    }),
  );
});

test('monthly-budget 17: the running months hold today, and every budget is in exactly one of them', () => {
  // Zones put two budgets at most a day apart.
  const budgets = fc.tuple(
    date,
    fc.array(fc.record({ monthStartDay, later: fc.integer({ min: 0, max: 1 }) }), { minLength: 1, maxLength: 6 }),
  );
  fc.assert(
    fc.property(budgets, ([day, specs]) => {
      const days = specs.map((spec, n) => ({ ...spec, budgetId: `b${n}`, today: addDays(day, spec.later) }));
      const running = runningMonths(days);
      expect(running.flatMap(({ budgetIds }) => budgetIds).sort()).toEqual(days.map(({ budgetId }) => budgetId).sort());
      expect(running.map(({ month }) => month)).toEqual([...new Set(running.map(({ month }) => month))].sort());
      for (const { month, budgetIds } of running) {
        for (const budget of days.filter(({ budgetId }) => budgetIds.includes(budgetId))) {
          const { from, to } = budgetPeriod({ month, monthStartDay: budget.monthStartDay });
          expect(from <= budget.today && budget.today < to).toBe(true);
        }
      }

      // The newest month that has ended for all: it has, and the one after it has not.
      const ended = lastEndedMonth(days)!;
      const isPartialFor = (month: string): boolean =>
        days.some((budget) => isPartial({ period: budgetPeriod({ ...budget, month }), today: budget.today }));
      expect(isPartialFor(ended)).toBe(false);
      expect(isPartialFor(reportMonthAfter(ended))).toBe(true);
      expect(running.map(({ month }) => month)).not.toContain(ended);
    }),
  );
});

test('monthly-budget 17: without budgets no month is running and none has ended', () => {
  expect(runningMonths([])).toEqual([]);
  expect(lastEndedMonth([])).toBeUndefined();
});

test.each([
  ['2026-01-01', '2025-12'],
  ['2026-03-15', '2026-02'],
  ['2024-02-28', '2024-01'],
])('monthly-budget 17: the report made on %s is that of %s', (today, month) => {
  expect(reportMonth(today)).toBe(month);
});

function reportMonthAfter(month: string): string {
  return addDays(`${month}-01`, daysInMonth(Number(month.slice(0, 4)), Number(month.slice(5)))).slice(0, 7);
}
