import fc from 'fast-check';
import {
  clockChanges,
  dayLater,
  dayOf,
  oracleFireAt,
  oracleNominals,
  oracleOccurrences,
  wallClock,
} from '../../../test/recurrence-oracle';
import type { RecurrenceRule, RecurrenceSchedule, WeekendRule, Weekday } from '../../contract';
import { fireInstant, isOccurrence, nominalOccurrences, planOccurrences, validateRule } from './index';

const LISTED = 24;

// Both hemispheres, half and quarter hours, clocks moved at midnight, at 00:01, by 30 minutes and by two hours, a
// daylight saving below standard time, pauses for Ramadan, and zones that once left a day out.
const ZONES = [
  'UTC',
  'Europe/London',
  'Europe/Dublin',
  'Europe/Berlin',
  'Europe/Moscow',
  'Atlantic/Azores',
  'Africa/Cairo',
  'Africa/Casablanca',
  'America/New_York',
  'America/St_Johns',
  'America/Havana',
  'America/Caracas',
  'America/Sao_Paulo',
  'America/Santiago',
  'America/Asuncion',
  'Asia/Beirut',
  'Asia/Gaza',
  'Asia/Tehran',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Pyongyang',
  'Australia/Adelaide',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Apia',
  'Pacific/Fakaofo',
  'Pacific/Kiritimati',
  'Pacific/Kwajalein',
  'Antarctica/Troll',
];

// ---------------------------------------------------------------- random templates

const FIRST_ANCHOR = dayOf('1990-01-01');
const anchor = fc
  .integer({ min: 0, max: dayOf('2037-12-31').number - FIRST_ANCHOR.number })
  .map((days) => dayLater(FIRST_ANCHOR, days).text);
const weekday = fc.integer({ min: 1, max: 7 }) as fc.Arbitrary<Weekday>;
/** Small numbers mostly, and now and then a large one. */
const step = (max: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 3 }) }, fc.integer({ min: 1, max }));
const anyOf = (items: readonly (string | number)[], maxLength: number): fc.Arbitrary<string> =>
  fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength }).map((some) => some.join(','));
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const bothWays = (to: number): number[] => range(1, to).flatMap((place) => [place, -place]);

const NAMES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const numbered = (places: readonly number[]): string[] => places.flatMap((nth) => NAMES.map((name) => nth + name));
const months = anyOf(range(1, 12), 4);
const monthDays = anyOf(bothWays(31), 5);
const plainDays = anyOf(NAMES, 5);
const daysOfMonth = anyOf([...NAMES, ...numbered(bothWays(5))], 4);
const daysOfYear = anyOf([...NAMES, ...numbered([53, -53, 1, -1]), ...numbered(bothWays(53))], 3);
const places = anyOf([1, 2, 3, -1, -2], 2);
// A week of one weekday has no second one: such a rule is refused, and slow to be found empty.
const endsOfWeek = anyOf([1, -1], 2);
const weekStart = anyOf(NAMES, 1);

type Part = readonly [name: string, value: fc.Arbitrary<string>];
/** An RRULE with these parts, each of the optional ones there or not. */
function rruleOf(frequency: string, always: readonly Part[], optional: readonly Part[], maxInterval: number) {
  const values = [...always, ...optional].map(([, value], at) => (at < always.length ? value : fc.option(value)));
  return fc
    .tuple(step(maxInterval), fc.boolean(), ...values)
    .map(([interval, isNamed, ...texts]) =>
      [
        `FREQ=${frequency}`,
        ...(interval > 1 || isNamed ? [`INTERVAL=${interval}`] : []),
        ...texts.flatMap((text, at) => (text === null ? [] : [`${[...always, ...optional][at]![0]}=${text}`])),
      ].join(';'),
    );
}
const BY: Record<'month' | 'monthDay' | 'plainDay' | 'dayOfMonth' | 'yearDay' | 'place' | 'weekStart', Part> = {
  month: ['BYMONTH', months],
  monthDay: ['BYMONTHDAY', monthDays],
  plainDay: ['BYDAY', plainDays],
  dayOfMonth: ['BYDAY', daysOfMonth],
  yearDay: ['BYYEARDAY', anyOf(bothWays(366), 4)],
  place: ['BYSETPOS', places],
  weekStart: ['WKST', weekStart],
};
const endlessRrule = fc.oneof(
  rruleOf('DAILY', [], [BY.month, BY.plainDay], 9),
  rruleOf('DAILY', [BY.monthDay], [BY.month], 3),
  rruleOf('WEEKLY', [], [BY.plainDay, BY.month, BY.weekStart], 5),
  rruleOf('WEEKLY', [BY.plainDay, ['BYSETPOS', endsOfWeek]], [BY.month, BY.weekStart], 4),
  rruleOf('MONTHLY', [], [BY.month, BY.monthDay], 14),
  rruleOf('MONTHLY', [BY.dayOfMonth], [BY.month, BY.weekStart], 14),
  rruleOf('MONTHLY', [BY.plainDay], [BY.monthDay, BY.month], 5),
  rruleOf('MONTHLY', [BY.dayOfMonth, BY.place], [BY.month], 5),
  rruleOf('MONTHLY', [BY.monthDay, BY.place], [BY.plainDay], 5),
  rruleOf('YEARLY', [], [BY.month, BY.monthDay], 4),
  rruleOf('YEARLY', [BY.month, BY.dayOfMonth], [BY.place], 3),
  rruleOf('YEARLY', [['BYDAY', daysOfYear]], [BY.monthDay, BY.place], 3),
  rruleOf('YEARLY', [BY.plainDay, BY.place], [BY.month, BY.monthDay, BY.weekStart], 3),
  rruleOf('YEARLY', [BY.yearDay], [BY.plainDay, BY.month, BY.place], 3),
  rruleOf('YEARLY', [BY.yearDay, BY.monthDay], [BY.dayOfMonth], 3),
);

