import fc from 'fast-check';
import { budgetWorkflowId, parseBudgetWorkflowId, parseRecurringWorkflowId, recurringWorkflowId } from './contract';

test('common: what an id is made of is read back from it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (text) => {
      expect(parseRecurringWorkflowId(recurringWorkflowId({ templateId: text }))).toEqual({ templateId: text });
      const budget = { userId: text, month: '2026-03' };
      expect(parseBudgetWorkflowId(budgetWorkflowId(budget))).toEqual(budget);
    }),
  );
});

test.each(['tracc/recurring/%', 'tracc/recurring/%E0%A4', 'tracc/budget/%/2026-03', 'tracc/recurring/a/b', ''])(
  'common: %p is the id of nothing, and is not an error',
  (id) => {
    expect(parseRecurringWorkflowId(id)).toBeUndefined();
    expect(parseBudgetWorkflowId(id)).toBeUndefined();
  },
);
