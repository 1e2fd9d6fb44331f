import { normaliseDate } from './normalise-date';
import { edtfDay, gregorianToDays } from './day-number';
import type { NormalisedDate } from '../types';

const today = '2026-11-21';

function edtf(text: string): string {
  const date = normaliseDate({ text, today });
  return 'code' in date ? date.code : date.edtf;
}

function dateOf(input: Parameters<typeof normaliseDate>[0]): NormalisedDate {
  const date = normaliseDate(input);
  if ('code' in date) throw new Error(`${input.text}: ${date.code}`);
  return date;
}

describe('ai-timeline 13: dates in English', () => {
  it.each([
    ['3 April 1781', '1781-04-03'],
    ['April 3, 1781', '1781-04-03'],
    ['3rd of April, 1781', '1781-04-03'],
    ['Tuesday, 3 April 1781', '1781-04-03'],
    ['the third day of April 1781', '1781-04-03'],
    ['1781-04-03', '1781-04-03'],
    ['23/04/1781', '1781-04-23'],
    ['Oct. 1800', '1800-10'],
    ['October, 1800', '1800-10'],
    ['1809', '1809'],
    ['circa 1809', '1809~'],
    ['c. 1809', '1809~'],
    ['about 1809', '1809~'],
    ['circa 3 April 1781', '1781-04-03~'],
    ['possibly 1809', '1809?'],
    ['1809?', '1809?'],
    ['possibly about 1809', '1809%'],
    ['1820s', '182X'],
    ['the 1820s', '182X'],
    ['circa 1820s', '1820~/1829~'],
    ['1800s', '18XX'],
    ['early 19th century', '1800~/1833~'],
    ['mid-19th century', '1834~/1866~'],
    ['late nineteenth century', '1867~/1899~'],
    ['later in the 19th century', '1867~/1899~'],
    ['19th century', '18XX'],
    ['first half of the 19th century', '1800~/1849~'],
    ['summer of 1829', '1829-22'],
    ['early 1829', '1829-01~/1829-04~'],
    ['late April 1781', '1781-04-21~/1781-04-30~'],
    ['1799–1801', '1799/1801'],
    ['1800–02', '1800/1802'],
    ['between 1800 and 1802', '1800/1802'],
    ['from May 1800 to June 1802', '1800-05/1802-06'],
    ['3–5 April 1781', '1781-04-03/1781-04-05'],
    ['3 April – 5 May 1781', '1781-04-03/1781-05-05'],
    ['April 3-5, 1781', '1781-04-03/1781-04-05'],
    ['April–May 1781', '1781-04/1781-05'],
    ['before 1800', '../1800'],
    ['after 1809', '1809/..'],
    ['9 BCE', '-0008'],
    ['1 BC', '0000'],
    ['AD 79', '0079'],
    ['5th century BCE', '-04XX'],
    ['1st century BCE', '-00XX'],
    ['1830-06-01T10:00/1831-02-03', '1830-06-01/1831-02-03'],
    ['night of 20 November 1819', '1819-11-20'],
    ['૩ એપ્રિલ ૧૭૮૧', '1781-04-03'],
    ['३ अप्रैल १७८१', '1781-04-03'],
    ['ઈ.સ. ૧૮૨૬', '1826'],
  ])('ai-timeline 13: %s is %s', (text, expected) => {
    expect(edtf(text)).toBe(expected);
  });

  it.each([
    '',
    'once upon a time',
    '30 February 1822',
    '29 Feb 1822',
    '1822-02-29',
    '1781-13-01',
    '32 March 1800',
    '19',
    '0 BCE',
    '1 and 2',
  ])('ai-timeline 13: "%s" is InvalidDate', (text) => {
    expect(edtf(text)).toBe('InvalidDate');
  });

  it('ai-timeline 13: later than today is FutureDate, today itself is not', () => {
    expect(edtf('22 November 2026')).toBe('FutureDate');
    expect(edtf('2027')).toBe('FutureDate');
    expect(edtf('circa 2027')).toBe('FutureDate');
    expect(edtf('21 November 2026')).toBe('2026-11-21');
    expect(edtf('2026')).toBe('2026');
  });

  it('ai-timeline 13: outside the range is flagged, not refused; touching it is inside', () => {
    const flags = (text: string): string[] => dateOf({ text, today, range: '1700/1800' }).flags;
    expect(flags('1801')).toEqual(['outsideRange']);
    expect(flags('1800')).toEqual([]);
    expect(flags('circa 1801')).toEqual([]);
  });

  it('ai-timeline 13: a range that is no EDTF is the caller’s fault', () => {
    expect(() => normaliseDate({ text: '1800', range: 'all of it' })).toThrow(RangeError);
    expect(() => normaliseDate({ text: '1800', today: 'now' })).toThrow(RangeError);
  });

  it('an ambiguous day keeps both readings and is flagged', () => {
    expect(dateOf({ text: '03/04/1781' })).toMatchObject({ edtf: '[1781-03-04,1781-04-03]', flags: ['ambiguousDate'] });
  });

  it('ai-timeline 13: two digits after a year are a season or a year in every script', () => {
    for (const text of ['1820-21', '૧૮૨૦-૨૧', '१८२०-२१'])
      expect(dateOf({ text })).toMatchObject({ edtf: '1820-21', flags: ['ambiguousDate'], originalText: text });
    for (const text of ['1820–21', '૧૮૨૦–૨૧', '१८२०–२१'])
      expect(dateOf({ text })).toMatchObject({ edtf: '1820/1821', flags: [] });
  });

  it('words that may change a date are flagged, harmless ones are not', () => {
    expect(dateOf({ text: 'shortly after 1809' }).flags).toEqual(['ambiguousDate']);
    expect(dateOf({ text: 'on the evening of 3 April 1781' }).flags).toEqual([]);
  });
});

