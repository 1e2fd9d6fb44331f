import fc from 'fast-check';
import type { CatchUpPolicy, Occurrence, RecurringTransactionInput } from '../../contract';
import { addSkip, changeProblem, endPause, orderPause, orderResume, splitDue } from './orders';
import { type Recurrence, carryOf, endReason, openRecurrence, settle, stateOf } from './recurrence-state';

const INPUT: RecurringTransactionInput = {
  templateId: 'rent',
  userId: 'u1',
  startDate: '2026-01-01',
  schedule: { kind: 'interval', everyDays: 1 },
  zone: 'Europe/Berlin',
};
const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-01-01T00:05:00Z');

function occurrence(index: number): Occurrence {
  const fireAt = new Date(START_MS + (index - 1) * DAY_MS).toISOString();
  return { index, nominalDate: fireAt.slice(0, 10), postingDate: fireAt.slice(0, 10), fireAt };
}
const occurrences = (n: number): Occurrence[] => Array.from({ length: n }, (_, at) => occurrence(at + 1));
const carriedOver = (recurrence: Recurrence): Recurrence => openRecurrence({ ...INPUT, carry: carryOf(recurrence) });

test('recurring-transaction 9: parts of a backlog, split one after another, are the same as the backlog split at once', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 60 }),
      fc.integer({ min: 2, max: 20 }),
      fc.constantFrom<CatchUpPolicy>('all', 'latest', 'none'),
      (total, window, policy) => {
        const recurrence = { ...openRecurrence(INPUT), catchUpConfirmed: policy };
        let open = occurrences(total);
        const posted: number[] = [];
        const missed: number[] = [];
        while (open.length > 0) {
          const due = open.slice(0, window);
          const split = splitDue(recurrence, { due, moreDue: due.length === window });
          const settled = split.missed.length + split.toPost.length;
          expect(settled).toBeGreaterThan(0);
          posted.push(...split.toPost.map(({ index }) => index));
          missed.push(...split.missed.map(({ index }) => index));
          open = open.slice(settled);
        }
        expect(posted.length + missed.length).toBe(total);
        expect(posted).toEqual(
          policy === 'none' ? [] : policy === 'latest' ? [total] : occurrences(total).map(({ index }) => index),
        );
      },
    ),
  );
});

test.each([
  ['none', undefined, 0],
  ['none', '2026-01-01', 1],
  ['none', '2025-12-31', 0],
  ['latest', undefined, 1],
  ['all', undefined, 1],
] as const)('recurring-transaction 9: one due with %s, slept for %s: %i posted', (catchUp, awaited, posted) => {
  const due = [occurrence(1)];
  expect(splitDue({ ...openRecurrence({ ...INPUT, catchUp }), awaited }, { due, moreDue: false }).toPost).toHaveLength(
    posted,
  );
});

test('recurring-transaction 11: whatever was ordered, the last order counts, in the next run too', () => {
  const order = fc.constantFrom('skip', 'catchUp', 'resume', 'continueAsNew');
  fc.assert(
    fc.property(fc.array(order, { maxLength: 12 }), (orders) => {
      let recurrence = openRecurrence(INPUT);
      for (const each of orders) {
        if (each === 'continueAsNew') recurrence = carriedOver(recurrence);
        else if (each === 'resume') orderResume(recurrence);
        else orderPause(recurrence, { onResume: each });
      }
      const given = orders.filter((each) => each !== 'continueAsNew');
      const lastPause = given.findLast((each) => each !== 'resume');
      expect(recurrence.paused?.onResume).toBe(lastPause);
      expect(recurrence.resumeWanted).toBe(lastPause !== undefined && given.at(-1) === 'resume');
    }),
  );
});

test('recurring-transaction 11: a pause that is ordered while an older one is being ended stays in force', () => {
  const recurrence = openRecurrence(INPUT);
  orderPause(recurrence, { onResume: 'skip' });
  const older = recurrence.paused;
  orderResume(recurrence);
  orderPause(recurrence, { onResume: 'catchUp' });
  endPause(recurrence, older);
  expect(recurrence).toMatchObject({ paused: { onResume: 'catchUp' }, resumeWanted: false });
  endPause(recurrence, recurrence.paused);
  expect(recurrence.paused).toBeUndefined();
});

