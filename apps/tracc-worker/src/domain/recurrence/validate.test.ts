import type { RecurrenceRule } from '../../contract';
import { nominalOccurrences, validateRule } from './index';

const sound: RecurrenceRule = {
  startDate: '2025-01-31',
  schedule: { kind: 'monthly', every: 1, day: 31 },
  zone: 'Europe/Berlin',
  postAt: '00:05',
  monthEnd: 'clamp',
  weekend: 'none',
};
const withSchedule = (schedule: unknown): RecurrenceRule => ({
  ...sound,
  schedule: schedule as RecurrenceRule['schedule'],
});
const fields = (rule: RecurrenceRule): string[] => validateRule(rule).map(({ field }) => field);

test.each([
  [{ kind: 'interval', everyDays: 1 }],
  [{ kind: 'interval', everyDays: 3660 }],
  [{ kind: 'weekly', every: 2, weekday: 7 }],
  [{ kind: 'monthly', every: 1, day: -1 }],
  [{ kind: 'monthlyNth', every: 1, nth: -1, weekday: 5 }],
  [{ kind: 'yearly', every: 1, month: 2, day: 29 }],
  [{ kind: 'rrule', text: 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1' }],
  [{ kind: 'rrule', text: 'rrule:freq=weekly;byday=mo;wkst=su;count=3' }],
])('recurring-transaction 2: %j is sound', (schedule) => {
  expect(validateRule(withSchedule(schedule))).toEqual([]);
});

test.each([
  ['schedule', undefined],
  ['schedule.kind', { kind: 'hourly' }],
  ['schedule.kind', { kind: '__proto__' }],
  ['schedule.everyDays', { kind: 'interval', everyDays: 0 }],
  ['schedule.everyDays', { kind: 'interval', everyDays: 3661 }],
  ['schedule.everyDays', { kind: 'interval', everyDays: 1.5 }],
  ['schedule.everyDays', { kind: 'interval', everyDays: '30' }],
  ['schedule.every', { kind: 'weekly', every: 0, weekday: 1 }],
  ['schedule.weekday', { kind: 'weekly', every: 1, weekday: 0 }],
  ['schedule.day', { kind: 'monthly', every: 1, day: 32 }],
  ['schedule.day', { kind: 'monthly', every: 1, day: 0 }],
  ['schedule.day', { kind: 'monthly', every: 1, day: -2 }],
  ['schedule.nth', { kind: 'monthlyNth', every: 1, nth: 6, weekday: 1 }],
  ['schedule.month', { kind: 'yearly', every: 1, month: 13, day: 1 }],
  ['schedule.day', { kind: 'yearly', every: 1, month: 4, day: 31 }],
  ['schedule.day', { kind: 'yearly', every: 1, month: 2, day: 30 }],
  ['schedule.text', { kind: 'rrule', text: '' }],
  ['schedule.text', { kind: 'rrule', text: 7 }],
  ['schedule.text', { kind: 'rrule', text: 'every month' }],
  ['schedule.text', { kind: 'rrule', text: 'BYDAY=MO' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=HOURLY' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=DAILY;BYHOUR=3' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=MONTHLY;BYMONTHDAY=32' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=MONTHLY;BYMONTHDAY=0' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=DAILY;INTERVAL=0' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=DAILY;COUNT=2;UNTIL=20260101' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=DAILY;UNTIL=20260231' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=DAILY;UNTIL=20240101' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=DAILY;FREQ=DAILY' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=DAILY;CONSTRUCTOR=1' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=WEEKLY;BYDAY=1MO' }],
  ['schedule.text', { kind: 'rrule', text: 'DTSTART:20250101T000000Z\nRRULE:FREQ=DAILY' }],
  ['schedule', { kind: 'rrule', text: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }],
])('recurring-transaction 2: a problem in %s: %j', (field, schedule) => {
  expect(fields(withSchedule(schedule))).toEqual([field]);
});

test('recurring-transaction 5: a rule without any date is a problem', () => {
  const never: RecurrenceRule = {
    ...withSchedule({ kind: 'monthly', every: 12, day: 30 }),
    startDate: '2025-02-01',
    monthEnd: 'skip',
  };
  expect(validateRule(never)).toEqual([{ field: 'schedule', problem: 'never falls on a date' }]);
});

test.each([
  ['startDate', { startDate: '2025-02-30' }],
  ['startDate', { startDate: '31.01.2025' }],
  ['startDate', { startDate: '9999-01-01' }],
  ['zone', { zone: 'Mars/Olympus' }],
  ['zone', { zone: '+02:00' }],
  ['zone', { zone: '' }],
  ['postAt', { postAt: '24:00' }],
  ['postAt', { postAt: '7:00' }],
  ['postAt', { postAt: '07:00:30' }],
  ['monthEnd', { monthEnd: 'last' as 'skip' }],
  ['weekend', { weekend: 'nearest' as 'next' }],
  ['end.until', { end: { until: '2025-01-30' } }],
  ['end.until', { end: { until: 'soon' } }],
  ['end.count', { end: { count: 0 } }],
  ['end.count', { end: { count: 2.5 } }],
  ['end', { end: { until: '2026-01-01', count: 3 } }],
  ['end', { end: {} as { count: number } }],
])('recurring-transaction 1: a problem in %s: %j', (field, change) => {
  expect(fields({ ...sound, ...change })).toEqual([field]);
});

test('recurring-transaction 18: everything wrong is named at once, in sentences that show the value', () => {
  const problems = validateRule({
    ...sound,
    zone: 'Nowhere',
    postAt: 'noon',
    schedule: { kind: 'monthly', every: 1, day: 40 },
  });
  expect(problems).toEqual([
    { field: 'zone', problem: 'must be an IANA time zone such as Europe/Berlin, got "Nowhere"' },
    { field: 'postAt', problem: 'must be a time of the form HH:MM from 00:00 to 23:59, got "noon"' },
    { field: 'schedule.day', problem: 'must be a whole number from 1 to 31, or -1 for the last, got 40' },
  ]);
});

test('an RRULE that is refused cannot be expanded either', () => {
  expect(() =>
    nominalOccurrences(withSchedule({ kind: 'rrule', text: 'FREQ=MONTHLY;BYMONTHDAY=32' }), { limit: 1 }),
  ).toThrow(RangeError);
});
