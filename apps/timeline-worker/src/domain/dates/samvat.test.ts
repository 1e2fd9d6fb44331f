import fc from 'fast-check';

import { daysToGregorian, edtfDay, gregorianToDays } from './day-number';
import { lunarMonths } from './panchang';
import { type LunarDate, computeSamvat } from './samvat';

const kartikadi = { samvatYear: 'kartikadi', monthStyle: 'amanta' } as const;

function dayOf(date: LunarDate, style: Partial<Parameters<typeof computeSamvat>[0]> = {}): number {
  const result = computeSamvat({ date, ...kartikadi, ...style });
  if (result?.precision !== 'day') throw new Error(`no day for ${JSON.stringify(date)}`);
  return result.day;
}

function days(date: string): number {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  return gregorianToDays({ year, month, day });
}

describe('ai-timeline 14: the reference dates', () => {
  it.each([
    [1837, 1, 'sud', 9, '1781-04-03'],
    [1857, 8, 'sud', 11, '1800-10-28'],
    [1878, 12, 'sud', 3, '1822-02-24'],
    [1881, 8, 'sud', 12, '1824-11-03'],
    [1882, 11, 'sud', 5, '1826-02-12'],
    [1886, 3, 'sud', 10, '1830-06-01'],
    // By sunrise; the tithi began in the afternoon of the day before.
    [1876, 9, 'sud', 4, '1819-11-21'],
  ] as const)('ai-timeline 14: Samvat %i month %i %s %i is %s', (year, month, paksha, tithi, expected) => {
    expect(edtfDay(dayOf({ era: 'samvat', year, month, paksha, tithi }))).toBe(expected);
  });

  it.each([
    ['Diwali 2023', { era: 'samvat', year: 2079, month: 7, paksha: 'vad', tithi: 15 }, '2023-11-13'],
    ['Ram Navami 2024', { era: 'samvat', year: 2080, month: 1, paksha: 'sud', tithi: 9 }, '2024-04-17'],
    ['Gudi Padwa 2024, Shaka 1946', { era: 'shaka', year: 1946, month: 1, paksha: 'sud', tithi: 1 }, '2024-04-09'],
  ] as const)('ai-timeline 14: %s within a day of the almanac', (_name, date, expected) => {
    expect(Math.abs(dayOf(date) - days(expected))).toBeLessThanOrEqual(1);
  });
});

describe('ai-timeline 14: three year styles', () => {
  const inMonth = (month: number, year: number): LunarDate => ({ era: 'samvat', year, month, paksha: 'sud', tithi: 5 });

  it('ai-timeline 14: Kartikadi and Chaitradi years agree from Kartik to Fagan and differ by one from Chaitra to Aso', () => {
    for (const month of [8, 10, 12])
      expect(dayOf(inMonth(month, 1882), { samvatYear: 'chaitradi' })).toBe(dayOf(inMonth(month, 1882)));
    for (const month of [1, 4, 7])
      expect(dayOf(inMonth(month, 1883), { samvatYear: 'chaitradi' })).toBe(dayOf(inMonth(month, 1882)));
  });

  it('ai-timeline 14: an Ashadhadi year is one more than the Kartikadi from Ashadh to Aso, and the same otherwise', () => {
    for (const month of [4, 5, 7])
      expect(dayOf(inMonth(month, 1883), { samvatYear: 'ashadhadi' })).toBe(dayOf(inMonth(month, 1882)));
    for (const month of [1, 3, 8, 12])
      expect(dayOf(inMonth(month, 1882), { samvatYear: 'ashadhadi' })).toBe(dayOf(inMonth(month, 1882)));
  });

  it('ai-timeline 14: the offset of a Kartikadi year is 57 until 31 December and 56 after', () => {
    expect(daysToGregorian(dayOf(inMonth(8, 1882))).year).toBe(1882 - 57);
    expect(daysToGregorian(dayOf(inMonth(11, 1882))).year).toBe(1882 - 56);
    expect(daysToGregorian(dayOf(inMonth(7, 1882))).year).toBe(1882 - 56);
  });

  it('ai-timeline 14: a Shaka year is 78 less than the Gregorian year from Chaitra on', () => {
    expect(dayOf({ era: 'shaka', year: 1703, month: 1, paksha: 'sud', tithi: 9 })).toBe(days('1781-04-03'));
    expect(daysToGregorian(dayOf({ era: 'shaka', year: 1703, month: 11, paksha: 'sud', tithi: 9 })).year).toBe(
      1703 + 79,
    );
  });
});

