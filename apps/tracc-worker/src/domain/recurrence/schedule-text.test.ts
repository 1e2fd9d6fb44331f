import fc from 'fast-check';
import type { RecurrenceRule, RecurrenceSchedule } from '../../contract';
import { fireInstant } from './fire-time';
import { planOccurrences } from './occurrences';
import { describeRule, describeSchedule, notesOf, parseSchedule, reasonNote } from './schedule-text';

const ruleOf = (rule: Partial<RecurrenceRule> = {}): RecurrenceRule => ({
  startDate: '2026-01-31',
  schedule: { kind: 'monthly', every: 1, day: 31 },
  zone: 'Europe/Berlin',
  postAt: '00:05',
  monthEnd: 'clamp',
  weekend: 'none',
  ...rule,
});

test.each<[string, RecurrenceSchedule, string]>([
  ['every 30 days', { kind: 'interval', everyDays: 30 }, 'every 30 days'],
  ['every 1 day', { kind: 'interval', everyDays: 1 }, 'every day'],
  ['weekly mon', { kind: 'weekly', every: 1, weekday: 1 }, 'every week on Monday'],
  ['weekly tue x2', { kind: 'weekly', every: 2, weekday: 2 }, 'every 2 weeks on Tuesday'],
  ['monthly 31', { kind: 'monthly', every: 1, day: 31 }, 'every month on day 31'],
  ['monthly last x3', { kind: 'monthly', every: 3, day: -1 }, 'every 3 months on the last day'],
  ['monthly 2nd tue', { kind: 'monthlyNth', every: 1, nth: 2, weekday: 2 }, 'on the second Tuesday of every month'],
  [
    'monthly last fri x3',
    { kind: 'monthlyNth', every: 3, nth: -1, weekday: 5 },
    'on the last Friday of every 3rd month',
  ],
  [
    'monthly 5th sun x12',
    { kind: 'monthlyNth', every: 12, nth: 5, weekday: 7 },
    'on the fifth Sunday of every 12th month',
  ],
  [
    'monthly 1st wed x22',
    { kind: 'monthlyNth', every: 22, nth: 1, weekday: 3 },
    'on the first Wednesday of every 22nd month',
  ],
  ['yearly 02-29', { kind: 'yearly', every: 1, month: 2, day: 29 }, 'every year on 29 February'],
  ['yearly 03-01 x2', { kind: 'yearly', every: 2, month: 3, day: 1 }, 'every 2 years on 1 March'],
  [
    'rrule FREQ=MONTHLY;BYDAY=-1FR',
    { kind: 'rrule', text: 'FREQ=MONTHLY;BYDAY=-1FR' },
    'RRULE FREQ=MONTHLY;BYDAY=-1FR',
  ],
])('recurring-transaction 2: %s', (text, schedule, words) => {
  expect(parseSchedule(text)).toEqual(schedule);
  expect(describeSchedule(schedule)).toBe(words);
});

describe('a rule in words', () => {
  test('recurring-transaction 1: all of it', () => {
    expect(describeRule(ruleOf({ weekend: 'next', end: { until: '2027-12-31' } }))).toBe(
      'every month on day 31 (the last day of shorter months) from 31 Jan 2026 until 31 Dec 2027; ' +
        'a weekend moves it to Monday; at 00:05 Europe/Berlin',
    );
  });

  const monthly = (day: number, every = 1): Partial<RecurrenceRule> => ({ schedule: { kind: 'monthly', every, day } });
  test.each<[Partial<RecurrenceRule>, string | undefined]>([
    [monthly(28), undefined],
    [monthly(-1), undefined],
    [monthly(29), 'the last day of February of a common year'],
    [{ ...monthly(29), monthEnd: 'skip' }, 'not in February of a common year'],
    [monthly(30), 'the last day of February'],
    [{ ...monthly(31), monthEnd: 'skip' }, 'not in shorter months'],
    // January, April, July, October: only April is short.
    [monthly(31, 3), 'the last day of April'],
    [monthly(31, 12), undefined],
    [{ schedule: { kind: 'yearly', every: 1, month: 2, day: 29 } }, '28 in common years'],
    [{ schedule: { kind: 'yearly', every: 1, month: 2, day: 29 }, monthEnd: 'skip' }, 'leap years only'],
    [{ schedule: { kind: 'yearly', every: 1, month: 3, day: 31 } }, undefined],
    [{ schedule: { kind: 'monthlyNth', every: 1, nth: 5, weekday: 2 } }, 'none in a month that has four'],
    [{ schedule: { kind: 'monthlyNth', every: 1, nth: 4, weekday: 2 } }, undefined],
  ])('recurring-transaction 5: %j', (rule, words) => {
    expect(/\((.*)\)/.exec(describeRule(ruleOf(rule)))?.[1]).toBe(words);
  });

  test.each<[Partial<RecurrenceRule>, string | undefined]>([
    [{ weekend: 'none' }, undefined],
    [{ weekend: 'skip' }, 'a date on a weekend is not booked'],
    [{ weekend: 'previous' }, 'a weekend moves it to Friday'],
    [{ weekend: 'next' }, 'a weekend moves it to Monday'],
    [{ weekend: 'next', schedule: { kind: 'weekly', every: 1, weekday: 5 } }, undefined],
    [{ weekend: 'next', schedule: { kind: 'weekly', every: 1, weekday: 6 } }, 'a weekend moves it to Monday'],
    // 31 January 2026 is a Saturday, 30 a Friday.
    [{ weekend: 'next', schedule: { kind: 'interval', everyDays: 14 } }, 'a weekend moves it to Monday'],
    [{ weekend: 'next', schedule: { kind: 'interval', everyDays: 14 }, startDate: '2026-01-30' }, undefined],
  ])('recurring-transaction 4: %j', (rule, words) => {
    const parts = describeRule(ruleOf(rule)).split('; ');
    expect(parts.slice(1, -1)).toEqual(words === undefined ? [] : [words]);
  });

  test.each([
    [{ count: 1 }, 'from 31 Jan 2026, once;'],
    [{ count: 2 }, 'from 31 Jan 2026, twice;'],
    [{ count: 12 }, 'from 31 Jan 2026, 12 times;'],
    [{ until: '2027-12-31' }, 'from 31 Jan 2026 until 31 Dec 2027;'],
  ])('recurring-transaction 13: %j', (end, words) => {
    expect(describeRule(ruleOf({ end }))).toContain(words);
  });
});

