import type { Occurrence, RecurringTransactionInput } from '../../contract';
import { changedRule, jitterMs, ruleChangeProblem, splitDue } from './orders';
import { openRecurrence } from './recurrence-state';
import { ruleOf } from './rule';

const INPUT: RecurringTransactionInput = { templateId: 'rent', userId: 'u1', startDate: '2026-01-03', zone: 'UTC' };
const at = (nominalDate: string, postingDate: string): Occurrence => ({
  index: 1,
  nominalDate,
  postingDate,
  fireAt: `${postingDate}T00:05:00Z`,
});

test('recurring-transaction 4, 9: what is booked at the awaited instant is posted by every policy', () => {
  const due = ['2026-01-03', '2026-01-04', '2026-01-05'].map((nominal) => at(nominal, '2026-01-05'));
  for (const catchUp of ['all', 'latest', 'none'] as const) {
    const recurrence = { ...openRecurrence({ ...INPUT, catchUp }), awaited: '2026-01-03' };
    expect(splitDue(recurrence, { due, moreDue: false })).toEqual({ missed: [], toPost: due });
  }
});

test('recurring-transaction 9, 10: what is moved to today is posted by every policy, but not with a real backlog', () => {
  const recurrence = { ...openRecurrence({ ...INPUT, catchUp: 'none' }), reschedules: { '2026-02-02': '2026-01-05' } };
  const moved = at('2026-02-02', '2026-01-05');
  const missed = [at('2026-01-03', '2026-01-03'), moved];
  expect(splitDue(recurrence, { due: [moved], moreDue: false }).toPost).toEqual([moved]);
  expect(splitDue(recurrence, { due: missed, moreDue: false }).missed).toEqual(missed);
  expect(splitDue({ ...recurrence, catchUpConfirmed: 'none' }, { due: [moved], moreDue: false }).missed).toEqual([
    moved,
  ]);
});

test('recurring-transaction 7: the delay of a template is below a minute, its own, and always the same', () => {
  const delays = Array.from({ length: 1000 }, (_, n) => jitterMs(`template-${n}`));
  expect(delays).toEqual(Array.from({ length: 1000 }, (_, n) => jitterMs(`template-${n}`)));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...delays)).toBeLessThan(60_000);
  expect(new Set(delays).size).toBeGreaterThan(900);
});

test('recurring-transaction 10: a change keeps what it does not name; end null takes the end away', () => {
  const rule = ruleOf({ ...INPUT, end: { count: 3 } });
  expect(changedRule(rule, { postAt: '09:00' })).toEqual({ ...rule, postAt: '09:00' });
  expect(changedRule(rule, { end: null })).not.toHaveProperty('end');
  expect(changedRule(rule, { end: { count: 5 } }).end).toEqual({ count: 5 });
});

test.each([null, [], 'weekly', {}, { amountMinor: '1' }])('recurring-transaction 10: %j is no change', (change) => {
  expect(ruleChangeProblem(change)).toEqual(expect.any(String));
});
