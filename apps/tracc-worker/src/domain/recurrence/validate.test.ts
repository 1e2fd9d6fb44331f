import fc from 'fast-check';
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
  ['schedule.weekday', { kind: 'weekly', every: 1, weekday: 8 }],
  ['schedule.every', { kind: 'weekly', every: 5201, weekday: 1 }],
  ['schedule.day', { kind: 'monthly', every: 1, day: 32 }],
  ['schedule.day', { kind: 'monthly', every: 1, day: 0 }],
  ['schedule.day', { kind: 'monthly', every: 1, day: -2 }],
  ['schedule.every', { kind: 'monthly', every: 1201, day: 1 }],
  ['schedule.nth', { kind: 'monthlyNth', every: 1, nth: 0, weekday: 1 }],
  ['schedule.nth', { kind: 'monthlyNth', every: 1, nth: -2, weekday: 1 }],
  ['schedule.nth', { kind: 'monthlyNth', every: 1, nth: 6, weekday: 1 }],
  ['schedule.weekday', { kind: 'monthlyNth', every: 1, nth: 1, weekday: 8 }],
  ['schedule.every', { kind: 'yearly', every: 101, month: 1, day: 1 }],
  ['schedule.month', { kind: 'yearly', every: 1, month: 0, day: 1 }],
  ['schedule.day', { kind: 'yearly', every: 1, month: 1, day: -1 }],
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
  ['schedule.text', { kind: 'rrule', text: 'FREQ=DAILY;UNTIL=tomorrow' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=DAILY;COUNT=0' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=DAILY;=3' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=DAILY;' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=MONTHLY;BYDAY=0MO' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=MONTHLY;BYDAY=XX' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=MONTHLY;BYMONTH=13' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=MONTHLY;BYSETPOS=1' }],
  ['schedule.text', { kind: 'rrule', text: 'FREQ=MONTHLY;BYYEARDAY=1' }],
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
  ['zone', { zone: undefined as unknown as string }],
  ['zone', { zone: '+02:00' }],
  ['zone', { zone: '' }],
  ['postAt', { postAt: '24:00' }],
  ['postAt', { postAt: '7:00' }],
  ['postAt', { postAt: '07:00:30' }],
  ['postAt', { postAt: '07:60' }],
  ['postAt', { postAt: 7 as unknown as string }],
  ['monthEnd', { monthEnd: 'last' as 'skip' }],
  ['weekend', { weekend: 'nearest' as 'next' }],
  ['end.until', { end: { until: '2025-01-30' } }],
  ['end.until', { end: { until: 'soon' } }],
  ['end.until', { end: { until: '2026-02-29' } }],
  ['end.until', { end: { until: '2026-01-01T00:00:00Z' } }],
  ['end.count', { end: { count: 0 } }],
  ['end.count', { end: { count: -1 } }],
  ['end.count', { end: { count: 1_000_001 } }],
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

test('recurring-transaction 13: an end on the start date itself is sound, and leaves one occurrence', () => {
  const rule = { ...sound, end: { until: sound.startDate } };
  expect(validateRule(rule)).toEqual([]);
  expect(nominalOccurrences(rule, { limit: 9 })).toEqual([{ index: 1, nominalDate: sound.startDate }]);
});

const VALID_RANGES = [
  ['schedule.everyDays', 1, 3660, (everyDays: number) => ({ kind: 'interval', everyDays })],
  ['schedule.weekday', 1, 7, (weekday: number) => ({ kind: 'weekly', every: 1, weekday })],
  ['schedule.every', 1, 5200, (every: number) => ({ kind: 'weekly', every, weekday: 1 })],
  ['schedule.day', 1, 31, (day: number) => ({ kind: 'monthly', every: 1, day })],
  ['schedule.nth', 1, 5, (nth: number) => ({ kind: 'monthlyNth', every: 1, nth, weekday: 1 })],
  ['schedule.month', 1, 12, (month: number) => ({ kind: 'yearly', every: 1, month, day: 1 })],
] as const;

test.each(VALID_RANGES)(
  'recurring-transaction 2, 18: %s is a whole number from %i to %i',
  (field, min, max, scheduleOf) => {
    const mayBeLast = field === 'schedule.day' || field === 'schedule.nth';
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.integer({ min: min - 5, max: max + 5 }), fc.double()), (value) => {
        const isSound = (Number.isInteger(value) && value >= min && value <= max) || (mayBeLast && value === -1);
        expect(fields(withSchedule(scheduleOf(value)))).toEqual(isSound ? [] : [field]);
      }),
      { numRuns: 100 },
    );
  },
);

test('recurring-transaction 1, 18: postAt is a time of a day to the minute, and nothing else', () => {
  const clock = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 70 }));
  fc.assert(
    fc.property(clock, fc.constantFrom('', ':00', ' ', 'Z', '.5'), ([hour, minute], tail) => {
      const text = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
      const isSound = hour < 24 && minute < 60 && tail === '';
      expect(fields({ ...sound, postAt: text + tail })).toEqual(isSound ? [] : ['postAt']);
    }),
    { numRuns: 300 },
  );
});

test('recurring-transaction 2: any text is read as an RRULE or refused by its field, without throwing', () => {
  const part = fc.constantFrom(
    'FREQ',
    'DAILY',
    'MONTHLY',
    'BYDAY',
    'MO',
    '=',
    ';',
    ',',
    '-1',
    '0',
    '99',
    'UNTIL',
    '20260101',
    'RRULE:',
    ' ',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 9 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (random) => {
      const found = fields(withSchedule({ kind: 'rrule', text: random }));
      expect(['', 'schedule', 'schedule.text']).toContain(found.join());
    }),
    { numRuns: 300 },
  );
});
