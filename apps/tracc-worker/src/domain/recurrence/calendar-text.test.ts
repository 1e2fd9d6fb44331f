import { stripVTControlCharacters } from 'node:util';
import { addDays } from '@backend/shared/kernel';
import fc from 'fast-check';
import type { RecurrenceRule } from '../../contract';
import { type CalendarEntry, type CalendarState, renderCalendar } from './calendar-text';
import { planOccurrences } from './occurrences';
import { notesOf } from './schedule-text';

const STATES: CalendarState[] = [
  'posted',
  'late',
  'already',
  'skipped',
  'failed',
  'next',
  'toCome',
  'moved',
  'notBooked',
];
const TODAY = '2026-11-21';

const render = (
  entries: readonly CalendarEntry[],
  options: { today?: string; width?: number; colour?: boolean } = {},
) => renderCalendar({ entries, today: TODAY, width: 80, colour: false, ...options });
const plain = (nominalDate: string, state: CalendarState, rest: Partial<CalendarEntry> = {}): CalendarEntry => ({
  nominalDate,
  postingDate: nominalDate,
  state,
  ...rest,
});
const daily = (from: string, count: number, state: CalendarState, rest: Partial<CalendarEntry> = {}) =>
  Array.from({ length: count }, (_, day) => plain(addDays(from, day), state, rest));
const planned = (rule: Partial<RecurrenceRule>, limit: number): CalendarEntry[] => {
  const whole: RecurrenceRule = {
    startDate: '2026-01-31',
    schedule: { kind: 'monthly', every: 1, day: 31 },
    zone: 'Europe/Berlin',
    postAt: '00:05',
    monthEnd: 'clamp',
    weekend: 'none',
    ...rule,
  };
  return planOccurrences({ rule: whole, limit }).map((occurrence, position) => {
    const note = notesOf(whole, occurrence);
    return {
      nominalDate: occurrence.nominalDate,
      postingDate: occurrence.postingDate,
      state: occurrence.postingDate === null ? 'notBooked' : position === 0 ? 'next' : 'toCome',
      ...(note === undefined ? {} : { note }),
      at: '00:05 Europe/Berlin',
    };
  });
};

const anyEntries = fc
  .uniqueArray(
    fc.record({
      offset: fc.integer({ min: -1500, max: 1500 }),
      shift: fc.option(fc.integer({ min: -3, max: 3 }), { nil: null }),
      state: fc.constantFrom(...STATES),
      note: fc.option(fc.constantFrom('weekend', 'by you', 'an_unbroken_reason_of_a_good_many_characters'), {
        nil: undefined,
      }),
      at: fc.option(fc.constantFrom('00:05 Europe/Berlin', '03:30 America/Argentina/Buenos_Aires'), { nil: undefined }),
    }),
    { selector: ({ offset }) => offset, minLength: 1, maxLength: 80 },
  )
  .map((items) =>
    items.map(({ offset, shift, state, note, at }): CalendarEntry => {
      const nominalDate = addDays(TODAY, offset);
      return {
        nominalDate,
        postingDate: shift === null ? null : addDays(nominalDate, shift),
        state,
        ...(note === undefined ? {} : { note }),
        ...(at === undefined ? {} : { at }),
      };
    }),
  );

