import type { Occurrence } from '../../contract';
import { fromPlanLines, toPlanLines } from './plan-lines';

const PLAN: readonly Occurrence[] = [
  { index: 12, nominalDate: '2026-02-28', postingDate: '2026-02-28', fireAt: '2026-02-28T08:00:00Z' },
  { index: 13, nominalDate: '2026-03-28', postingDate: '2026-03-30', fireAt: '2026-03-30T07:00:00Z' },
  { index: 15, nominalDate: '2026-04-26', postingDate: null, fireAt: '2026-04-26T07:00:00Z' },
];

test('recurring-transaction 3: a plan is the same after its way through the history, at less than half of the size', () => {
  const lines = toPlanLines(PLAN);
  expect(fromPlanLines(JSON.parse(JSON.stringify(lines)) as string[])).toEqual(PLAN);
  expect(JSON.stringify(lines).length * 2).toBeLessThan(JSON.stringify(PLAN).length);
});

test('recurring-transaction 3: a plan of an earlier release is read as it is', () => {
  expect(fromPlanLines(PLAN)).toEqual(PLAN);
});
