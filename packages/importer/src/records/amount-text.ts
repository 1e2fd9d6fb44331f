import { currencyExponent, isCurrency } from '@backend/shared/kernel';
import { cutText } from '../reading/cut-text';
import { currenciesOfSign } from './currency-signs';
import { asciiDigits } from './digits';
import type { DecimalSign } from './types';

/** Why an amount text is not an amount. */
export type AmountErrorCode =
  | 'MissingAmount'
  | 'InvalidAmount'
  | 'TooManyDecimals'
  | 'AmountOutOfRange'
  | 'CurrencyMismatch';

/** An exact amount in minor units, or why there is none. */
export type ParsedAmount =
  | { readonly ok: bigint }
  | { readonly error: { readonly code: AmountErrorCode; readonly message: string } };

/** An amount text taken apart: the digits with their signs, and what stood around them. */
export interface AmountParts {
  /** Digits, `.`, `,` and `_` for every other grouping character; begins with a digit, `.` or `,`. */
  readonly body: string;
  readonly negative: boolean;
  /** What the currency sign beside the number can mean; undefined = no sign. */
  readonly currencies?: readonly string[];
}

/** Largest magnitude in minor units: PostgreSQL's bigint, and the same on both sides of zero (2^63 - 1). */
export const MAX_MINOR = 9_223_372_036_854_775_807n;

const PLAIN = /^-?\d+(?:[.,]\d+)?$/;
// Space characters, apostrophes: they group and are never decimal signs (\s holds NBSP and U+202F).
const GROUPING = /[\s'\u2019]/g;
// One token of what stands before or behind the digits: a sign of direction, a bracket, DR/CR, a currency.
const TOKEN = /[-+\u2212()]|[^\s\d\-+\u2212()]+/g;

/**
 * Takes an amount text apart (data-import 8), without deciding which sign is decimal. `empty` for blank text, undefined
 * when it cannot be an amount: letters that are no currency, an exponent, more than one mark of direction.
 */
export function amountParts(text: string): AmountParts | 'empty' | undefined {
  if (PLAIN.test(text)) {
    const negative = text.charCodeAt(0) === 45;
    return { body: negative ? text.slice(1) : text, negative };
  }
  const value = asciiDigits(text).trim();
  if (value === '') return 'empty';
  const firstDigit = value.search(/\d/);
  if (firstDigit < 0) return undefined;
  let from = firstDigit;
  let to = value.length;
  while (!/\d/.test(value[to - 1] ?? '')) to -= 1;
  // `.50` and `12.` belong to the number; the point of `Rs.50` does not.
  if (/[.,]/.test(value[from - 1] ?? '') && !/[\p{L}\p{M}]/u.test(value[from - 2] ?? '')) from -= 1;
  if (/[.,]/.test(value[to] ?? '')) to += 1;
  const body = value.slice(from, to).replace(GROUPING, '_');
  if (!/^[\d.,_]+$/.test(body)) return undefined;
  // `USD.50` is fifty cents to some and, as after `Rs.`, fifty dollars to others.
  const code = value[from - 1] === '.' ? value.slice(Math.max(0, from - 4), from - 1).toUpperCase() : '';
  if (isCurrency(code) && /^\d+$/.test(body)) return undefined;
  // `12.-` is a price without cents to some and a negative to others.
  if (/[.,]$/.test(body) && /^\s*[-\u2212]/.test(value.slice(to))) return undefined;
  const around = readAround(value.slice(0, from), value.slice(to));
  return around && { body, ...around };
}

/**
 * The exact value of an amount text in minor units of `currency` (data-import 8). `decimal` is the file's decision.
 * The other sign, spaces (also NBSP, U+202F) and apostrophes group; groups have three digits, or the Indian 2-2-3 form.
 * Negative: a minus (also U+2212) before or behind, brackets, DR. Superfluous decimals must be zeros.
 */
export function parseAmountText(options: {
  readonly text: string;
  readonly decimal: DecimalSign;
  readonly currency: string;
}): ParsedAmount {
  const { text, decimal, currency } = options;
  const exponent = currencyExponent(currency);
  const quick = exponent === undefined ? undefined : plainMinor(text, decimal, exponent);
  if (quick !== undefined) return { ok: quick };
  const parts = amountParts(text);
  if (parts === 'empty') return amountError('MissingAmount', 'The amount is empty.');
  const shown = cutText(text.trim(), 60);
  const number = parts && splitNumber(parts.body, decimal);
  if (!parts || !number) {
    const sign = decimal === 'none' ? 'no decimal sign' : `"${decimal}" as its decimal sign`;
    return amountError('InvalidAmount', `"${shown}" is not an amount; the column has ${sign}.`);
  }
  if (parts.currencies && !parts.currencies.includes(currency)) {
    return amountError('CurrencyMismatch', `"${shown}" names another currency than the row's, ${currency}.`);
  }
  if (exponent === undefined) return amountError('CurrencyMismatch', `"${currency}" is not an ISO 4217 currency.`);
  const { whole, decimals } = number;
  if (decimals.length > exponent && /[1-9]/.test(decimals.slice(exponent))) {
    return amountError('TooManyDecimals', `"${shown}" has more decimals than ${currency} has (${exponent}).`);
  }
  const digits = whole + decimals.slice(0, exponent).padEnd(exponent, '0');
  // Up to 15 digits a number is exact, and much quicker to turn into a bigint than text is.
  const minor = digits.length <= 15 ? BigInt(Number(digits)) : BigInt(digits);
  if (minor > MAX_MINOR) return amountError('AmountOutOfRange', `"${shown}" is too large for an amount.`);
  return { ok: parts.negative ? -minor : minor };
}

/**
 * The common case, `-1234.50` with at most 15 digits and not too many decimals, in one loop without a regular
 * expression (it halves the time of a row). Undefined for every other text, right or wrong.
 */
function plainMinor(text: string, decimal: DecimalSign, exponent: number): bigint | undefined {
  const negative = text.charCodeAt(0) === 45;
  let value = 0;
  let digits = 0;
  let decimals = -1;
  for (let at = negative ? 1 : 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      value = value * 10 + (code - 48);
      digits += 1;
      if (decimals >= 0) decimals += 1;
    } else if (text[at] === decimal && decimals < 0 && digits > 0) {
      decimals = 0;
    } else {
      return undefined;
    }
  }
  if (digits === 0 || decimals > exponent) return undefined;
  for (let missing = exponent - Math.max(decimals, 0); missing > 0; missing -= 1) {
    value *= 10;
    digits += 1;
  }
  if (digits > 15) return undefined;
  return BigInt(negative ? -value : value);
}