const compact = (date: string): string => date.replaceAll('-', '');
const rruleEnd = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc.integer({ min: 1, max: 40 }).map((count) => `;COUNT=${count}`),
  anchor.map((date) => `;UNTIL=${compact(date)}`),
  anchor.map((date) => `;UNTIL=${compact(date)}T233000Z`),
);

const schedule: fc.Arbitrary<RecurrenceSchedule> = fc.oneof(
  fc.record({
    kind: fc.constant('interval' as const),
    everyDays: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 3660 }), fc.constant(30)),
  }),
  fc.record({ kind: fc.constant('weekly' as const), every: step(60), weekday }),
  fc.record({
    kind: fc.constant('monthly' as const),
    every: step(60),
    day: fc.oneof(fc.integer({ min: 1, max: 31 }), fc.constantFrom(-1, 28, 29, 30, 31)),
  }),
  fc.record({
    kind: fc.constant('monthlyNth' as const),
    every: step(24),
    nth: fc.constantFrom(1, 2, 3, 4, 5, 5, -1, -1),
    weekday,
  }),
  fc
    .record({
      kind: fc.constant('yearly' as const),
      every: step(9),
      date: fc.oneof(
        fc.constant('02-29'),
        anchor.map((text) => text.slice(5)),
      ),
    })
    .map(({ date, ...rest }) => ({ ...rest, month: Number(date.slice(0, 2)), day: Number(date.slice(3)) })),
  {
    weight: 2,
    arbitrary: fc.tuple(endlessRrule, rruleEnd).map(([text, end]) => ({ kind: 'rrule' as const, text: text + end })),
  },
);

const postAt = fc.oneof(
  fc.constantFrom('00:00', '00:05', '00:30', '01:30', '02:00', '02:30', '23:59'),
  fc.integer({ min: 0, max: 1439 }).map((minute) => new Date(minute * 60_000).toISOString().slice(11, 16)),
);
const template: fc.Arbitrary<RecurrenceRule> = fc
  .record({
    startDate: anchor,
    schedule,
    zone: fc.constantFrom(...ZONES),
    postAt,
    monthEnd: fc.constantFrom('clamp' as const, 'skip' as const),
    weekend: fc.constantFrom<WeekendRule>('none', 'skip', 'previous', 'next'),
    end: fc.oneof(
      { weight: 2, arbitrary: fc.constant(undefined) },
      anchor.map((until) => ({ until })),
      fc.integer({ min: 1, max: 40 }).map((count) => ({ count })),
    ),
  })
  .map(({ end, ...rule }): RecurrenceRule => (end === undefined ? rule : { ...rule, end }))
  .filter((rule) => !(rule.end && 'until' in rule.end && rule.end.until < rule.startDate))
  .filter(({ schedule: of, startDate }) => {
    const until = of.kind === 'rrule' ? /UNTIL=(\d{8})/.exec(of.text)?.[1] : undefined;
    return until === undefined || until > compact(startDate);
  });

/** An RRULE is followed for 200 years; the other schedules as far as the calendar of the oracle goes. */
function searched(rule: RecurrenceRule, limit: number) {
  const [year, rest] = [Number(rule.startDate.slice(0, 4)), rule.startDate.slice(4)];
  return { rule, limit, ...(rule.schedule.kind === 'rrule' ? { through: `${year + 200}${rest}` } : {}) };
}
function withoutEnd({ end: _end, ...rule }: RecurrenceRule): RecurrenceRule {
  if (rule.schedule.kind !== 'rrule') return rule;
  return { ...rule, schedule: { kind: 'rrule', text: rule.schedule.text.replace(/;(COUNT|UNTIL)=\w+/, '') } };
}
const datesIn = (list: readonly { readonly nominalDate: string }[]): string[] => list.map((each) => each.nominalDate);