test('recurring-transaction 14: a pause by hand keeps the reason of a pause after failures, until that is resumed', () => {
  const recurrence = openRecurrence(INPUT);
  orderPause(recurrence, { onResume: 'catchUp', reason: 'AccountClosed' });
  orderPause(recurrence, { onResume: 'skip' });
  expect(recurrence.paused).toEqual({ onResume: 'skip', reason: 'AccountClosed' });
  orderResume(recurrence);
  orderPause(recurrence, { onResume: 'skip' });
  expect(recurrence.paused).toEqual({ onResume: 'skip' });
});

test('recurring-transaction 10: only an occurrence to come can be skipped; in a pause a missed one too', () => {
  const recurrence = openRecurrence(INPUT);
  settle(recurrence, occurrence(1), { outcome: 'posted' });
  const nowMs = START_MS + 2.5 * DAY_MS;
  expect(changeProblem(recurrence, { ...occurrence(1), nowMs })).toMatch('settled already');
  expect(changeProblem(recurrence, { ...occurrence(2), nowMs })).toMatch('is due since');
  expect(changeProblem(recurrence, { ...occurrence(4), nowMs })).toBeUndefined();
  orderPause(recurrence, { onResume: 'catchUp' });
  expect(changeProblem(recurrence, { ...occurrence(2), nowMs })).toBeUndefined();
  recurrence.posting = occurrence(2).nominalDate;
  expect(changeProblem(recurrence, { ...occurrence(2), nowMs })).toMatch('is being posted');
});

test('recurring-transaction 16, 18: no more than 500 exceptions to come, which fit in 32 KiB; settled ones do not count', () => {
  const recurrence = openRecurrence(INPUT);
  for (const { nominalDate } of occurrences(500)) addSkip(recurrence, nominalDate);
  const refused = { ...occurrence(501), nowMs: START_MS - DAY_MS };
  expect(changeProblem(recurrence, refused)).toMatch('No more than 500');
  expect(changeProblem(recurrence, { ...occurrence(500), nowMs: START_MS - DAY_MS })).toBeUndefined();
  expect(Buffer.byteLength(JSON.stringify(carryOf(recurrence)))).toBeLessThan(32 * 1024);
  settle(recurrence, occurrence(1), { outcome: 'skipped', reason: 'user' });
  expect(changeProblem(recurrence, refused)).toBeUndefined();
});

test('recurring-transaction 16: what an unfinished catch-up and a sleep need is carried', () => {
  const recurrence = openRecurrence(INPUT);
  recurrence.catchUpConfirmed = 'none';
  recurrence.awaited = '2026-01-05';
  expect(carriedOver(recurrence)).toMatchObject({ catchUpConfirmed: 'none', awaited: '2026-01-05' });
});

test.each([
  [undefined, 'FREQ=DAILY;UNTIL=20260105', 5, 'until'],
  [undefined, 'RRULE:COUNT=5;FREQ=DAILY', 5, 'count'],
  [{ count: 5 }, 'FREQ=DAILY;UNTIL=20260103', 3, 'until'],
  [{ until: '2026-01-31' }, 'FREQ=DAILY;COUNT=4', 4, 'count'],
  [{ until: '2026-01-03' }, 'FREQ=DAILY;COUNT=4', 3, 'until'],
  [{ count: 2 }, 'FREQ=DAILY', 2, 'count'],
] as const)('recurring-transaction 13: end %j with %s after %i ends by %s', (end, text, index, reason) => {
  const { rule } = openRecurrence({ ...INPUT, schedule: { kind: 'rrule', text }, ...(end ? { end } : {}) });
  expect(endReason({ rule, index })).toBe(reason);
});

test.each([
  [undefined, 24],
  [0, 0],
  [3, 3],
  [100, 24],
  [-1, 0],
  [Number.NaN, 0],
])('recurring-transaction 12: upcoming %p lists %i', (limit, listed) => {
  expect(stateOf(openRecurrence(INPUT), occurrences(30), limit).upcoming).toHaveLength(listed);
});
