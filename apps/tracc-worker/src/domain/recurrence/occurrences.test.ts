import fc from 'fast-check';
import type { RecurrenceRule, RecurrenceSchedule, WeekendRule, Weekday } from '../../contract';
import { fireInstant, isOccurrence, nominalOccurrences, planOccurrences, ruleOf } from './index';

const RUNS = { numRuns: 100 };
const DAY_MS = 86_400_000;

function ruleWith(schedule: RecurrenceSchedule, more: Partial<RecurrenceRule> = {}): RecurrenceRule {
  return {
    startDate: '2024-01-31',
    schedule,
    zone: 'UTC',
    postAt: '00:05',
    monthEnd: 'clamp',
    weekend: 'none',
    ...more,
  };
}
const dates = (rule: RecurrenceRule, limit: number, after?: string): string[] =>
  nominalOccurrences(rule, { limit, after }).map(({ nominalDate }) => nominalDate);

// ---------------------------------------------------------------- the oracle: every day asked, with Date only

interface Day {
  readonly text: string;
  readonly utcMs: number;
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly lastDay: number;
}

const knownDays = new Map<number, Day>();
function dayAt(utcMs: number): Day {
  const known = knownDays.get(utcMs) ?? computeDay(utcMs);
  knownDays.set(utcMs, known);
  return known;
}

