import fc from 'fast-check';
import { kindOfBuiltInFormat, kindOfFormatCode, numberText } from './xlsx-numbers';

const stored = (text: string) => numberText({ stored: text, kind: 'number', date1904: false });

describe('numbers of a spreadsheet', () => {
  test.each([
    ['0.1', '0.1'],
    ['1E-2', '0.01'],
    ['12345678901234567', '12345678901234567'],
    ['1.2345678901234567E+16', '12345678901234567'],
    ['1.2E+3', '1200'],
    ['1.10', '1.10'],
    ['100.00', '100.00'],
    ['-7', '-7'],
    ['.5', '.5'],
    // Excel writes 17 digits of what was typed as 1.1, 0.58 and -0.05.
    ['1.1000000000000001', '1.1'],
    ['0.57999999999999996', '0.58'],
    ['-5.0000000000000003E-2', '-0.05'],
    // The sum of 0.1 and 0.2 is another number than 0.3.
    ['0.30000000000000004', '0.30000000000000004'],
    // Google writes whole numbers so.
    ['1830.0', '1830'],
    ['-7.0', '-7'],
    ['1E400', '1E400'],
    ['1,5', '1,5'],
    [' 5 ', '5'],
  ])('data-import 8: %s is %s', (written, text) => {
    expect(stored(written)).toBe(text);
  });

  test('data-import 8: whatever is done to the text of a double, it stays that double', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 1, max: 17 }),
        (value, digits) => {
          for (const text of [
            value.toPrecision(17),
            value.toExponential(16),
            value.toPrecision(digits),
            String(value),
          ]) {
            const got = stored(text);
            expect(got).toMatch(/^-?\d+(?:\.\d+)?$/);
            expect(Number(got) === Number(text)).toBe(true);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('data-import 8: amounts come back as they were typed from the 17 digits that Excel makes of them', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }).filter((one) => one !== 0n),
        (minor) => {
          const digits = String(minor < 0n ? -minor : minor).padStart(3, '0');
          const typed = `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
          const exponent = Number(typed).toExponential(16).replace('e', 'E');
          expect(Number(stored(exponent))).toBe(Number(typed));
          expect(stored(exponent)).toBe(typed.replace(/\.?0+$/, ''));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('dates of a spreadsheet', () => {
  test.each([
    [14, '1', '1900-01-01'],
    [14, '59', '1900-02-28'],
    [14, '60', '1900-02-29'],
    [14, '61', '1900-03-01'],
    [14, '0', '1900-01-00'],
    [14, '25569', '1970-01-01'],
    [14, '36585', '2000-02-29'],
    [22, '45413.999999', '2024-05-02'],
    [22, '45413.999', '2024-05-01T23:58:34'],
    [20, '45413.25', '2024-05-01T06:00:00'],
    [20, '0.75', '18:00:00'],
    [22, '0.75', '18:00:00'],
    [45, '0', '00:00:00'],
    [46, '1.5', '36:00:00'],
    [46, '-0.5', '-12:00:00'],
    [47, '0.5', '12:00:00'],
    [17, '4.5413E4', '2024-05-01'],
    [30, '45413', '2024-05-01'],
    [57, '45413', '2024-05-01'],
    [14, '2958465', '9999-12-31'],
    [14, '2958466', '2958466'],
    [14, '-1', '-1'],
    [2, '45413', '45413'],
    [10, '0.5', '0.5'],
    [48, '45413', '45413'],
    [49, '45413', '45413'],
  ])('data-import 6: in the built-in format %i, %s is %s', (format, serial, text) => {
    expect(numberText({ stored: serial, kind: kindOfBuiltInFormat(format), date1904: false })).toBe(text);
  });

  test.each([
    [14, '0', '1904-01-01'],
    [14, '1', '1904-01-02'],
    [14, '60', '1904-03-01'],
    [14, '43951', '2024-05-01'],
    [20, '0.5', '12:00:00'],
    [14, '0.5', '1904-01-01T12:00:00'],
    [14, '2957003', '9999-12-31'],
    [14, '2957004', '2957004'],
  ])('data-import 6: in the 1904 date system, format %i, %s is %s', (format, serial, text) => {
    expect(numberText({ stored: serial, kind: kindOfBuiltInFormat(format), date1904: true })).toBe(text);
  });

  test('data-import 6: every day from 1900-03-01 to 9999-12-31 is the day that the calendar counts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 61, max: 2_958_465 }), fc.integer({ min: 0, max: 86_399 }), (day, second) => {
        const expected = new Date(Date.UTC(1899, 11, 30) + (day * 86_400 + second) * 1000).toISOString().slice(0, 19);
        const text = numberText({ stored: String(day + second / 86_400), kind: 'date', date1904: false });
        expect(text).toBe(expected.replace('T00:00:00', ''));
      }),
    );
  });

  test.each([
    ['dd.mm.yyyy', 'date'],
    ['[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy', 'date'],
    ['[$-409]d\\-mmm\\-yy;@', 'date'],
    ['mmm-yy', 'date'],
    ['[Red]yyyy/m/d', 'date'],
    ['yyyy"年"m"月"d"日"', 'date'],
    ['M/d/yyyy H:mm:ss', 'date'],
    ['yyyy-mm-dd\\Thh:mm:ss.000', 'date'],
    ['mmmm', 'date'],
    ['"day "0', 'number'],
    ['0 "d"', 'number'],
    ['0 d', 'number'],
    ['#,##0.00\\ \\d', 'number'],
    ['#,##0.00 [$USD-409]', 'number'],
    ['_-* #,##0.00 [$kr-41D]_-;-* #,##0.00', 'number'],
    ['"unclosed d', 'number'],
    ['General', 'number'],
    ['General" days"', 'number'],
    ['0.00E+00', 'number'],
    ['@', 'number'],
    ['', 'number'],
    ['[h]:mm:ss', 'elapsed'],
    ['[mm]:ss.0', 'elapsed'],
    ['mm:ss.000', 'time'],
    ['h:mm AM/PM', 'time'],
  ])('data-import 6: the format %s shows a %s', (code, kind) => {
    expect(kindOfFormatCode(code)).toBe(kind);
  });
});