function amountError(code: AmountErrorCode, message: string): ParsedAmount {
  return { error: { code, message } };
}

/** Whole and decimal digits of an amount body, undefined when its signs are not where that decimal sign puts them. */
export function splitNumber(body: string, decimal: DecimalSign): { whole: string; decimals: string } | undefined {
  const at = decimal === 'none' ? -1 : body.indexOf(decimal);
  if (at >= 0 && body.indexOf(decimal, at + 1) >= 0) return undefined;
  const whole = at < 0 ? body : body.slice(0, at);
  const decimals = at < 0 ? '' : body.slice(at + 1);
  if (decimal === 'none' && /[.,]/.test(body)) return undefined;
  if (/\D/.test(decimals) || (whole === '' && decimals === '')) return undefined;
  if (!/\D/.test(whole)) return { whole, decimals };
  return isGrouped(whole) ? { whole: whole.replace(/\D/g, ''), decimals } : undefined;
}

/** True for `1.234.567`, `1_234` and the Indian `12,34,567`, whatever the grouping characters are. */
export function isGrouped(whole: string): boolean {
  return /^\d{1,3}(?:[.,_]\d{3})+$/.test(whole) || /^\d{1,2}(?:[.,_]\d{2})+[.,_]\d{3}$/.test(whole);
}

function readAround(before: string, behind: string): Omit<AmountParts, 'body'> | undefined {
  let marks = 0;
  let negative = false;
  let open = 0;
  let closed = 0;
  let currencies: readonly string[] | undefined;
  const take = (token: string, isBehind: boolean): boolean => {
    if (token === '(') open += isBehind ? 2 : 1;
    else if (token === ')') closed += isBehind ? 1 : 2;
    else if (token === '-' || token === '\u2212' || token === '+') {
      marks += 1;
      negative ||= token !== '+';
    } else if (isBehind && /^[dc]r\.?$/i.test(token)) {
      marks += 1;
      negative ||= /^d/i.test(token);
    } else {
      const meant = currenciesOfSign(token);
      if (!meant) return false;
      const both = currencies ? currencies.filter((code) => meant.includes(code)) : meant;
      currencies = both;
    }
    return true;
  };
  for (const token of before.match(TOKEN) ?? []) if (!take(token, false)) return undefined;
  for (const token of behind.match(TOKEN) ?? []) if (!take(token, true)) return undefined;
  if (open !== closed || open > 1 || open + marks > 1) return undefined;
  return { negative: negative || open === 1, ...(currencies ? { currencies } : {}) };
}
