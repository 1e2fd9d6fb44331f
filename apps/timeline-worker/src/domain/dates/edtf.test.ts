import fc from 'fast-check';

import { edtfDay, edtfYear } from './day-number';
import { FAR_FUTURE, FAR_PAST, edtfBounds } from './edtf';

function span(text: string): string | undefined {
  const bounds = edtfBounds(text);
  return bounds && `${edtfDay(bounds.sortMin)} ${edtfDay(bounds.sortMax)}`;
}

describe('ai-timeline 13: sort bounds of EDTF', () => {
  it.each([
    ['1781-04-03', '1781-04-03 1781-04-03'],
    ['1781-04', '1781-04-01 1781-04-30'],
    ['1824-02', '1824-02-01 1824-02-29'],
    ['1781', '1781-01-01 1781-12-31'],
    ['182X', '1820-01-01 1829-12-31'],
    ['18XX', '1800-01-01 1899-12-31'],
    ['1781-XX', '1781-01-01 1781-12-31'],
    ['1781-02-XX', '1781-02-01 1781-02-28'],
    ['156X-12-25', '1560-12-25 1569-12-25'],
    ['-0008', '-0008-01-01 -0008-12-31'],
    ['-04XX', '-0499-01-01 -0400-12-31'],
    ['1829-21', '1829-03-01 1829-05-31'],
    ['1829-24', '1829-12-01 1830-02-28'],
    ['1829-33', '1829-01-01 1829-03-31'],
    ['1950S2', '1900-01-01 1999-12-31'],
    ['1800/1802-03', '1800-01-01 1802-03-31'],
    ['[1667,1670..1672]', '1667-01-01 1672-12-31'],
    ['{1960,1962-05}', '1960-01-01 1962-05-31'],
    ['1985-04-12T23:20:30Z', '1985-04-12 1985-04-12'],
    ['1809?', '1809-01-01 1809-12-31'],
  ])('ai-timeline 13: %s', (text, expected) => {
    expect(span(text)).toBe(expected);
  });

  it.each([
    ['1781-04-03~', '1781-03-31 1781-04-06'],
    ['1781-04~', '1781-03-01 1781-05-31'],
    ['1781-03~', '1781-02-01 1781-04-30'],
    ['1781~', '1779-01-01 1783-12-31'],
    ['1781%', '1779-01-01 1783-12-31'],
    ['1800~/1833~', '1798-01-01 1835-12-31'],
    ['1800~/1833', '1798-01-01 1833-12-31'],
    ['1780~/1781~', '1778-01-01 1783-12-31'],
    ['2004-06-~11', '2004-06-08 2004-06-14'],
    ['2004-06~-11', '2004-05-11 2004-07-11'],
    ['~2004-06-11', '2002-06-11 2006-06-11'],
  ])('ai-timeline 13: ~ widens %s', (text, expected) => {
    expect(span(text)).toBe(expected);
  });

  it('ai-timeline 13: open ends reach as far as bounds go', () => {
    expect(edtfBounds('1985/..')).toMatchObject({ sortMax: FAR_FUTURE, openEnd: true, openStart: false });
    expect(edtfBounds('../1985')).toMatchObject({ sortMin: FAR_PAST, openStart: true, openEnd: false });
  });

  it.each([
    '',
    '19',
    '192',
    '1822-02-29',
    '1822-02-30',
    '1781-13',
    '1781-4-3',
    '17810403',
    '1802/1800',
    '../..',
    'gold',
    '1'.repeat(500),
  ])('ai-timeline 13: %s is no date', (text) => {
    expect(edtfBounds(text)).toBeUndefined();
  });

  // Of the years that Date writes with four digits.
  const days = fc
    .date({ min: new Date('0010-01-01'), max: new Date('9989-12-31'), noInvalidDate: true })
    .map((date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())));
  const precision = fc.constantFrom<'day' | 'month' | 'year'>('day', 'month', 'year');
  const mark = fc.constantFrom('', '?', '~', '%');
  const iso = (date: Date): string => date.toISOString().slice(0, 10);
  function expected(date: Date, fine: 'day' | 'month' | 'year', wide: boolean): [string, string] {
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    const by = wide ? 1 : 0;
    if (fine === 'day') {
      const moved = (count: number): string => iso(new Date(date.getTime() + count * 86_400_000));
      return [moved(-3 * by), moved(3 * by)];
    }
    if (fine === 'year') return [`${edtfYear(year - 2 * by)}-01-01`, `${edtfYear(year + 2 * by)}-12-31`];
    const first = new Date(0);
    first.setUTCFullYear(year, month - by, 1);
    const last = new Date(0);
    last.setUTCFullYear(year, month + 1 + by, 0);
    return [iso(first), iso(last)];
  }

  const written = (date: Date, fine: 'day' | 'month' | 'year', sign: string): string =>
    iso(date).slice(0, { day: 10, month: 7, year: 4 }[fine]) + sign;

  it('ai-timeline 13: the bounds of any day, month or year are its own, wider by 3 days, 1 month or 2 years with ~', () => {
    fc.assert(
      fc.property(days, precision, mark, (date, fine, sign) => {
        const text = written(date, fine, sign);
        expect([text, span(text)]).toEqual([text, expected(date, fine, /[~%]/.test(sign)).join(' ')]);
      }),
    );
  });

  it('ai-timeline 13: the bounds of any interval are the first of its start and the last of its end; backwards is no date', () => {
    fc.assert(
      fc.property(days, days, precision, mark, mark, (one, other, fine, sign, sign2) => {
        const [from, to] = one <= other ? [one, other] : [other, one];
        const text = `${written(from, fine, sign)}/${written(to, fine, sign2)}`;
        const [first] = expected(from, fine, /[~%]/.test(sign));
        const [, last] = expected(to, fine, /[~%]/.test(sign2));
        expect([text, span(text)]).toEqual([text, `${first} ${last}`]);
        const backwards = `${written(to, fine, sign)}/${written(from, fine, sign2)}`;
        if (written(from, fine, '') !== written(to, fine, '')) expect(span(backwards)).toBeUndefined();
      }),
    );
  });

  it('ai-timeline 13: the bounds are in order and `~` never narrows', () => {
    fc.assert(
      fc.property(days, precision, (date, fine) => {
        const plain = edtfBounds(written(date, fine, ''))!;
        const wide = edtfBounds(written(date, fine, '~'))!;
        expect(wide.sortMin).toBeLessThan(plain.sortMin);
        expect(wide.sortMax).toBeGreaterThan(plain.sortMax);
        expect([wide.earliest, wide.latest]).toEqual([plain.sortMin, plain.sortMax]);
      }),
    );
  });
});