describe('ai-timeline 14: months', () => {
  it('ai-timeline 14: the purnimanta dark half belongs to the amanta month before, the bright half to the same', () => {
    const amanta = dayOf({ era: 'samvat', year: 1884, month: 2, paksha: 'vad', tithi: 2 });
    expect(dayOf({ era: 'samvat', year: 1884, month: 3, paksha: 'vad', tithi: 2 }, { monthStyle: 'purnimanta' })).toBe(
      amanta,
    );
    const bright = { era: 'samvat', year: 1884, month: 2, paksha: 'sud', tithi: 2 } as const;
    expect(dayOf(bright, { monthStyle: 'purnimanta' })).toBe(dayOf(bright));
  });

  it.each([
    [2001, 7],
    [2004, 5],
    [2007, 3],
    [2010, 2],
    [2012, 6],
    [2015, 4],
    [2018, 3],
    [2020, 7],
    [2023, 5],
    [2026, 3],
  ])('ai-timeline 14: the almanac of %i has adhik month %i', (year, month) => {
    expect(
      lunarMonths(year)
        .filter(({ adhik }) => adhik)
        .map((added) => added.month),
    ).toEqual([month]);
  });

  it('ai-timeline 14: a month that is adhik in its year, and one that is not, are flagged', () => {
    const jeth = { era: 'samvat', year: 1857, month: 3, paksha: 'sud', tithi: 2 } as const;
    const plain = computeSamvat({ date: jeth, ...kartikadi });
    const added = computeSamvat({ date: { ...jeth, adhik: true }, ...kartikadi });
    expect(plain?.flags).toEqual(['adhikMonth']);
    expect(added?.flags).toEqual(['adhikMonth']);
    expect(dayOf(jeth) - dayOf({ ...jeth, adhik: true })).toBeGreaterThanOrEqual(29);
    expect(computeSamvat({ date: { ...jeth, year: 1858, adhik: true }, ...kartikadi })?.flags).toEqual([
      'adhikMonthNotFound',
    ]);
  });

  it('ai-timeline 14: a vanished tithi is flagged and placed on the day before its successor', () => {
    const flagged: number[] = [];
    for (let tithi = 2; tithi <= 14; tithi += 1)
      for (const month of [1, 3, 5, 8, 10, 12])
        for (const paksha of ['sud', 'vad'] as const) {
          const date: LunarDate = { era: 'samvat', year: 1882, month, paksha, tithi };
          if (!computeSamvat({ date, ...kartikadi })?.flags.includes('vanishedTithi')) continue;
          flagged.push(dayOf(date));
          // The day before the next tithi's day: the one in which it began and ended.
          expect(dayOf(date)).toBe(dayOf({ ...date, tithi: tithi + 1 }) - 1);
        }
    expect(flagged.length).toBeGreaterThan(0);
  });

  it.each([
    // The new moons of 16 March and 14 April, the full moons of 2 and 31 March.
    ['amanta', undefined, '1828-3', '1828-4'],
    ['purnimanta', undefined, '1828-3', '1828-3'],
    ['amanta', 'vad', '1828-3', '1828-4'],
    ['purnimanta', 'vad', '1828-3', '1828-3'],
    ['amanta', 'sud', '1828-3', '1828-3'],
    ['purnimanta', 'sud', '1828-3', '1828-3'],
  ] as const)('ai-timeline 14: Chaitra of 1828, %s, %s half', (monthStyle, paksha, from, to) => {
    const date: LunarDate = { era: 'samvat', year: 1885, month: 1, ...(paksha && { paksha }) };
    const year = monthStyle === 'purnimanta' && paksha === 'vad' ? 1884 : 1885;
    const result = computeSamvat({ date: { ...date, year }, samvatYear: 'chaitradi', monthStyle });
    if (result?.precision !== 'month') throw new Error('no month');
    expect([`${result.from.year}-${result.from.month}`, `${result.to.year}-${result.to.month}`]).toEqual([from, to]);
  });

  it('ai-timeline 14: a purnimanta month that an adhik month splits reaches around it; the adhik month does not', () => {
    // Its dark half is from the full moon of 30 April, adhik Jeth from 14 May to 12 June, its bright half until 27 June.
    const jeth = { era: 'shaka', year: 1750, month: 3 } as const;
    expect(computeSamvat({ date: jeth, samvatYear: 'chaitradi', monthStyle: 'purnimanta' })).toMatchObject({
      from: { year: 1828, month: 4 },
      to: { year: 1828, month: 6 },
      flags: ['adhikMonth'],
    });
    for (const monthStyle of ['amanta', 'purnimanta'] as const)
      expect(computeSamvat({ date: { ...jeth, adhik: true }, samvatYear: 'chaitradi', monthStyle })).toMatchObject({
        from: { year: 1828, month: 5 },
        to: { year: 1828, month: 6 },
        flags: ['adhikMonth'],
      });
  });

  it.each([
    ['Jeth of 1828', { era: 'shaka', year: 1750, month: 3 }],
    // The dark half is at the end of the old year, adhik Chaitra begins the new one.
    ['Chaitra of 1823', { era: 'shaka', year: 1744, month: 1 }],
  ] as const)('ai-timeline 14: two purnimanta dark halves of a doubled month, %s: both are flagged', (_name, month) => {
    const vad = { ...month, paksha: 'vad', tithi: 4 } as const;
    const style = { samvatYear: 'chaitradi', monthStyle: 'purnimanta' } as const;
    const added = { ...vad, adhik: true, year: vad.month === 1 ? vad.year + 1 : vad.year };
    for (const date of [vad, added]) expect(computeSamvat({ date, ...style })?.flags).toEqual(['adhikMonth']);
    expect(dayOf(added, style) - dayOf(vad, style)).toBeGreaterThanOrEqual(29);
    expect(dayOf(added, style) - dayOf(vad, style)).toBeLessThanOrEqual(30);
  });

  it('ai-timeline 14: a month is the months it touches, a year is two years', () => {
    expect(computeSamvat({ date: { era: 'samvat', year: 1837, month: 1 }, ...kartikadi })).toMatchObject({
      precision: 'month',
      from: { year: 1781, month: 3 },
      to: { year: 1781, month: 4 },
    });
    expect(computeSamvat({ date: { era: 'samvat', year: 1837 }, ...kartikadi })).toMatchObject({
      fromYear: 1780,
      toYear: 1781,
    });
  });

  it.each([
    { era: 'samvat', year: 1882, month: 11, paksha: 'sud', tithi: 16 },
    { era: 'samvat', year: 1882, month: 13, paksha: 'sud', tithi: 1 },
    { era: 'samvat', year: 12, month: 1 },
  ] as LunarDate[])('ai-timeline 14: %j is no date', (date) => {
    expect(computeSamvat({ date, ...kartikadi })).toBeUndefined();
  });

  it('ai-timeline 14: tithis of a month come in order, at most two days apart', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1700, max: 2000 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 14 }),
        (year, month, tithi) => {
          const first = dayOf({ era: 'samvat', year, month, paksha: 'sud', tithi });
          const next = dayOf({ era: 'samvat', year, month, paksha: 'sud', tithi: tithi + 1 });
          expect(next - first).toBeGreaterThanOrEqual(0);
          expect(next - first).toBeLessThanOrEqual(2);
        },
      ),
      { numRuns: 25 },
    );
  });
});