describe('ai-timeline 13: dates in Gujarati and Hindi', () => {
  it.each([
    ['લગભગ ૧૮૩૦', '1830~'],
    ['આશરે ૧૮૩૦', '1830~'],
    ['અંદાજે ઈ.સ. ૧૮૩૦', '1830~'],
    ['૧૮૩૦ની આસપાસ', '1830~'],
    ['करीब 1830', '1830~'],
    ['तकरीबन १८३०', '1830~'],
    ['सन् 1830 के आसपास', '1830~'],
    ['કદાચ ૧૮૩૦', '1830?'],
    ['संभवतः १८३०', '1830?'],
    ['૧૮૩૦ પહેલાં', '../1830'],
    ['૩ એપ્રિલ ૧૭૮૧ પહેલાં', '../1781-04-03'],
    ['१८३० से पहले', '../1830'],
    ['१८३० के पूर्व', '../1830'],
    ['૧૮૩૦ સુધી', '../1830'],
    ['१८३० तक', '../1830'],
    ['૧૮૩૦ પછી', '1830/..'],
    ['ઈ.સ. ૧૮૩૦ના પછી', '1830/..'],
    ['૧૮૩૦ બાદ', '1830/..'],
    ['1830 के बाद', '1830/..'],
    ['लगभग 1830 के बाद', '1830~/..'],
    ['૧૮૨૬થી ૧૮૩૦', '1826/1830'],
    ['૧૮૨૬થી ૧૮૩૦ સુધી', '1826/1830'],
    ['1826 से 1830 तक', '1826/1830'],
    ['૧૮૨૬ અને ૧૮૩૦ની વચ્ચે', '1826/1830'],
    ['1826 और 1830 के बीच', '1826/1830'],
    ['ઈ.સ. પૂર્વે ૫૦૦', '-0499'],
    ['ईसा पूर्व 500', '-0499'],
    ['500 ईसा पूर्व', '-0499'],
    ['ई.पू. ५००', '-0499'],
    ['ઈસવીસન ૧૮૩૦', '1830'],
    ['1830 ईस्वी', '1830'],
  ])('ai-timeline 13: %s is %s', (text, expected) => {
    const date = dateOf({ text, today });
    expect([date.edtf, date.flags]).toEqual([expected, []]);
  });

  it('ai-timeline 13: `in 1830, and then` is not `after 1830`', () => {
    expect(dateOf({ text: '૧૮૩૦માં, પછી' })).toMatchObject({ edtf: '1830', flags: ['ambiguousDate'] });
    expect(dateOf({ text: '1830 में बाद' })).toMatchObject({ edtf: '1830', flags: ['ambiguousDate'] });
  });
});

