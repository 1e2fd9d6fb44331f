import fc from 'fast-check';

import { daysToGregorian, edtfDay, edtfYear, gregorianToDays, julianToDays, lastDayOfMonth } from './day-number';

describe('day numbers', () => {
  it.each([
    [{ year: 1970, month: 1, day: 1 }, 0],
    [{ year: 2000, month: 3, day: 1 }, 11_017],
    [{ year: 1969, month: 12, day: 31 }, -1],
  ])('%j is day %i', (date, days) => {
    expect(gregorianToDays(date)).toBe(days);
  });

  it('the reform of 1582: 4 October Julian is followed by 15 October Gregorian', () => {
    expect(gregorianToDays({ year: 1582, month: 10, day: 15 })).toBe(
      julianToDays({ year: 1582, month: 10, day: 4 }) + 1,
    );
  });

  it('the reform of 1752: 2 September Julian is followed by 14 September Gregorian', () => {
    expect(gregorianToDays({ year: 1752, month: 9, day: 14 })).toBe(julianToDays({ year: 1752, month: 9, day: 2 }) + 1);
  });

  it('goes to days and back in every year, BCE included', () => {
    fc.assert(
      fc.property(fc.integer({ min: -4_000_000, max: 4_000_000 }), (days) => {
        const date = daysToGregorian(days);
        expect(gregorianToDays(date)).toBe(days);
        expect(date.day).toBeLessThanOrEqual(lastDayOfMonth(date));
      }),
    );
  });

  it('writes years as EDTF does', () => {
    expect([1781, 79, 0, -8, -12_345].map(edtfYear)).toEqual(['1781', '0079', '0000', '-0008', 'Y-12345']);
    expect(edtfDay(0)).toBe('1970-01-01');
  });
});