describe('layout', () => {
  test('no line is wider than the terminal or ends in a blank, and colour changes nothing but the colour', () => {
    fc.assert(
      fc.property(anyEntries, fc.integer({ min: 20, max: 170 }), (entries, width) => {
        const text = render(entries, { width });
        for (const line of text.split('\n')) {
          expect(line.length).toBeLessThanOrEqual(width);
          expect(line).toBe(line.trimEnd());
        }
        expect(text).not.toContain('\u001b');
        expect(stripVTControlCharacters(render(entries, { width, colour: true }))).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  test('the order of the entries does not matter', () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        expect(render([...entries].reverse())).toBe(render(entries));
      }),
      { numRuns: 100 },
    );
  });

  test('at most 12 lines of the list, and the others are counted', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (count) => {
        const entries = Array.from({ length: count }, (_, position) =>
          plain(addDays(TODAY, 2 * position + 1), 'failed', { note: `reason ${position}` }),
        );
        const list = render(entries, { width: 160 })
          .split('\n')
          .filter((line) => line.includes('failed (reason'));
        expect(list).toHaveLength(Math.min(12, count));
        expect(render(entries).endsWith(`\n  and ${count - 12} more`)).toBe(count > 12);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    [20, 0],
    [21, 1],
    [40, 1],
    [46, 2],
    [80, 3],
    [120, 4],
    [160, 6],
  ])('%i columns have %i months side by side', (width, months) => {
    const text = render(planned({}, 12), { width });
    expect(text.match(/Mo Tu We Th Fr Sa Su/)?.length ?? 0).toBe(Math.min(1, months));
    const header = text.split('\n').find((line) => line.startsWith('Mo Tu'));
    expect(header?.match(/Mo Tu We Th Fr Sa Su/g)?.length ?? 0).toBe(months);
  });

  test('weeks begin on Monday, and the signs keep the columns', () => {
    const text = render([plain('2026-10-31', 'posted'), plain('2026-11-02', 'toCome'), plain('2026-11-30', 'failed')], {
      width: 40,
    });
    expect(text.split('\n').slice(8, 16)).toEqual([
      '   November 2026',
      'Mo Tu We Th Fr Sa Su',
      '                   1',
      ' 2• 3  4  5  6  7  8',
      ' 9 10 11 12 13 14 15',
      '16 17 18 19 20 21◂22',
      '23 24 25 26 27 28 29',
      '30!',
    ]);
  });
});

describe('months', () => {
  test('a long gap is one line', () => {
    const text = render(['2026-01-15', '2026-02-15', '2026-10-15', '2026-11-15'].map((date) => plain(date, 'posted')));
    expect(text).toContain('\n\n… 7 months without dates …\n\n    October 2026');
    expect(text).not.toContain('March 2026');
  });

  test('months of a steady recurrence stand side by side although some are left out', () => {
    const text = render(planned({ schedule: { kind: 'monthly', every: 3, day: 31 } }, 3), { today: '2026-01-10' });
    expect(text.split('\n')[0]).toBe('    January 2026      …       April 2026       …       July 2026');
  });

  test('years ahead are not drawn, but said', () => {
    const rule = { startDate: '2024-02-29', schedule: { kind: 'yearly', every: 1, month: 2, day: 29 } } as const;
    const text = render(planned(rule, 12), { today: '2024-01-01' });
    expect(text).toContain('… 6 more months with dates, to February 2035');
    expect(text.match(/Mo Tu We Th Fr Sa Su/g)).toHaveLength(6);
  });

  test('the month that comes next is drawn, however long the past', () => {
    const past = Array.from({ length: 40 }, (_, month) =>
      plain(`${2023 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-15`, 'posted'),
    );
    const text = render([...past, plain('2026-12-15', 'next')]);
    expect(text).toContain('earlier months with dates, from January 2023');
    expect(text).toContain('15*');
  });

  test('sixty days with weekends that move are no long page', () => {
    const schedule = { kind: 'interval', everyDays: 1 } as const;
    const text = render(planned({ startDate: '2026-10-01', schedule, weekend: 'next' }, 60), { today: '2026-10-01' });
    expect(text.split('\n').length).toBeLessThan(30);
    expect(text.endsWith('\n  and 7 more')).toBe(true);
  });

  test('ten days are a small calendar', () => {
    const text = render([
      ...daily('2026-11-18', 3, 'posted'),
      plain(TODAY, 'next'),
      ...daily('2026-11-22', 6, 'toCome'),
    ]);
    expect(text).toContain('16 17 18✓19✓20✓21*22•\n23•24•25•26•27•28 29');
    expect(text.split('\n').length).toBeLessThan(15);
  });
});

describe('signs', () => {
  test('the legend has the signs in use and no other', () => {
    const text = render([plain('2026-11-10', 'posted'), plain('2026-11-11', 'skipped'), plain('2026-11-30', 'toCome')]);
    expect(text).toContain('\n✓ posted   x skipped   • to come   ◂ today\n');
  });

  test('each state has a sign of its own, so that none needs colour', () => {
    const signs = STATES.map((state) => /15(\S)/.exec(render([plain('2026-11-15', state)]))?.[1]);
    expect(new Set(signs).size).toBe(STATES.length);
    expect(signs).not.toContain(undefined);
  });

  test('recurring-transaction 4: a shifted one is signed where it is booked, and its own date points there', () => {
    const text = render([
      plain('2026-10-31', 'toCome', { postingDate: '2026-11-02' }),
      plain('2026-11-15', 'toCome', { postingDate: '2026-11-13' }),
    ]);
    for (const part of ['31>', ' 2•', '13•', '15<', '< booked earlier', '> booked later']) expect(text).toContain(part);
  });

  test('recurring-transaction 4: where two meet on one day, the weightier is signed and both are listed', () => {
    const text = render([
      plain('2026-11-14', 'posted', { postingDate: '2026-11-16', note: 'weekend' }),
      plain('2026-11-16', 'failed', { note: 'the account is closed' }),
    ]);
    expect(text).toContain('16!');
    expect(text).toContain(
      '✓ Sat 14 Nov 2026  booked Mon 16 Nov (weekend)\n! Mon 16 Nov 2026  failed (the account is closed)',
    );
  });

  test('what is skipped is not booked anywhere', () => {
    const text = render([plain('2026-10-31', 'skipped', { postingDate: '2026-11-02', note: 'by you' })]);
    expect(text).toContain('31x');
    expect(text).toContain('x Sat 31 Oct 2026  skipped by you');
    expect(text).not.toContain('November');
  });

  test('today is underlined with colour', () => {
    const on = render([plain(TODAY, 'next')], { colour: true });
    expect(on).toContain('\u001b[1;36;4m21\u001b[0m\u001b[1;36m*\u001b[0m');
    expect(render([plain('2026-11-20', 'next')], { colour: true })).toContain('\u001b[1;4m21\u001b[0m');
  });
});

describe('list', () => {
  const lines = (entries: readonly CalendarEntry[], width = 80): string[] =>
    render(entries, { width }).split('\n\n').at(-1)!.split('\n');

  test('recurring-transaction 4, 5: shifts and short months in words, with weekdays', () => {
    expect(lines(planned({ weekend: 'next' }, 4), 100)).toEqual([
      '* Sat 31 Jan 2026  next, booked Mon 2 Feb (weekend)',
      '• Sat 28 Feb 2026  booked Mon 2 Mar (short month: day 31 falls on the 28th; weekend)',
      '• Thu 30 Apr 2026  short month: day 31 falls on the 30th',
    ]);
  });

  test.each<[CalendarEntry, string]>([
    [plain('2026-07-31', 'skipped', { note: 'by you' }), 'x Fri 31 Jul 2026  skipped by you'],
    [plain('2026-07-31', 'skipped', { note: 'missed' }), 'x Fri 31 Jul 2026  skipped (missed)'],
    [plain('2026-07-01', 'late'), '+ Wed  1 Jul 2026  posted late'],
    [plain('2026-07-01', 'already'), '= Wed  1 Jul 2026  was booked already'],
    [
      plain('2026-10-31', 'failed', { postingDate: '2026-11-02', note: 'the account is closed' }),
      '! Sat 31 Oct 2026  failed, due Mon 2 Nov (the account is closed)',
    ],
    [
      plain('2026-12-31', 'moved', { postingDate: '2027-01-04', note: 'your choice' }),
      '~ Thu 31 Dec 2026  moved to Mon 4 Jan 2027 (your choice)',
    ],
    [
      plain('2026-12-05', 'notBooked', { postingDate: null, note: 'weekend' }),
      '- Sat  5 Dec 2026  not booked (weekend)',
    ],
    [plain('2026-12-31', 'next', { at: '00:05 Europe/Berlin' }), '* Thu 31 Dec 2026  next, 00:05 Europe/Berlin'],
    [plain(TODAY, 'posted'), '✓ Sat 21 Nov 2026  today, posted'],
    [
      plain('2026-11-30', 'posted', { postingDate: TODAY, note: 'your choice' }),
      '✓ Mon 30 Nov 2026  booked Sat 21 Nov, today (your choice)',
    ],
  ])('%j', (entry, line) => {
    expect(lines([entry])).toEqual([line]);
  });

  test('an ordinary one has no line', () => {
    const text = render([plain('2026-11-10', 'posted'), plain('2026-12-10', 'toCome')]);
    expect(text.endsWith('\n\n✓ posted   • to come   ◂ today')).toBe(true);
  });

  test('the same for days on end is one line', () => {
    expect(lines(daily('2026-11-02', 5, 'skipped', { note: 'while paused' }))).toEqual([
      'x Mon  2 Nov 2026  skipped while paused, 5 times to Fri 6 Nov 2026',
    ]);
  });

  test('a failure and the next one are kept when the list is cut', () => {
    const entries = [
      plain('2020-01-06', 'failed', { note: 'TemplateInvalid' }),
      ...Array.from({ length: 30 }, (_, week) =>
        plain(addDays('2026-01-03', 7 * week), 'posted', {
          postingDate: addDays('2026-01-05', 7 * week),
          note: 'weekend',
        }),
      ),
      plain('2029-01-06', 'next'),
    ];
    const list = lines(entries);
    expect(list).toHaveLength(13);
    expect(list[0]).toBe('! Mon  6 Jan 2020  failed (TemplateInvalid)');
    expect(list[11]).toBe('* Sat  6 Jan 2029  next');
    expect(list[12]).toBe('  and 20 more');
  });

  test('the time that all share is said once, another one in its line', () => {
    const entries = planned({ schedule: { kind: 'monthly', every: 1, day: 10 } }, 4);
    expect(render(entries)).toContain('posts at 00:05 Europe/Berlin\n');
    const last = { ...entries.at(-1)!, note: 'clocks go forward', at: '01:05 Europe/Berlin' };
    const text = render([...entries.slice(0, -1), last]);
    expect(text).toContain('posts at 00:05 Europe/Berlin unless said otherwise\n');
    expect(text).toContain('clocks go forward, 01:05 Europe/Berlin');
  });

  test('long lines go on below their words', () => {
    const [entry] = planned({ startDate: '2026-02-01', weekend: 'next' }, 1);
    expect(lines([entry!], 40)).toEqual([
      '* Sat 28 Feb 2026  next, booked',
      '    Mon 2 Mar (short month: day 31 falls',
      '    on the 28th; weekend), 00:05',
      '    Europe/Berlin',
    ]);
  });
});

test('a rule that has ended has no dates', () => {
  expect(render([])).toBe('no dates');
});
