import fc from 'fast-check';
import { MAX_MINOR } from './amount-text';
import { type DateOrder, type DecimalSign, parseAmountText, parseDateText } from './index';

const amount = (text: string, decimal: DecimalSign = '.', currency = 'USD') => {
  const parsed = parseAmountText({ text, decimal, currency });
  return 'ok' in parsed ? parsed.ok : parsed.error.code;
};
const date = (text: string, order: DateOrder = 'DMY', zone?: string) => {
  const parsed = parseDateText({ text, order, currentYear: 2026, zone });
  return 'ok' in parsed ? parsed.ok : parsed.error.code;
};

describe('amount texts', () => {
  test.each([
    ['1 234 567.89', 123_456_789n],
    ['1\u00a0234.5', 123_450n],
    ['1\u202f234.5', 123_450n],
    ["1'234.50", 123_450n],
    ['1\u2019234.50', 123_450n],
    ['1,234.50', 123_450n],
    ['12,34,567.00', 123_456_700n],
    ['.50', 50n],
    ['12.', 1200n],
    ['007', 700n],
  ])('data-import 8: grouping in %j', (text, minor) => {
    expect(amount(text)).toBe(minor);
  });

  test.each([
    ['(12.50)', -1250n],
    ['-12.50', -1250n],
    ['12.50-', -1250n],
    ['\u221212.50', -1250n],
    ['12.50 \u2212', -1250n],
    ['+12.50', 1250n],
    ['12.50 DR', -1250n],
    ['12.50Dr.', -1250n],
    ['12.50 CR', 1250n],
    ['(0.00)', 0n],
    ['-0', 0n],
  ])('data-import 8: direction in %j', (text, minor) => {
    expect(amount(text)).toBe(minor);
  });

  test.each([
    ['$12.50', 'USD', 1250n],
    ['-$12.50', 'USD', -1250n],
    ['$ -12.50', 'USD', -1250n],
    ['($12.50)', 'USD', -1250n],
    ['12.50 €', 'EUR', 1250n],
    ['EUR 12.50-', 'EUR', -1250n],
    ['12.50 eur', 'EUR', 1250n],
    ['Rs.1,20,000.50', 'INR', 12_000_050n],
    ['₹.50 Cr', 'INR', 50n],
    ['Rs.50', 'INR', 5000n],
    ['INR.1,234.50', 'INR', 123_450n],
    ['USD .50', 'USD', 50n],
    ['USD. 50', 'USD', 5000n],
    ['USD.50', 'USD', 'InvalidAmount'],
    ['१,२३४.५०', 'INR', 123_450n],
    ['1 234 Ft', 'HUF', 123_400n],
    ['$5', 'CAD', 500n],
    ['12.50 €', 'USD', 'CurrencyMismatch'],
    ['USD 12.50', 'EUR', 'CurrencyMismatch'],
    ['$12.50', 'EUR', 'CurrencyMismatch'],
    ['€ 12.50 USD', 'USD', 'CurrencyMismatch'],
  ])('data-import 8: currency in %j for a row in %s', (text, currency, result) => {
    expect(amount(text, '.', currency)).toBe(result);
  });

  test.each([
    '1e5',
    '1.5E3',
    'abc',
    '12x',
    'x12',
    '1.2.3',
    '1.234.50',
    '1,2,3',
    '12,34.5',
    '1,2345.00',
    '--5',
    '-5-',
    '(5',
    '5)',
    '(-5)',
    '-5 DR',
    '-',
    '.',
    '12.-',
    '5 5',
    '1 5.00 2',
    '0x10',
    'NaN',
    '½',
    '12.5,0',
  ])('data-import 8: %j is no amount', (text) => {
    expect(amount(text)).toBe('InvalidAmount');
  });

  test('data-import 8: empty is MissingAmount, zero is an amount', () => {
    expect([amount(''), amount('  \u00a0'), amount('0'), amount('0.00')]).toEqual([
      'MissingAmount',
      'MissingAmount',
      0n,
      0n,
    ]);
  });

  test('data-import 8: superfluous zeros are cut, other decimals refused, by the exponent of the currency', () => {
    expect([amount('1.500'), amount('1.505'), amount('1.5000000000000000000')]).toEqual([
      150n,
      'TooManyDecimals',
      150n,
    ]);
    expect([amount('1500', '.', 'JPY'), amount('1500.00', '.', 'JPY'), amount('1500.5', '.', 'JPY')]).toEqual([
      1500n,
      1500n,
      'TooManyDecimals',
    ]);
    expect([amount('1.234', '.', 'BHD'), amount('1,2345', ',', 'BHD')]).toEqual([1234n, 'TooManyDecimals']);
  });

  test('data-import 8: exact up to 2^63 - 1 minor units, then AmountOutOfRange', () => {
    expect(amount('92,233,720,368,547,758.07')).toBe(MAX_MINOR);
    expect(amount('-92233720368547758.07')).toBe(-MAX_MINOR);
    expect([amount('92233720368547758.08'), amount('-92233720368547758.08'), amount('9'.repeat(400))]).toEqual(
      Array(3).fill('AmountOutOfRange'),
    );
    expect(amount('9007199254740993', '.', 'JPY')).toBe(9_007_199_254_740_993n);
  });

  test('data-import 7: without a decimal sign in the column, a sign is no number', () => {
    expect([amount('1234', 'none'), amount('1 234', 'none'), amount('1.234', 'none')]).toEqual([
      123_400n,
      123_400n,
      'InvalidAmount',
    ]);
  });

  test('data-import 8: every amount written in any usual way is read exactly', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -MAX_MINOR, max: MAX_MINOR }),
        fc.constantFrom<[DecimalSign, string]>(
          ['.', ','],
          [',', '.'],
          ['.', ' '],
          [',', '\u00a0'],
          ['.', "'"],
          [',', ''],
        ),
        fc.constantFrom<(text: string, negative: boolean) => string>(
          (text, negative) => (negative ? `-${text}` : text),
          (text, negative) => (negative ? `${text}-` : `+${text}`),
          (text, negative) => (negative ? `(${text})` : `${text} CR`),
          (text, negative) => `${text} EUR${negative ? ' DR' : ''}`,
          (text, negative) => `€${negative ? '\u2212' : ''}${text}`,
        ),
        (minor, [decimal, group], mark) => {
          const digits = String(minor < 0n ? -minor : minor).padStart(3, '0');
          const text = `${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, group)}${decimal}${digits.slice(-2)}`;
          expect(amount(mark(text, minor < 0n), decimal, 'EUR')).toBe(minor);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('data-import 8: no text makes the parser fail, and what it takes it takes the same with spaces around', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from("0123456789.,-+() '€$eEDRC\u2212\u00a0xR")), maxLength: 14 }),
        fc.constantFrom<DecimalSign>('.', ',', 'none'),
        (text, decimal) => {
          expect(amount(` ${text}\t`, decimal, 'EUR')).toEqual(amount(text, decimal, 'EUR'));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('date texts', () => {
  test.each([
    ['08.03.2025', 'DMY', '2025-03-08'],
    ['8/3/25', 'DMY', '2025-03-08'],
    ['8. 3. 2025', 'DMY', '2025-03-08'],
    ['08032025', 'DMY', '2025-03-08'],
    ['03-08-2025', 'MDY', '2025-03-08'],
    ['2025/03/08', 'DMY', '2025-03-08'],
    ['20250308', 'MDY', '2025-03-08'],
    ['2025. 03. 08.', 'YMD', '2025-03-08'],
    ['25-03-08', 'YMD', '2025-03-08'],
    ['08.03.2025 23:59:59', 'DMY', '2025-03-08'],
    ['03/08/2025 5:30 PM', 'MDY', '2025-03-08'],
    ['2025-03-08T23:30:00.123Z', 'DMY', '2025-03-08'],
    ['8 Mar 2025', 'MDY', '2025-03-08'],
    ['08-MAR-25', 'DMY', '2025-03-08'],
    ['Mar 8, 2025', 'DMY', '2025-03-08'],
    ['8. März 2025', 'DMY', '2025-03-08'],
    ['8 de marzo de 2025', 'DMY', '2025-03-08'],
    ['2025. március 8.', 'YMD', '2025-03-08'],
    ['८ मार्च २०२५', 'DMY', '2025-03-08'],
    ['૦૮/૦૩/૨૦૨૫', 'DMY', '2025-03-08'],
    ['29.02.2024', 'DMY', '2024-02-29'],
  ] as const)('data-import 6: %s in order %s is %s', (text, order, expected) => {
    expect(date(text, order)).toBe(expected);
  });

  test.each([
    '30.02.2025',
    '29.02.2025',
    '31.04.2025',
    '00.01.2025',
    '01.13.2025',
    '32.01.2025',
    '2025-02-30',
    '20250230',
    '2025-13-01',
    '0000-01-01',
    '01.01.0000',
    'today',
    '1.1.',
    '01.01.202',
    '45678',
    '8 Foo 2025',
    '01.02.2025 foo',
  ])('data-import 6: %s is InvalidDate, never another date', (text) => {
    expect(date(text)).toBe('InvalidDate');
  });

  test('data-import 6: empty is MissingDate', () => {
    expect([date(''), date('  ')]).toEqual(['MissingDate', 'MissingDate']);
  });

  test('data-import 6: a two-digit year is 20yy up to next year, else 19yy', () => {
    expect([date('01.01.26'), date('01.01.27'), date('01.01.28'), date('01.01.99'), date('01.01.00')]).toEqual([
      '2026-01-01',
      '2027-01-01',
      '1928-01-01',
      '1999-01-01',
      '2000-01-01',
    ]);
  });

  test('data-import 6: the message says which date does not exist', () => {
    const parsed = parseDateText({ text: '30.02.2025', order: 'DMY', currentYear: 2026 });
    expect(parsed).toEqual({
      error: { code: 'InvalidDate', message: 'The date 30.02.2025 does not exist (read as day, month, year).' },
    });
  });

  test('an instant gets its date in the zone, a date without offset stays as written', () => {
    expect(date('2025-03-08T23:30:00Z', 'YMD', 'Asia/Kolkata')).toBe('2025-03-09');
    expect(date('2025-03-08 02:30:00+05:30', 'YMD', 'America/New_York')).toBe('2025-03-07');
    expect(date('2025-03-08 23:30', 'YMD', 'Asia/Kolkata')).toBe('2025-03-08');
    expect(date('2025-03-08', 'YMD', 'Asia/Kolkata')).toBe('2025-03-08');
  });

  test('data-import 6: every date comes back in the order it was written in', () => {
    const day = fc
      .date({ min: new Date('1930-01-01'), max: new Date('2026-12-31'), noInvalidDate: true })
      .map((value) => value.toISOString().slice(0, 10));
    fc.assert(
      fc.property(day, fc.constantFrom('.', '/', '-', ' '), fc.boolean(), (iso, separator, padded) => {
        const [year = '', month = '', dayOfMonth = ''] = iso.split('-');
        const part = (text: string) => (padded ? text : String(Number(text)));
        expect(date([part(dayOfMonth), part(month), year].join(separator), 'DMY')).toBe(iso);
        expect(date([part(month), part(dayOfMonth), year].join(separator), 'MDY')).toBe(iso);
        expect(date([year, part(month), part(dayOfMonth)].join(separator), 'DMY')).toBe(iso);
        expect(date(year + month + dayOfMonth, 'MDY')).toBe(iso);
      }),
    );
  });
});
