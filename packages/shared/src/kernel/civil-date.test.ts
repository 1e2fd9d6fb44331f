import fc from 'fast-check';
import {
  addDays,
  addMonths,
  addMonthsClamped,
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  isCivilDate,
  isMonth,
  isoWeekday,
  monthOf,
  monthPeriod,
  splitCivil,
} from '.';

fc.configureGlobal({ numRuns: 1000 });

// The oracle is the platform's own proleptic Gregorian calendar; setUTCFullYear because Date.UTC reads years below 100 as 19xx.
const utc = (year: number, month: number, day: number): number => {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime();
};
const MS_PER_DAY = 86_400_000;
const FIRST = utc(1, 1, 1) / MS_PER_DAY;
const LAST = utc(9999, 12, 31) / MS_PER_DAY;
const days = fc.integer({ min: FIRST, max: LAST });
const isoOf = (day: number): string => new Date(day * MS_PER_DAY).toISOString().slice(0, 10);

describe('civil dates', () => {
  test('common: every day of the years 1 to 9999 has the number and the weekday that the platform gives it', () => {
    fc.assert(
      fc.property(days, (day) => {
        const date = isoOf(day);
        expect(civilFromDays(day)).toBe(date);
        expect(daysFromCivil(date)).toBe(day);
        expect(isCivilDate(date)).toBe(true);
        expect(isoWeekday(date)).toBe(new Date(day * MS_PER_DAY).getUTCDay() || 7);
      }),
      { numRuns: 2000 },
    );
  });

  test('common: adding days is adding days, over any leap year', () => {
    fc.assert(
      fc.property(days, days, (from, to) => {
        expect(addDays(isoOf(from), to - from)).toBe(isoOf(to));
      }),
    );
  });

  test('common: a date exists exactly when the platform keeps its parts', () => {
    const parts = [
      fc.integer({ min: 0, max: 9999 }),
      fc.integer({ min: 0, max: 14 }),
      fc.integer({ min: 0, max: 33 }),
    ] as const;
    fc.assert(
      fc.property(...parts, (year, month, day) => {
        const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
        const date = new Date(utc(year, month, day));
        const same = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
        expect(isCivilDate(text)).toBe(same && year >= 1);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    '2025-02-29',
    '1900-02-29',
    '2025-1-1',
    '2025-13-01',
    '25-01-01',
    '2025-01-01T00:00:00Z',
    ' 2025-01-01',
    '2025-01-01\n',
    '0000-01-01',
    '',
  ])('common: %j is not a date', (text) => {
    expect(isCivilDate(text)).toBe(false);
    expect(() => splitCivil(text)).toThrow(RangeError);
  });

  test('common: dates outside the years 1 to 9999 are refused, not written wrongly', () => {
    expect(() => addDays('9999-12-31', 1)).toThrow(RangeError);
    expect(() => addDays('0001-01-01', -1)).toThrow(RangeError);
    expect(() => addMonthsClamped('9999-12-31', 1)).toThrow(RangeError);
    expect(() => addMonthsClamped('0001-01-31', -1)).toThrow(RangeError);
  });
});

describe('months', () => {
  test.each([
    ['2025-01-31', 1, '2025-02-28'],
    ['2024-01-31', 1, '2024-02-29'],
    ['2025-03-31', -1, '2025-02-28'],
    ['2025-12-31', 2, '2026-02-28'],
    ['2024-02-29', 12, '2025-02-28'],
    ['2025-05-15', 0, '2025-05-15'],
  ])('common: %s and %i months is %s', (date, months, expected) => {
    expect(addMonthsClamped(date, months)).toBe(expected);
  });

  test('common: months later keep the day, or take the last of a shorter month', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: utc(200, 1, 1) / MS_PER_DAY, max: utc(9800, 1, 1) / MS_PER_DAY }),
        fc.integer({ min: -2000, max: 2000 }),
        (day, months) => {
          const from = splitCivil(isoOf(day));
          const to = splitCivil(addMonthsClamped(isoOf(day), months));
          expect(to.year * 12 + to.month - (from.year * 12 + from.month)).toBe(months);
          expect(to.day).toBe(Math.min(from.day, daysInMonth(to.year, to.month)));
        },
      ),
    );
  });

  test('monthly-budget 3: the periods of a start day follow each other without a gap, and each date is in its own', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: utc(2, 1, 1) / MS_PER_DAY, max: utc(9998, 1, 1) / MS_PER_DAY }),
        fc.integer({ min: 1, max: 28 }),
        (day, startDay) => {
          const date = isoOf(day);
          const month = monthOf(date, startDay);
          const { from, to } = monthPeriod(month, startDay);
          expect(from <= date && date < to).toBe(true);
          expect(monthPeriod(addMonths(month, 1), startDay).from).toBe(to);
          expect(Number(from.slice(8))).toBe(startDay);
        },
      ),
    );
  });

  test('monthly-budget 3: months are added as numbers are, and by twelve they make a year', () => {
    const index = fc.integer({ min: 2 * 12, max: 9998 * 12 - 1 });
    const name = (n: number): string =>
      `${String(Math.floor(n / 12)).padStart(4, '0')}-${String((n % 12) + 1).padStart(2, '0')}`;
    fc.assert(
      fc.property(index, index, (from, to) => {
        expect(isMonth(name(from))).toBe(true);
        expect(addMonths(name(from), to - from)).toBe(name(to));
        expect(name(from) < name(to)).toBe(from < to);
      }),
    );
  });

  test('monthly-budget 3: a period is what the platform makes of its two first days, and as long as its month', () => {
    const parts = [
      fc.integer({ min: 2, max: 9998 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 28 }),
    ] as const;
    fc.assert(
      fc.property(...parts, (year, month, startDay) => {
        const [first, next] = [utc(year, month, startDay), utc(year, month + 1, startDay)];
        const name = new Date(utc(year, month, 1)).toISOString().slice(0, 7);
        const { from, to } = monthPeriod(name, startDay);
        expect([from, to]).toEqual([isoOf(first / MS_PER_DAY), isoOf(next / MS_PER_DAY)]);
        // The day 0 of the next month is the last of this one.
        expect(daysFromCivil(to) - daysFromCivil(from)).toBe(new Date(utc(year, month + 1, 0)).getUTCDate());
        // Neither edge is in the month before or after.
        expect([from, isoOf(next / MS_PER_DAY - 1), to].map((date) => monthOf(date, startDay))).toEqual([
          name,
          name,
          addMonths(name, 1),
        ]);
      }),
    );
  });

  test('monthly-budget 3: the month M with start day d is [M-d, (M+1)-d)', () => {
    expect(monthPeriod('2026-03', 1)).toEqual({ from: '2026-03-01', to: '2026-04-01' });
    expect(monthPeriod('2026-02', 15)).toEqual({ from: '2026-02-15', to: '2026-03-15' });
    expect(monthPeriod('2025-12', 28)).toEqual({ from: '2025-12-28', to: '2026-01-28' });
    expect(monthOf('2026-03-14', 15)).toBe('2026-02');
    expect(monthOf('2026-01-14', 15)).toBe('2025-12');
  });

  test.each([
    ['2026-03', true],
    ['0002-01', true],
    ['0001-12', false],
    ['9998-12', true],
    ['9999-01', false],
    ['0000-12', false],
    ['2026-13', false],
    ['2026-00', false],
    ['2026-3', false],
    ['2026-03-01', false],
    ['2026-03\n', false],
  ])('monthly-budget 15: whether %j is a month: %s', (text, expected) => {
    expect(isMonth(text)).toBe(expected);
  });
});
