import { currencyExponent } from './currency';

/** An exact amount: `minor` is a signed integer in text (cents for EUR, yen for JPY); negative = money out. */
export interface Money {
  readonly minor: string;
  readonly currency: string;
}

/** Builds a Money from integer minor units. */
export function money(minor: bigint, currency: string): Money {
  return { minor: minor.toString(), currency };
}

/** Sum of integer minor units given as text. */
export function addMinor(...minors: readonly string[]): string {
  return minors.reduce((sum, minor) => sum + BigInt(minor), 0n).toString();
}

/** numerator / denominator rounded to an integer, ties to the even neighbour (IEEE 754 roundTiesToEven). Denominator > 0. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  if (denominator <= 0n) throw new RangeError('divideHalfEven needs a positive denominator');
  let quotient = numerator / denominator;
  let remainder = numerator % denominator;
  if (remainder < 0n) {
    quotient -= 1n;
    remainder += denominator;
  }
  const twice = remainder * 2n;
  if (twice > denominator || (twice === denominator && quotient % 2n !== 0n)) quotient += 1n;
  return quotient;
}

/**
 * Plain decimal text with a point (`-12.5`, `+3`, `1200.00`) to minor units.
 * Undefined when it is not such a number, has more non-zero decimals than the currency, or the currency is unknown.
 */
export function parseDecimalToMinor(text: string, currency: string): bigint | undefined {
  const exponent = currencyExponent(currency);
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text.trim());
  if (exponent === undefined || !match) return undefined;
  const [, sign, whole = '', decimals = ''] = match;
  if (/[1-9]/.test(decimals.slice(exponent))) return undefined;
  const minor = BigInt(whole + decimals.slice(0, exponent).padEnd(exponent, '0'));
  return sign === '-' ? -minor : minor;
}

/** Money as people write it, without a locale: `1,234.50 EUR`, `-7 JPY`. */
export function formatMoney({ minor, currency }: Money): string {
  const exponent = currencyExponent(currency) ?? 2;
  const value = BigInt(minor);
  const digits = (value < 0n ? -value : value).toString().padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent).replace(/\B(?=(\d{3})+$)/g, ',');
  const decimals = exponent > 0 ? `.${digits.slice(-exponent)}` : '';
  return `${value < 0n ? '-' : ''}${whole}${decimals} ${currency}`;
}