function computeDay(utcMs: number): Day {
  const date = new Date(utcMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
  return {
    text: date.toISOString().slice(0, 10),
    utcMs,
    year,
    month,
    day: date.getUTCDate(),
    weekday: date.getUTCDay() === 0 ? 7 : date.getUTCDay(),
    lastDay: new Date(Date.UTC(year, month, 0)).getUTCDate(),
  };
}

function falls(rule: RecurrenceRule, day: Day): boolean {
  const start = dayAt(Date.parse(rule.startDate));
  const days = (day.utcMs - start.utcMs) / DAY_MS;
  const months = (day.year - start.year) * 12 + day.month - start.month;
  const isDay = (wanted: number): boolean =>
    wanted === -1
      ? day.day === day.lastDay
      : day.day === wanted || (rule.monthEnd === 'clamp' && wanted > day.lastDay && day.day === day.lastDay);
  const { schedule } = rule;
  switch (schedule.kind) {
    case 'interval':
      return days % schedule.everyDays === 0;
    case 'weekly':
      return day.weekday === schedule.weekday && Math.floor(days / 7) % schedule.every === 0;
    case 'monthly':
      return months % schedule.every === 0 && isDay(schedule.day);
    case 'monthlyNth': {
      const nth = Math.ceil(day.day / 7);
      const isNth = schedule.nth === -1 ? day.day + 7 > day.lastDay : nth === schedule.nth;
      return months % schedule.every === 0 && day.weekday === schedule.weekday && isNth;
    }
    case 'yearly':
      return (day.year - start.year) % schedule.every === 0 && day.month === schedule.month && isDay(schedule.day);
    case 'rrule':
      throw new Error('RRULE has an oracle of its own');
  }
}

function oracleDates(rule: RecurrenceRule, { days }: { days: number }, isDate = falls): string[] {
  const found: string[] = [];
  const start = Date.parse(rule.startDate);
  for (let n = 0; n < days; n++) {
    const day = dayAt(start + n * DAY_MS);
    if (rule.end && 'until' in rule.end && day.text > rule.end.until) break;
    if (rule.end && 'count' in rule.end && found.length >= rule.end.count) break;
    if (isDate(rule, day)) found.push(day.text);
  }
  return found;
}

/** First instant with that wall clock; when there is none, the wall clock moved on by the offset that held before. */
function oracleFireAt({ date, postAt, zone }: { date: string; postAt: string; zone: string }): string {
  const wall = Date.parse(`${date}T${postAt}:00Z`);
  for (let offsetMinutes = 15 * 60; offsetMinutes >= -15 * 60; offsetMinutes -= 15) {
    const instant = wall - offsetMinutes * 60_000;
    if (wallClock(instant, zone) === wall) return isoSecond(instant);
  }
  const dayBefore = wall - 26 * 3_600_000;
  return isoSecond(wall - (wallClock(dayBefore, zone) - dayBefore));
}

const formats = new Map<string, Intl.DateTimeFormat>();
function wallClock(instant: number, zone: string): number {
  const known = formats.get(zone);
  const format =
    known ??
    new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' });
  if (!known) formats.set(zone, format);
  return Date.parse(`${format.format(instant).replace(' ', 'T')}Z`);
}
const isoSecond = (instant: number): string => new Date(instant).toISOString().replace('.000Z', 'Z');

// ---------------------------------------------------------------- generators

const civil = fc
  .integer({ min: Date.parse('2006-01-01') / DAY_MS, max: Date.parse('2032-12-31') / DAY_MS })
  .map((n) => dayAt(n * DAY_MS).text);
const weekday = fc.integer({ min: 1, max: 7 }) as fc.Arbitrary<Weekday>;
const schedule: fc.Arbitrary<RecurrenceSchedule> = fc.oneof(
  fc.record({ kind: fc.constant('interval' as const), everyDays: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ kind: fc.constant('weekly' as const), every: fc.integer({ min: 1, max: 5 }), weekday }),
  fc.record({
    kind: fc.constant('monthly' as const),
    every: fc.integer({ min: 1, max: 7 }),
    day: fc.oneof(fc.integer({ min: 1, max: 31 }), fc.constantFrom(-1, 29, 30, 31)),
  }),
  fc.record({
    kind: fc.constant('monthlyNth' as const),
    every: fc.integer({ min: 1, max: 5 }),
    nth: fc.constantFrom(1, 2, 3, 4, 5, 5, -1),
    weekday,
  }),
  fc
    .record({
      every: fc.integer({ min: 1, max: 3 }),
      month: fc.integer({ min: 1, max: 12 }),
      day: fc.integer({ min: 1, max: 31 }),
    })
    .map(({ every, month, day }) => ({
      kind: 'yearly' as const,
      every,
      month,
      day: Math.min(day, new Date(Date.UTC(2024, month, 0)).getUTCDate()),
    })),
);
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
];
const anyRule: fc.Arbitrary<RecurrenceRule> = fc
  .record({
    startDate: civil,
    schedule,
    zone: fc.constantFrom(...ZONES),
    postAt: fc.constantFrom('00:00', '00:05', '01:30', '02:15', '02:30', '12:00', '23:59'),
    monthEnd: fc.constantFrom('clamp' as const, 'skip' as const),
    weekend: fc.constantFrom<WeekendRule>('none', 'skip', 'previous', 'next'),
    end: fc.option(fc.oneof(fc.record({ until: civil }), fc.record({ count: fc.integer({ min: 1, max: 40 }) })), {
      nil: null,
    }),
  })
  .map(({ end, ...rule }) =>
    end === null || ('until' in end && end.until < rule.startDate) ? rule : { ...rule, end },
  );

// ---------------------------------------------------------------- properties

