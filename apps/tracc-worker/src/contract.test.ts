import fc from 'fast-check';
import {
  budgetScheduleId,
  budgetScheduleRunId,
  budgetWorkflowId,
  parseBudgetScheduleId,
  parseBudgetScheduleRunId,
  parseBudgetWorkflowId,
  parseRecurringWorkflowId,
  recurringWorkflowId,
} from './contract';

test('common: what an id is made of is read back from it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (text) => {
      expect(parseRecurringWorkflowId(recurringWorkflowId({ templateId: text }))).toEqual({ templateId: text });
      const budget = { userId: text, month: '2026-03' };
      expect(parseBudgetWorkflowId(budgetWorkflowId(budget))).toEqual(budget);
      for (const kind of ['report', 'check'] as const) {
        const schedule = { userId: text, kind };
        expect(parseBudgetScheduleId(budgetScheduleId(schedule))).toEqual(schedule);
        const runId = budgetScheduleRunId(schedule);
        expect(parseBudgetScheduleRunId(runId)).toEqual(schedule);
        // As a Schedule starts it.
        expect(parseBudgetScheduleRunId(`${runId}-2026-03-01T00:15:00Z`)).toEqual(schedule);
      }
    }),
  );
});

test.each([
  'tracc/recurring/%',
  'tracc/recurring/%E0%A4',
  'tracc/budget/%/2026-03',
  'tracc/recurring/a/b',
  'tracc/budget-schedule/%/report',
  'tracc/budget-schedule/a/weekly',
  'tracc/budget-schedule-run/a/report-later',
  '',
])('common: %p is the id of nothing, and is not an error', (id) => {
  expect(parseRecurringWorkflowId(id)).toBeUndefined();
  expect(parseBudgetWorkflowId(id)).toBeUndefined();
  expect(parseBudgetScheduleId(id)).toBeUndefined();
  expect(parseBudgetScheduleRunId(id)).toBeUndefined();
});