// ---------------------------------------------------------------- the properties

test('recurring-transaction 2, 3, 4, 5, 6, 13: 1,000 random templates, 24 occurrences each, are those of the oracle', () => {
  fc.assert(
    fc.property(template, (rule) => {
      const expected = oracleOccurrences(searched(rule, LISTED));
      expect(planOccurrences({ rule, limit: LISTED })).toEqual(expected);
    }),
    { numRuns: 1000 },
  );
});

test('recurring-transaction 1, 2: a template that has dates is not refused', () => {
  fc.assert(
    fc.property(template, (rule) => {
      fc.pre(oracleNominals(searched(rule, 1)).length === 1);
      expect(validateRule(rule)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('recurring-transaction 3, 16: pages of any size, with the position known or counted, are the same list as one call', () => {
  fc.assert(
    fc.property(
      template,
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      (rule, pageSizes, isKnown) => {
        const expected = oracleNominals(searched(rule, LISTED)).map((nominalDate, at) => ({
          index: at + 1,
          nominalDate,
        }));
        const listed: { index: number; nominalDate: string }[] = [];
        for (let page = 0; listed.length < expected.length; page++) {
          const limit = Math.min(pageSizes[page % pageSizes.length]!, expected.length - listed.length);
          const last = listed.at(-1);
          const from = last && { after: last.nominalDate, ...(isKnown ? { afterIndex: last.index } : {}) };
          const found = nominalOccurrences(rule, { limit, ...from });
          expect(found).toHaveLength(limit);
          listed.push(...found);
        }
        expect(listed).toEqual(expected);
      },
    ),
    { numRuns: 50 },
  );
});

test('recurring-transaction 10: only the dates of the list are occurrences, not the days beside them', () => {
  fc.assert(
    fc.property(template, fc.array(fc.integer({ min: -40, max: 400 }), { maxLength: 10 }), (rule, offsets) => {
      const nominals = oracleNominals(searched(rule, LISTED));
      const start = dayOf(rule.startDate);
      const last = nominals.length < LISTED ? undefined : nominals.at(-1)!;
      const beside = nominals
        .slice(0, 6)
        .flatMap((date) => [-7, -1, 0, 1, 7].map((days) => dayLater(dayOf(date), days)));
      // What the end of the rule cuts off.
      const cut = oracleNominals(searched(withoutEnd(rule), nominals.length + 2)).slice(-3);
      const asked = [...offsets.map((days) => dayLater(start, days)), ...beside, ...cut.map(dayOf)];
      for (const { text } of asked) {
        // Beyond the 24th date the list does not say.
        if (last !== undefined && text > last) continue;
        expect([text, isOccurrence(rule, text)]).toEqual([text, nominals.includes(text)]);
      }
    }),
    { numRuns: 50 },
  );
});

test('recurring-transaction 10, 13: a new schedule gives its own dates after the last settled one, and the count goes on', () => {
  fc.assert(
    fc.property(template, template, fc.integer({ min: 1, max: LISTED }), (before, next, settled) => {
      const cursor = oracleNominals(searched(before, settled)).at(-1);
      // Up to 2100 no schedule has more dates than the oracle is asked for below.
      fc.pre(cursor !== undefined && cursor < '2100');
      // The end by count is over both schedules, so it is left to what remains after the settled ones.
      const { end: _end, ...endless } = next;
      fc.pre(endless.schedule.kind !== 'rrule' || !endless.schedule.text.includes('COUNT'));
      const later = oracleNominals(searched(endless, 50_000))
        .filter((date) => date > cursor)
        .slice(0, 5);
      const rule = { ...endless, end: { count: settled + 5 } };
      const found = nominalOccurrences(rule, { after: cursor, afterIndex: settled, limit: LISTED });
      expect(found).toEqual(later.map((nominalDate, at) => ({ index: settled + at + 1, nominalDate })));
    }),
    { numRuns: 40 },
  );
});

test('recurring-transaction 4: nominals that land on one posting date stay as many', () => {
  fc.assert(
    fc.property(template, fc.constantFrom('previous' as const, 'next' as const), (random, weekend) => {
      const rule: RecurrenceRule = { ...random, weekend, schedule: { kind: 'interval', everyDays: 1 } };
      const { end: _end, ...endless } = rule;
      const planned = planOccurrences({ rule: endless, limit: LISTED });
      expect(new Set(datesIn(planned)).size).toBe(LISTED);
      const perPosting = new Map<string, number>();
      for (const { postingDate } of planned) perPosting.set(postingDate!, (perPosting.get(postingDate!) ?? 0) + 1);
      const weekendEnd = weekend === 'previous' ? 5 : 1;
      // The first and the last posting date may be cut by the ends of the list.
      for (const [date, count] of [...perPosting].slice(1, -1)) {
        expect([date, count]).toEqual([date, dayOf(date).weekday === weekendEnd ? 3 : 1]);
      }
    }),
    { numRuns: 50 },
  );
});

test.each(ZONES)('recurring-transaction 6: times around each clock change from 1990 to 2037 in %s', (zone) => {
  const changes = clockChanges(zone);
  expect(changes.length > 0).toBe(!['UTC', 'Asia/Kolkata', 'Asia/Kathmandu'].includes(zone));
  const wrong: unknown[] = [];
  for (const change of changes) {
    // Between these two readings the clock misses time or shows it twice.
    const [from, to] = [wallClock(change - 60_000, zone) + 60_000, wallClock(change, zone)];
    for (const wall of [from - 60_000, from, (from + to) / 2, to - 60_000, to]) {
      const wanted = new Date(wall).toISOString();
      const local = { date: wanted.slice(0, 10), postAt: wanted.slice(11, 16), zone };
      const [found, expected] = [fireInstant(local), oracleFireAt(local)];
      if (found !== expected) wrong.push({ ...local, found, expected });
    }
  }
  expect(wrong).toEqual([]);
});

// ---------------------------------------------------------------- the oracle itself, and what it found

test('the calendar of the oracle has the days and weekdays that the platform has', () => {
  const wrong: string[] = [];
  let ms = Date.UTC(1980, 0, 1);
  for (let day = dayOf('1980-01-01'); day.text !== '3000-12-31'; day = dayLater(day, 1), ms += 86_400_000) {
    const date = new Date(ms);
    const weekdayThere = date.getUTCDay() === 0 ? 7 : date.getUTCDay();
    if (date.toISOString().slice(0, 10) !== day.text || weekdayThere !== day.weekday) wrong.push(day.text);
  }
  expect(wrong).toEqual([]);
});

test.each([
  ['Europe/Berlin', '2025-03-30', '02:30', '2025-03-30T01:30:00Z'],
  ['Europe/Berlin', '2025-10-26', '02:30', '2025-10-26T00:30:00Z'],
  ['America/Sao_Paulo', '2018-11-04', '00:00', '2018-11-04T03:00:00Z'],
  ['America/Havana', '2025-11-02', '00:30', '2025-11-02T04:30:00Z'],
  ['Australia/Lord_Howe', '2025-10-05', '02:15', '2025-10-04T15:45:00Z'],
  ['Pacific/Chatham', '2025-09-28', '03:00', '2025-09-27T14:15:00Z'],
  ['Asia/Kathmandu', '2025-01-01', '00:05', '2024-12-31T18:20:00Z'],
  ['Pacific/Apia', '2011-12-30', '00:05', '2011-12-30T10:05:00Z'],
  ['Pacific/Kwajalein', '1993-08-21', '12:00', '1993-08-22T00:00:00Z'],
])('recurring-transaction 6: by hand, in %s %s %s is %s', (zone, date, postAt, instant) => {
  expect(oracleFireAt({ zone, date, postAt })).toBe(instant);
  expect(fireInstant({ zone, date, postAt })).toBe(instant);
});

test.each([
  // 1 January 1991 is a Tuesday.
  ['FREQ=YEARLY;BYYEARDAY=1;BYDAY=MO', '1990-01-01', ['1990-01-01', '1996-01-01', '2001-01-01']],
  ['FREQ=YEARLY;BYYEARDAY=32;BYMONTHDAY=2', '1990-01-01', []],
  // 2031 has 53 Wednesdays, the next such year is 2036.
  ['FREQ=YEARLY;BYDAY=53WE', '2031-10-26', ['2031-12-31', '2036-12-31', '2042-12-31']],
  ['FREQ=YEARLY;BYDAY=-53TH', '2005-06-02', ['2009-01-01', '2015-01-01', '2020-01-02']],
  ['FREQ=YEARLY;BYDAY=35MO;BYMONTHDAY=4', '2014-07-09', []],
  ['FREQ=YEARLY;BYDAY=SU,5SA;BYSETPOS=5', '1990-01-12', ['1990-02-03', '1991-02-02', '1992-02-01']],
])('recurring-transaction 2: %s from %s', (text, startDate, expected) => {
  const rule: RecurrenceRule = {
    startDate,
    schedule: { kind: 'rrule', text },
    zone: 'UTC',
    postAt: '00:05',
    monthEnd: 'clamp',
    weekend: 'none',
  };
  expect(datesIn(nominalOccurrences(rule, { limit: 3 }))).toEqual(expected);
});
