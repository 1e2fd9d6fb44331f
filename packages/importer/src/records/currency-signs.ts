import { isCurrency } from '@backend/shared/kernel';

// Currency signs as banks print them. A sign that several currencies share means any of them.
const SIGNS: Readonly<Record<string, string>> = {
  '€': 'EUR',
  $: 'USD CAD AUD NZD SGD HKD MXN ARS CLP COP TWD BSD BBD BZD BMD BND FJD GYD JMD KYD LRD NAD SBD SRD TTD XCD UYU',
  US$: 'USD',
  C$: 'CAD NIO',
  CA$: 'CAD',
  CAN$: 'CAD',
  A$: 'AUD',
  AU$: 'AUD',
  NZ$: 'NZD',
  S$: 'SGD',
  HK$: 'HKD',
  NT$: 'TWD',
  MX$: 'MXN',
  R$: 'BRL',
  '£': 'GBP EGP FKP GIP SHP LBP SYP',
  '¥': 'JPY CNY',
  円: 'JPY',
  元: 'CNY',
  '₹': 'INR',
  RS: 'INR PKR LKR NPR MUR SCR',
  रु: 'INR NPR',
  રૂ: 'INR',
  '₩': 'KRW',
  '₽': 'RUB',
  '₺': 'TRY',
  TL: 'TRY',
  '₪': 'ILS',
  '฿': 'THB',
  '₫': 'VND',
  '₱': 'PHP',
  '₴': 'UAH',
  '₦': 'NGN',
  '₡': 'CRC',
  '₲': 'PYG',
  '₵': 'GHS',
  '₸': 'KZT',
  '₼': 'AZN',
  '₾': 'GEL',
  '৳': 'BDT',
  KR: 'SEK NOK DKK ISK',
  ZŁ: 'PLN',
  FT: 'HUF',
  KČ: 'CZK',
  LEI: 'RON MDL',
  ЛВ: 'BGN',
  FR: 'CHF',
  SFR: 'CHF',
  R: 'ZAR',
  RM: 'MYR',
  RP: 'IDR',
};

const SIGN_CURRENCIES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(SIGNS).map(([sign, codes]) => [sign, codes.split(' ')]),
);

/**
 * The currencies that a symbol or code beside an amount can mean: an ISO 4217 code in any case, or a known symbol
 * (`$` means every dollar). Undefined when it is neither.
 */
export function currenciesOfSign(sign: string): readonly string[] | undefined {
  const upper = sign.normalize('NFC').toUpperCase().replace(/\.$/, '');
  return isCurrency(upper) ? [upper] : SIGN_CURRENCIES.get(upper);
}
