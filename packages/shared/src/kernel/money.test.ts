import fc from 'fast-check';
import { addMinor, currencyExponent, divideHalfEven, formatMoney, isCurrency, money, parseDecimalToMinor } from '.';

fc.configureGlobal({ numRuns: 1000 });

const amounts = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n });
const denominators = fc.bigInt({ min: 1n, max: 2n ** 40n });
const abs = (value: bigint): bigint => (value < 0n ? -value : value);

describe('divideHalfEven', () => {
  test.each([
    [5n, 10n, 0n],
    [15n, 10n, 2n],
    [25n, 10n, 2n],
    [35n, 10n, 4n],
    [-5n, 10n, 0n],
    [-15n, 10n, -2n],
    [-25n, 10n, -2n],
    [26n, 10n, 3n],
    [-26n, 10n, -3n],
    [24n, 10n, 2n],
    [7n, 1n, 7n],
  ])('common: %s / %s is %s, ties to the even neighbour', (numerator, denominator, expected) => {
    expect(divideHalfEven(numerator, denominator)).toBe(expected);
  });

  test('common: it is never further than half from the quotient, and a tie is even', () => {
    fc.assert(
      fc.property(amounts, denominators, (numerator, denominator) => {
        const rounded = divideHalfEven(numerator, denominator);
        const twiceOff = 2n * abs(rounded * denominator - numerator);
        expect(twiceOff <= denominator).toBe(true);
        if (twiceOff === denominator) expect(rounded % 2n).toBe(0n);
      }),
    );
  });

  test('common: ties are made on purpose, and money out rounds as money in does', () => {
    fc.assert(
      fc.property(amounts, denominators, (whole, half) => {
        const numerator = 2n * half * whole + half;
        expect(divideHalfEven(numerator, 2n * half)).toBe(whole % 2n === 0n ? whole : whole + 1n);
        expect(divideHalfEven(-numerator, 2n * half)).toBe(-divideHalfEven(numerator, 2n * half));
      }),
    );
  });

  test('common: a denominator that is not positive is refused', () => {
    expect(() => divideHalfEven(1n, 0n)).toThrow(RangeError);
    expect(() => divideHalfEven(1n, -2n)).toThrow(RangeError);
  });
});

describe('parseDecimalToMinor', () => {
  test.each([
    ['-12.5', 'EUR', -1250n],
    ['+3', 'EUR', 300n],
    ['1200.00', 'EUR', 120_000n],
    [' 0.10 ', 'EUR', 10n],
    ['7', 'JPY', 7n],
    ['7.000', 'JPY', 7n],
    ['1.234', 'KWD', 1234n],
    ['0.1234', 'CLF', 1234n],
    ['-0', 'EUR', 0n],
    ['92233720368547758.07', 'EUR', 2n ** 63n - 1n],
  ])('common: %j in %s is exactly %s', (text, currency, minor) => {
    expect(parseDecimalToMinor(text, currency)).toBe(minor);
  });

  test.each([
    ['0.001', 'EUR'],
    ['0.5', 'JPY'],
    ['1e3', 'EUR'],
    ['1,5', 'EUR'],
    ['1_000', 'EUR'],
    ['0x10', 'EUR'],
    ['.5', 'EUR'],
    ['5.', 'EUR'],
    ['--5', 'EUR'],
    ['', 'EUR'],
    ['NaN', 'EUR'],
    ['Infinity', 'EUR'],
    ['\u0661', 'EUR'],
    ['1', 'XXX'],
    ['1', 'eur'],
  ])('common: %j in %s is not an amount', (text, currency) => {
    expect(parseDecimalToMinor(text, currency)).toBeUndefined();
  });

  test('common: it is exact for every amount and currency, however many zeros follow', () => {
    const currencies = fc.constantFrom('EUR', 'JPY', 'KWD', 'CLF');
    fc.assert(
      fc.property(amounts, currencies, fc.nat({ max: 5 }), (minor, currency, zeros) => {
        const exponent = currencyExponent(currency)!;
        const digits = abs(minor)
          .toString()
          .padStart(exponent + 1, '0');
        const decimals = digits.slice(digits.length - exponent) + '0'.repeat(zeros);
        const text = `${minor < 0n ? '-' : ''}${digits.slice(0, digits.length - exponent)}${decimals && `.${decimals}`}`;
        // Without an exponent the zeros would be part of the whole number.
        const plain = exponent === 0 ? minor.toString() : text;
        expect(parseDecimalToMinor(plain, currency)).toBe(minor);
      }),
    );
  });
});

describe('amounts', () => {
  test('common: sums of minor units in text have no size at which they lose a unit', () => {
    fc.assert(
      fc.property(fc.array(amounts), (minors) => {
        expect(addMinor(...minors.map(String))).toBe(minors.reduce((sum, minor) => sum + minor, 0n).toString());
      }),
    );
    expect(money(-(2n ** 70n), 'EUR')).toEqual({ minor: '-1180591620717411303424', currency: 'EUR' });
  });

  test('common: a sum is the same in any order and however it is split', () => {
    fc.assert(
      fc.property(fc.array(amounts, { minLength: 1 }), fc.nat(), (minors, at) => {
        const texts = minors.map(String);
        const cut = at % texts.length;
        expect(addMinor(addMinor(...texts.slice(cut)), addMinor(...texts.slice(0, cut)))).toBe(addMinor(...texts));
        expect(addMinor(...texts, ...minors.map((minor) => String(-minor)))).toBe('0');
      }),
    );
  });

  test.each([
    ['123450', 'EUR', '1,234.50 EUR'],
    ['-7', 'JPY', '-7 JPY'],
    ['-5', 'EUR', '-0.05 EUR'],
    ['0', 'KWD', '0.000 KWD'],
    ['1234567', 'JPY', '1,234,567 JPY'],
    ['99999', 'EUR', '999.99 EUR'],
  ])('platform: %s minor units of %s are written %s', (minor, currency, text) => {
    expect(formatMoney({ minor, currency })).toBe(text);
  });

  test('platform: what is written is read back as the same amount', () => {
    fc.assert(
      fc.property(amounts, fc.constantFrom('EUR', 'JPY', 'KWD', 'CLF'), (minor, currency) => {
        const [text] = formatMoney(money(minor, currency)).split(' ');
        expect(parseDecimalToMinor(text!.replaceAll(',', ''), currency)).toBe(minor);
      }),
    );
  });
});

describe('currencies', () => {
  test.each([
    ['USD', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['BHD', 3],
    ['IQD', 3],
    ['CLF', 4],
    ['UYW', 4],
    ['HUF', 2],
    ['ISK', 0],
    ['XCG', 2],
  ])('common: %s has %i decimals (ISO 4217)', (code, exponent) => {
    expect(currencyExponent(code)).toBe(exponent);
  });

  test.each(['XXX', 'XAU', 'usd', 'US', 'DEM', 'HRK', '', 'constructor'])('common: %j is not a currency', (code) => {
    expect(isCurrency(code)).toBe(false);
    expect(currencyExponent(code)).toBeUndefined();
  });
});