describe('against a day-by-day oracle', () => {
  const days = 2600;

  test('recurring-transaction 2, 3, 13: every nominal, its position and the end', () => {
    fc.assert(
      fc.property(anyRule, (rule) => {
        const expected = oracleDates(rule, { days });
        const found = nominalOccurrences(rule, { limit: expected.length });
        expect(found).toEqual(expected.map((nominalDate, n) => ({ index: n + 1, nominalDate })));
      }),
      RUNS,
    );
  });

  test('recurring-transaction 3: jumping to any date gives the same dates and positions as counting from the start', () => {
    fc.assert(
      fc.property(anyRule, fc.integer({ min: -10, max: days - 1 }), (rule, offset) => {
        const after = dayAt(Date.parse(rule.startDate) + offset * DAY_MS).text;
        const expected = oracleDates(rule, { days }).map((nominalDate, n) => ({ index: n + 1, nominalDate }));
        const later = expected.filter(({ nominalDate }) => nominalDate > after).slice(0, 5);
        expect(nominalOccurrences(rule, { after, limit: later.length })).toEqual(later);
      }),
      RUNS,
    );
  });

  test('recurring-transaction 3: isOccurrence says yes to exactly those dates', () => {
    fc.assert(
      fc.property(anyRule, (rule) => {
        const expected = new Set(oracleDates(rule, { days: 200 }));
        for (let n = -3; n < 200; n++) {
          const { text } = dayAt(Date.parse(rule.startDate) + n * DAY_MS);
          if (isOccurrence(rule, text) !== expected.has(text)) throw new Error(`wrong about ${text}`);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('recurring-transaction 4, 6: posting date and fire time of every occurrence', () => {
    fc.assert(
      fc.property(anyRule, (rule) => {
        for (const { nominalDate, postingDate, fireAt } of planOccurrences({ rule, limit: 12 })) {
          const nominal = dayAt(Date.parse(nominalDate));
          const step = rule.weekend === 'previous' ? -1 : 1;
          let posting = nominal;
          if (rule.weekend !== 'none') while (posting.weekday > 5) posting = dayAt(posting.utcMs + step * DAY_MS);
          const isDropped = rule.weekend === 'skip' && nominal.weekday > 5;
          expect(postingDate).toBe(isDropped ? null : posting.text);
          expect(fireAt).toBe(
            oracleFireAt({ date: isDropped ? nominalDate : posting.text, postAt: rule.postAt, zone: rule.zone }),
          );
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('RRULE text', () => {
  const weekdayNames = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
  const shapes: { text: string; isDate: (rule: RecurrenceRule, day: Day) => boolean }[] = [
    {
      text: 'FREQ=DAILY;INTERVAL=3',
      isDate: (rule, { utcMs }) => ((utcMs - Date.parse(rule.startDate)) / DAY_MS) % 3 === 0,
    },
    {
      text: 'FREQ=WEEKLY;BYDAY=MO,WE,FR',
      isDate: (_, { weekday: is }) => ['MO', 'WE', 'FR'].includes(weekdayNames[is - 1]!),
    },
    { text: 'FREQ=MONTHLY;BYMONTHDAY=31', isDate: (_, { day }) => day === 31 },
    { text: 'FREQ=MONTHLY;BYMONTHDAY=-1', isDate: (_, { day, lastDay }) => day === lastDay },
    { text: 'FREQ=MONTHLY;BYDAY=-1FR', isDate: (_, { day, lastDay, weekday: is }) => is === 5 && day + 7 > lastDay },
    { text: 'FREQ=MONTHLY;BYDAY=2TU', isDate: (_, { day, weekday: is }) => is === 2 && day > 7 && day <= 14 },
    {
      text: 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
      isDate: (_, { day, lastDay, weekday: is }) => is <= 5 && (day === lastDay || (is === 5 && lastDay - day <= 2)),
    },
    { text: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', isDate: (_, { month, day }) => month === 2 && day === 29 },
    {
      text: 'FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=15',
      isDate: (_, { month, day }) => (month === 3 || month === 9) && day === 15,
    },
  ];

  test('recurring-transaction 2: dates, positions and jumps against the oracle', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...shapes),
        civil,
        fc.integer({ min: -5, max: 1400 }),
        ({ text, isDate }, startDate, offset) => {
          const rule = ruleWith({ kind: 'rrule', text }, { startDate });
          const after = dayAt(Date.parse(startDate) + offset * DAY_MS).text;
          const expected = oracleDates(rule, { days: 1500 }, isDate).map((nominalDate, n) => ({
            index: n + 1,
            nominalDate,
          }));
          const later = expected.filter(({ nominalDate }) => nominalDate > after).slice(0, 3);
          expect(nominalOccurrences(rule, { after, limit: later.length })).toEqual(later);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('recurring-transaction 13: the COUNT and UNTIL of the text end the rule, and so does the end beside it', () => {
    const monthly = 'RRULE:FREQ=MONTHLY;BYMONTHDAY=15';
    expect(dates(ruleWith({ kind: 'rrule', text: `${monthly};COUNT=2` }), 9)).toEqual(['2024-02-15', '2024-03-15']);
    expect(dates(ruleWith({ kind: 'rrule', text: `${monthly};UNTIL=20240315` }), 9)).toEqual([
      '2024-02-15',
      '2024-03-15',
    ]);
    expect(dates(ruleWith({ kind: 'rrule', text: `${monthly};COUNT=5` }, { end: { count: 1 } }), 9)).toEqual([
      '2024-02-15',
    ]);
    expect(dates(ruleWith({ kind: 'rrule', text: `${monthly};COUNT=2` }), 9, '2024-03-15')).toEqual([]);
  });

  test('recurring-transaction 13: an UNTIL in UTC ends on its date in the zone', () => {
    const schedule: RecurrenceSchedule = { kind: 'rrule', text: 'FREQ=DAILY;UNTIL=20240202T230000Z' };
    expect(dates(ruleWith(schedule, { zone: 'Europe/Berlin' }), 9).at(-1)).toBe('2024-02-03');
    expect(dates(ruleWith(schedule, { zone: 'America/New_York' }), 9).at(-1)).toBe('2024-02-02');
  });

  test('an RRULE is not counted from its start when the position is known', () => {
    const rule = ruleWith({ kind: 'rrule', text: 'FREQ=DAILY' }, { startDate: '1970-01-01' });
    expect(nominalOccurrences(rule, { after: '2024-12-31', afterIndex: 7, limit: 1 })).toEqual([
      { index: 8, nominalDate: '2025-01-01' },
    ]);
  });
});

// ---------------------------------------------------------------- cases named by the specification

test('recurring-transaction 3: the 31st goes to the last day and comes back', () => {
  expect(dates(ruleWith({ kind: 'monthly', every: 1, day: 31 }), 5)).toEqual([
    '2024-01-31',
    '2024-02-29',
    '2024-03-31',
    '2024-04-30',
    '2024-05-31',
  ]);
});

test('recurring-transaction 5: skip leaves short months out, and nth 5 leaves out months with four', () => {
  const skip31 = ruleWith({ kind: 'monthly', every: 1, day: 31 }, { monthEnd: 'skip' });
  expect(dates(skip31, 4)).toEqual(['2024-01-31', '2024-03-31', '2024-05-31', '2024-07-31']);
  const fifthFriday = ruleWith({ kind: 'monthlyNth', every: 1, nth: 5, weekday: 5 }, { startDate: '2024-01-01' });
  expect(dates(fifthFriday, 3)).toEqual(['2024-03-29', '2024-05-31', '2024-08-30']);
});

test('recurring-transaction 5: 29 February falls on 28 February in a common year', () => {
  const leapDay = ruleWith({ kind: 'yearly', every: 1, month: 2, day: 29 }, { startDate: '2024-02-29' });
  expect(dates(leapDay, 3)).toEqual(['2024-02-29', '2025-02-28', '2026-02-28']);
});

test('recurring-transaction 2: the default schedule is every 30 days from the start date, at 00:05', () => {
  const rule = ruleOf({ startDate: '2025-03-01', zone: 'Europe/Berlin' });
  expect(planOccurrences({ rule, limit: 2 })).toEqual([
    { index: 1, nominalDate: '2025-03-01', postingDate: '2025-03-01', fireAt: '2025-02-28T23:05:00Z' },
    { index: 2, nominalDate: '2025-03-31', postingDate: '2025-03-31', fireAt: '2025-03-30T22:05:00Z' },
  ]);
});

test('recurring-transaction 4: a weekend shift may cross a month and leaves the next nominal alone', () => {
  const rule = ruleWith({ kind: 'monthly', every: 1, day: 31 }, { startDate: '2024-08-31', weekend: 'next' });
  expect(planOccurrences({ rule, limit: 2 }).map(({ nominalDate, postingDate }) => [nominalDate, postingDate])).toEqual(
    [
      ['2024-08-31', '2024-09-02'],
      ['2024-09-30', '2024-09-30'],
    ],
  );
});

test('recurring-transaction 4, 13: a dropped weekend has no posting date and still counts', () => {
  const rule = ruleWith(
    { kind: 'interval', everyDays: 1 },
    { startDate: '2024-03-01', weekend: 'skip', end: { count: 4 } },
  );
  expect(planOccurrences({ rule, limit: 9 }).map(({ postingDate }) => postingDate)).toEqual([
    '2024-03-01',
    null,
    null,
    '2024-03-04',
  ]);
});

test('recurring-transaction 6: gap, overlap and a date the zone never had', () => {
  expect(fireInstant({ date: '2025-03-30', postAt: '02:30', zone: 'Europe/Berlin' })).toBe('2025-03-30T01:30:00Z');
  expect(fireInstant({ date: '2025-10-26', postAt: '02:30', zone: 'Europe/Berlin' })).toBe('2025-10-26T00:30:00Z');
  const rule = ruleWith({ kind: 'interval', everyDays: 1 }, { startDate: '2011-12-30', zone: 'Pacific/Apia' });
  expect(planOccurrences({ rule, limit: 1 })[0]).toEqual({
    index: 1,
    nominalDate: '2011-12-30',
    postingDate: '2011-12-30',
    fireAt: '2011-12-30T10:05:00Z',
  });
});

test('recurring-transaction 13: until is inclusive on the nominal date, also when the posting is later', () => {
  const rule = ruleWith({ kind: 'monthly', every: 1, day: 31 }, { weekend: 'next', end: { until: '2024-03-31' } });
  expect(planOccurrences({ rule, limit: 9 }).map(({ postingDate }) => postingDate)).toEqual([
    '2024-01-31',
    '2024-02-29',
    '2024-04-01',
  ]);
});

test('recurring-transaction 3: a cursor seven thousand years after the start is reached by a jump', () => {
  const fifthFriday = ruleWith({ kind: 'monthlyNth', every: 5, nth: 5, weekday: 5 }, { startDate: '0001-01-01' });
  const startedAt = performance.now();
  for (let n = 0; n < 20; n++)
    expect(nominalOccurrences(fifthFriday, { after: '7024-01-01', limit: 1 })).toHaveLength(1);
  expect((performance.now() - startedAt) / 20).toBeLessThan(50);
});

test('a position beyond one cycle of the calendar equals the count of the dates before it', () => {
  const rule = ruleWith({ kind: 'monthly', every: 3, day: 31 }, { startDate: '1600-01-31', monthEnd: 'skip' });
  const all = nominalOccurrences(rule, { limit: 2000 });
  const last = all.at(-1)!;
  expect(last.nominalDate > '2200').toBe(true);
  expect(nominalOccurrences(rule, { after: all.at(-2)!.nominalDate, limit: 1 })).toEqual([last]);
});

test('a known position goes on after a change of schedule', () => {
  const rule = ruleWith({ kind: 'monthly', every: 1, day: 1 }, { startDate: '2024-01-01', end: { count: 5 } });
  expect(nominalOccurrences(rule, { after: '2024-06-10', afterIndex: 3, limit: 9 })).toEqual([
    { index: 4, nominalDate: '2024-07-01' },
    { index: 5, nominalDate: '2024-08-01' },
  ]);
});

test('no rule runs past the last date', () => {
  const rule = ruleWith({ kind: 'yearly', every: 1, month: 12, day: 31 }, { startDate: '9996-01-01' });
  expect(dates(rule, 9)).toEqual(['9996-12-31', '9997-12-31', '9998-12-31']);
});