describe('ai-timeline 14: other calendars', () => {
  it.each([
    'Samvat 1837 Chaitra sud 9',
    'Chaitra sud 9, Samvat 1837',
    'V.S. 1837 Chaitra Sud 9',
    'Vikram Samvat 1837, Chaitra Shukla Navami',
    'the ninth day of the bright half of Chaitra, Samvat 1837',
    'સંવત ૧૮૩૭ ચૈત્ર સુદ ૯',
    'સંવત ૧૮૩૭ના ચૈત્ર સુદ નોમ'.replace('ના', ' ના'),
    'संवत् १८३७ चैत्र शुक्ल ९',
    'वि.सं. १८३७ चैत्र शुक्ल नवमी',
    'Chaitra sud 9, 1837',
  ])('ai-timeline 14: %s', (text) => {
    const date = dateOf({ text, today });
    expect(date).toMatchObject({
      edtf: '1781-04-03~',
      originalCalendar: 'samvat',
      originalText: text,
      precision: 'day',
      flags: [],
    });
    expect([edtfDay(date.sortMin), edtfDay(date.sortMax)]).toEqual(['1781-03-31', '1781-04-06']);
  });

  it.each([
    ['Samvat 1837', '1780~/1781~'],
    ['Samvat 1837 Chaitra', '1781-03~/1781-04~'],
    ['Samvat 1882 Maha', '1826-02~/1826-03~'],
    ['Shaka 1703 Chaitra shuddha 9', '1781-04-03~'],
    ['Shaka 1703', '1781~/1782~'],
    ['Kartik sud punam Samvat 1857', '1800-11-01~'],
    ['Samvat 1882 Maha sud 16', 'InvalidDate'],
    ['Chaitra sud 9', 'InvalidDate'],
  ])('ai-timeline 14: %s is %s', (text, expected) => {
    expect(edtf(text)).toBe(expected);
  });

  it.each([
    ['before Samvat 1882 Maha sud 5', '../1826-02-12~'],
    ['until Samvat 1882 Maha', '../1826-03~'],
    ['after Samvat 1837', '1780~/..'],
    ['સંવત ૧૮૮૨ મહા સુદ ૫ પહેલાં', '../1826-02-12~'],
    ['संवत् १८८२ माघ शुक्ल ५ के बाद', '1826-02-12~/..'],
    ['સંવત ૧૮૩૭ની આસપાસ', '1780~/1781~'],
    ['circa Samvat 1837', '1780~/1781~'],
    ['possibly Samvat 1837', '1780%/1781%'],
    ['કદાચ સંવત ૧૮૩૭ ચૈત્ર સુદ ૯', '1781-04-03%'],
    ['before Samvat 1837 (1781)', '../1781'],
    ['before 1781 (Samvat 1837)', '../1781'],
  ])('ai-timeline 13, 14: %s is %s', (text, expected) => {
    const date = dateOf({ text, today });
    expect([date.edtf, date.flags]).toEqual([expected, []]);
  });

  it('ai-timeline 14: how a date was read is kept, and nothing of the kind for a stated or European date', () => {
    const calendar = { samvatYear: 'ashadhadi', month: 'purnimanta' } as const;
    expect(dateOf({ text: 'Samvat 1837 Chaitra sud 9', calendar }).reckoning).toEqual(calendar);
    expect(dateOf({ text: 'Shaka 1703' }).reckoning).toEqual({ month: 'amanta' });
    expect(dateOf({ text: 'Samvat 1837 Chaitra sud 9 (1781)' }).reckoning?.samvatYear).toBe('kartikadi');
    expect(dateOf({ text: 'Samvat 1886 Jeth sud 10 (1 June 1830)' })).not.toHaveProperty('reckoning');
    expect(dateOf({ text: '1 June 1830' })).not.toHaveProperty('reckoning');
  });

  it('ai-timeline 14: the options of the timeline are used', () => {
    const text = 'Samvat 1838 Chaitra sud 9';
    expect(dateOf({ text, calendar: { samvatYear: 'chaitradi' } }).edtf).toBe('1781-04-03~');
    expect(dateOf({ text }).edtf).not.toBe('1781-04-03~');
  });

  it('ai-timeline 14: a stated Gregorian day wins and is not marked', () => {
    for (const text of [
      'Samvat 1886 Jeth sud 10 (1 June 1830)',
      '1 June 1830 (Samvat 1886 Jeth sud 10)',
      '1830-06-01, Jeth sud 10 Samvat 1886',
    ])
      expect(dateOf({ text })).toMatchObject({
        edtf: '1830-06-01',
        flags: [],
        originalCalendar: 'samvat',
        originalText: text,
      });
  });

  it('ai-timeline 14: one day apart is no mismatch (the night of Samvat 1876 Magshar sud 4), two are', () => {
    expect(dateOf({ text: 'Samvat 1876 Magshar sud 4 (20 November 1819)' })).toMatchObject({
      edtf: '1819-11-20',
      flags: [],
    });
    expect(dateOf({ text: 'Samvat 1876 Magshar sud 4 (19 November 1819)' })).toMatchObject({
      edtf: '1819-11-19',
      flags: ['CalendarMismatch'],
    });
    expect(dateOf({ text: 'Samvat 1886 Jeth sud 10 (1829)' }).flags).toEqual(['CalendarMismatch']);
  });

  it('ai-timeline 14: a Samvat day in its stated Gregorian year keeps its day', () => {
    expect(dateOf({ text: 'Samvat 1837 Chaitra sud 9 (1781)' })).toMatchObject({ edtf: '1781-04-03~', flags: [] });
  });

  it('ai-timeline 14: days before the reform are Julian, converted and noted', () => {
    expect(dateOf({ text: '4 October 1582' })).toMatchObject({
      edtf: '1582-10-14',
      originalCalendar: 'julian',
      notes: ['convertedFromJulian'],
    });
    expect(dateOf({ text: '15 October 1582' })).toMatchObject({
      edtf: '1582-10-15',
      originalCalendar: 'gregorian',
      notes: [],
    });
    expect(dateOf({ text: '29 February 1500' })).toMatchObject({ edtf: '1500-03-10' });
    expect(dateOf({ text: 'March 1500' })).toMatchObject({ edtf: '1500-03-11/1500-04-10', precision: 'month' });
    expect(dateOf({ text: '15 March 44 BC' })).toMatchObject({ edtf: '-0043-03-13', originalCalendar: 'julian' });
    expect(dateOf({ text: '2 September 1752', calendar: { gregorianFrom: '1752-09-14' } })).toMatchObject({
      edtf: '1752-09-13',
    });
    expect(dateOf({ text: '2 September 1752' })).toMatchObject({ edtf: '1752-09-02' });
  });

  it('ai-timeline 13: ISO and EDTF are Gregorian whatever the year', () => {
    const date = dateOf({ text: '1500-03-01' });
    expect(date).toMatchObject({ edtf: '1500-03-01', originalCalendar: 'gregorian' });
    expect(date.sortMin).toBe(gregorianToDays({ year: 1500, month: 3, day: 1 }));
  });
});

test.each(['Y-65000000', 'Y-10000', 'Y10000', 'Y-65000000/..', '[Y-65000000,1830]'])(
  'ai-timeline 13: %s has a year of more than four digits and is no date of history',
  (text) => {
    expect(normaliseDate({ text })).toEqual({ code: 'InvalidDate' });
  },
);

test.each(['-9999', '9999', '-9999~', '9999~', '../1830'])('ai-timeline 13: %s is still a date of history', (text) => {
  expect(normaliseDate({ text })).toMatchObject({ edtf: text });
});

test('ai-timeline 13: the 1st century BCE is 100 BCE to 1 BCE, which EDTF counts as -0099 to 0000', () => {
  const date = normaliseDate({ text: '1st century BCE' });
  if ('code' in date) throw new Error(date.code);
  expect([date.sortMin, date.sortMax]).toEqual([
    gregorianToDays({ year: -99, month: 1, day: 1 }),
    gregorianToDays({ year: 0, month: 12, day: 31 }),
  ]);
});