describe('notes of an occurrence', () => {
  test.each<[Partial<RecurrenceRule>, string, string | null, string | undefined]>([
    [{}, '2026-03-31', '2026-03-31', undefined],
    [{}, '2026-02-28', '2026-02-28', 'short month: day 31 falls on the 28th'],
    [{}, '2024-02-29', '2024-02-29', 'short month: day 31 falls on the 29th'],
    [{ weekend: 'next' }, '2026-02-28', '2026-03-02', 'short month: day 31 falls on the 28th; weekend'],
    [{ weekend: 'previous' }, '2026-01-31', '2026-01-30', 'weekend'],
    [{ weekend: 'skip' }, '2026-01-31', null, 'weekend'],
    [{ weekend: 'next' }, '2026-01-31', '2026-02-05', 'your choice'],
    [{ weekend: 'next' }, '2026-01-31', '2026-01-31', 'your choice'],
    // Not booked for another reason than the weekend.
    [{ weekend: 'skip' }, '2026-03-31', null, undefined],
    [
      { schedule: { kind: 'yearly', every: 1, month: 2, day: 29 } },
      '2026-02-28',
      '2026-02-28',
      'common year: 29 February falls on the 28th',
    ],
    [{ schedule: { kind: 'yearly', every: 1, month: 2, day: 29 } }, '2028-02-29', '2028-02-29', undefined],
    [{ schedule: { kind: 'monthly', every: 1, day: -1 } }, '2026-02-28', '2026-02-28', undefined],
  ])('recurring-transaction 4, 5: %j on %s', (rule, nominalDate, postingDate, note) => {
    expect(notesOf(ruleOf(rule), { nominalDate, postingDate })).toBe(note);
  });

  test.each([
    ['Europe/Berlin', '02:30', '2026-03-29', 'clocks go forward, 02:30 is 03:30'],
    ['Europe/Berlin', '02:30', '2026-10-25', '02:30 comes twice that day, the first one counts'],
    ['Europe/Berlin', '03:00', '2026-10-25', undefined],
    ['Europe/Berlin', '03:00', '2026-03-29', undefined],
    // Midnight itself is left out.
    ['America/Santiago', '00:05', '2026-09-06', 'clocks go forward, 00:05 is 01:05'],
    ['Australia/Lord_Howe', '02:10', '2026-10-04', 'clocks go forward, 02:10 is 02:40'],
    ['Pacific/Apia', '00:05', '2011-12-30', 'Pacific/Apia has no Fri 30 Dec 2011, posted Sat 31 Dec 2011 00:05'],
    ['UTC', '02:30', '2026-03-29', undefined],
  ])('recurring-transaction 6: %s %s on %s', (zone, postAt, date, note) => {
    const rule = ruleOf({ zone, postAt, schedule: { kind: 'interval', everyDays: 1 } });
    expect(notesOf(rule, { nominalDate: date, postingDate: date })).toBe(note);
  });

  test('recurring-transaction 6: the time that is named is the local time of the fire instant', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'America/Santiago', 'Australia/Lord_Howe');
    const hours = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(zones, hours, fc.constantFrom('00', '05', '10', '30'), (zone, hour, minute) => {
        const postAt = `0${hour}:${minute}`;
        const schedule = { kind: 'interval', everyDays: 1 } as const;
        const rule = ruleOf({ zone, postAt, schedule, startDate: '2026-01-01' });
        const local = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
        for (const occurrence of planOccurrences({ rule, limit: 365 })) {
          const fires = local.format(new Date(fireInstant({ date: occurrence.nominalDate, postAt, zone })));
          const note = notesOf(rule, occurrence);
          if (fires === postAt) expect(note ?? 'comes twice').toContain('comes twice');
          else expect(note).toBe(`clocks go forward, ${postAt} is ${fires}`);
        }
      }),
      { numRuns: 12 },
    );
  });
});

test.each([
  ['user', 'by you'],
  ['paused', 'while paused'],
  ['missed', 'missed'],
  ['AccountClosed', 'the account is closed'],
  ['Timeout', 'Timeout'],
  ['constructor', 'constructor'],
  [null, undefined],
  [undefined, undefined],
])('recurring-transaction 12: the reason %s in words', (reason, words) => {
  expect(reasonNote(reason)).toBe(words);
});
