import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import type { ImportProfile } from '../../src/reading';

// A statement is made first, as exact numbers and days; then it is written down as some bank would. What the importer makes of
// the file is compared with what was made, never with another reading of the text.

/** What a row is, whatever it looks like in the file. */
export interface Entry {
  readonly date: string;
  readonly minor: bigint;
  readonly description: string;
}

/** A statement in a file, with the truth about it. */
export interface WrittenStatement {
  readonly bytes: Buffer;
  readonly entries: readonly Entry[];
  readonly currency: string;
  /** What has to be stated of the encoding. */
  readonly profile: ImportProfile;
  /** The right answers, should the file leave it open. */
  readonly answers: { readonly dateFormat: 'YMD' | 'DMY' | 'MDY'; readonly decimal: '.' | ',' };
  /** For people who look at a counterexample. */
  readonly text: string;
}

interface AmountStyle {
  readonly decimal: '.' | ',';
  readonly grouping: string;
  readonly lakhs: boolean;
  readonly decimals: 'all' | 'short' | 'long';
  readonly bareZero: boolean;
  readonly negative: 'minus' | 'unicode' | 'trailing' | 'brackets' | 'DR/CR';
  readonly plus: boolean;
  readonly sign: string;
  readonly signBehind: boolean;
  readonly signSpace: string;
  /** `-€5` and not `€-5`. */
  readonly markOutside: boolean;
}

interface DateStyle {
  readonly order: 'YMD' | 'DMY' | 'MDY';
  readonly separator: string;
  readonly padded: boolean;
  readonly shortYear: boolean;
  /** Names of the months and how they stand in the date; null for numbers. */
  readonly words: { readonly months: readonly string[]; readonly form: string } | null;
  readonly time: string;
}

interface FileStyle {
  readonly delimiter: string;
  readonly lineEnd: string;
  readonly encoding: 'utf-8' | 'utf-8 with BOM' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  readonly quoteAll: boolean;
  readonly endsWithLineEnd: boolean;
  readonly blankLine: boolean;
  readonly order: readonly number[];
  readonly sides: 'one' | 'two' | 'two, debit with minus' | 'two, zeros on the other side';
}

/** ISO 4217: digits behind the point, and how people write the currency. */
const CURRENCIES = {
  EUR: { exponent: 2, signs: ['', 'EUR', '€', 'eur'] },
  USD: { exponent: 2, signs: ['', 'USD', '$', 'US$'] },
  INR: { exponent: 2, signs: ['', 'INR', '₹', 'Rs.'] },
  JPY: { exponent: 0, signs: ['', 'JPY', '¥'] },
  KWD: { exponent: 3, signs: ['', 'KWD'] },
} as const;
type Currency = keyof typeof CURRENCIES;

const MONTHS = {
  en: 'January February March April May June July August September October November December'.split(' '),
  short: 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' '),
  upper: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' '),
  de: 'Januar Februar März April Mai Juni Juli August September Oktober November Dezember'.split(' '),
  fr: 'janvier février mars avril mai juin juillet août septembre octobre novembre décembre'.split(' '),
  es: 'enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre'.split(' '),
};
const WORD_FORMS = [
  { months: MONTHS.en, form: 'M d, Y' },
  { months: MONTHS.en, form: 'd M Y' },
  { months: MONTHS.short, form: 'd M Y' },
  { months: MONTHS.short, form: 'd-M-Y' },
  { months: MONTHS.upper, form: 'd-M-Y' },
  { months: MONTHS.de, form: 'd. M Y' },
  { months: MONTHS.fr, form: 'd M Y' },
  { months: MONTHS.es, form: 'd de M de Y' },
];

const MAX_MINOR = 2n ** 63n - 1n;

const minorAmount = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: -200_000_000n, max: 200_000_000n }) },
  { weight: 2, arbitrary: fc.bigInt({ min: -1500n, max: 1500n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: -MAX_MINOR, max: MAX_MINOR }) },
  { weight: 1, arbitrary: fc.constantFrom(0n, MAX_MINOR, -MAX_MINOR, 100_000n, -123_400n) },
);

const amountStyle = (currency: Currency): fc.Arbitrary<AmountStyle> =>
  fc
    .record({
      decimal: fc.constantFrom('.' as const, ',' as const),
      group: fc.constantFrom('none', 'other', 'other', ' ', '\u00a0', '\u202f', "'", '\u2019'),
      lakhs: fc.boolean(),
      decimals: fc.constantFrom('all' as const, 'all' as const, 'short' as const, 'long' as const),
      bareZero: fc.boolean(),
      negative: fc.constantFrom('minus', 'minus', 'unicode', 'trailing', 'brackets', 'DR/CR'),
      plus: fc.boolean(),
      sign: fc.constantFrom(...CURRENCIES[currency].signs),
      signBehind: fc.boolean(),
      signSpace: fc.constantFrom('', ' ', '\u00a0'),
      markOutside: fc.boolean(),
    })
    .map(({ group, ...style }) => ({
      ...style,
      grouping: group === 'none' ? '' : group === 'other' ? (style.decimal === '.' ? ',' : '.') : group,
    }));

const dateStyle: fc.Arbitrary<DateStyle> = fc
  .record({
    order: fc.constantFrom('YMD' as const, 'DMY' as const, 'DMY' as const, 'MDY' as const),
    separator: fc.constantFrom('-', '.', '/', ' ', ''),
    padded: fc.boolean(),
    shortYear: fc.boolean(),
    words: fc.option(fc.constantFrom(...WORD_FORMS), { freq: 4 }),
    time: fc.constantFrom('', '', '', ' 10:15', 'T23:59:59', ' 7:05 PM'),
  })
  .map((style) => {
    if (style.words) return style;
    // Two digits in front would not be known as a year, and without a separator every part has its full length.
    if (style.order === 'YMD') return { ...style, shortYear: false, padded: style.padded || style.separator === '' };
    return style.separator === '' ? { ...style, padded: true, shortYear: false } : style;
  });

const fileStyle: fc.Arbitrary<FileStyle> = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  encoding: fc.constantFrom('utf-8', 'utf-8 with BOM', 'utf-16le', 'utf-16be', 'windows-1252'),
  quoteAll: fc.boolean(),
  endsWithLineEnd: fc.boolean(),
  blankLine: fc.boolean(),
  order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
  sides: fc.constantFrom('one', 'one', 'two', 'two, debit with minus', 'two, zeros on the other side'),
});

const description = fc.oneof(
  fc.constantFrom('Rent', 'Café – Zürich', 'a,b;c|d\te', 'say "hi"', '', 'two\nlines', '-5', '1.000,00', '31.12.2025'),
  fc.string({
    unit: fc.constantFrom('a', 'Z', ' ', 'é', '"', ',', ';', '|', '\t', '€', '\u2019', '.', '0'),
    maxLength: 12,
  }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);

const day = (firstYear: number, lastYear: number) =>
  fc
    .integer({ min: Date.UTC(firstYear, 0, 1) / 86_400_000, max: Date.UTC(lastYear, 11, 31) / 86_400_000 })
    .map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));

/** A statement of 1 to 12 rows in a random dialect. `currentYear` is the year of the import. */
export function writtenStatement(currentYear: number): fc.Arbitrary<WrittenStatement> {
  return fc.constantFrom(...(Object.keys(CURRENCIES) as Currency[])).chain((currency) =>
    fc.tuple(amountStyle(currency), dateStyle, fileStyle).chain(([amounts, dates, file]) => {
      // Two digits mean the hundred years up to the next one.
      const date = dates.shortYear ? day(currentYear - 98, currentYear + 1) : day(1900, 2099);
      return fc
        .array(fc.record({ date, minor: minorAmount, description }), { minLength: 1, maxLength: 12 })
        .map((entries) => write({ entries, currency, amounts, dates, file }));
    }),
  );
}

function write({
  entries,
  currency,
  amounts,
  dates,
  file,
}: {
  entries: readonly Entry[];
  currency: Currency;
  amounts: AmountStyle;
  dates: DateStyle;
  file: FileStyle;
}): WrittenStatement {
  const isOne = file.sides === 'one';
  const header = isOne ? ['Date', 'Amount', 'Description', 'Branch'] : ['Date', 'Debit', 'Credit', 'Description'];
  const rows = entries.map((entry) => {
    const dateText = dateTextOf(entry.date, dates);
    const text = cellText(entry.description);
    if (isOne) return [dateText, amountText(entry.minor, currency, amounts), text, 'x'];
    return [dateText, ...sidesOf(entry.minor, currency, amounts, file.sides), text];
  });
  const lines = [header, ...rows].map((cells) =>
    file.order.map((column) => quoted(cells[column]!, file)).join(file.delimiter),
  );
  if (file.blankLine) lines.splice(1, 0, '', '  ');
  const text = lines.join(file.lineEnd) + (file.endsWithLineEnd ? file.lineEnd : '');
  const { bytes, profile } = encode(text, file.encoding);
  return {
    bytes,
    entries: entries.map((entry) => ({ ...entry, description: cellText(entry.description).trim() })),
    currency,
    profile,
    answers: { dateFormat: dates.order, decimal: amounts.decimal },
    text,
  };
}

/** What a cell can hold and give back. */
function cellText(text: string): string {
  return text.replace(/[\0\ufffd\p{Cs}]/gu, '');
}

function quoted(cell: string, { delimiter, quoteAll }: FileStyle): string {
  const needsQuotes = cell.startsWith('"') || cell.includes(delimiter) || /[\r\n]/.test(cell);
  return quoteAll || needsQuotes ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Debit and credit cells of an amount. */
function sidesOf(minor: bigint, currency: Currency, style: AmountStyle, sides: FileStyle['sides']): [string, string] {
  const other = sides === 'two, zeros on the other side' ? '0' : '';
  if (minor >= 0n) return [other, amountText(minor, currency, { ...style, negative: 'minus' })];
  const shown = sides === 'two, debit with minus' ? minor : -minor;
  return [
    amountText(shown, currency, { ...style, negative: style.negative === 'DR/CR' ? 'minus' : style.negative }),
    other,
  ];
}

function amountText(minor: bigint, currency: Currency, style: AmountStyle): string {
  const { exponent } = CURRENCIES[currency];
  const digits = String(minor < 0n ? -minor : minor).padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  let decimals = digits.slice(digits.length - exponent);
  if (style.decimals === 'short') decimals = decimals.replace(/0+$/, '');
  if (style.decimals === 'long') decimals += '0';
  const wholeText = whole === '0' && style.bareZero && decimals !== '' ? '' : grouped(whole, style);
  const number = decimals === '' ? wholeText : `${wholeText}${style.decimal}${decimals}`;
  const marked = (text: string): string => {
    if (style.negative === 'DR/CR') return `${text} ${minor < 0n ? 'DR' : 'CR'}`;
    if (minor >= 0n) return style.plus ? `+${text}` : text;
    if (style.negative === 'minus') return `-${text}`;
    if (style.negative === 'unicode') return `\u2212${text}`;
    return style.negative === 'trailing' ? `${text}-` : `(${text})`;
  };
  const signed = (text: string): string => {
    if (style.sign === '') return text;
    // Letters need a space between them, and a code one before a bare decimal sign: `USD.50` may be fifty dollars.
    const needsSpace = style.signBehind ? /\p{L}$/u.test(text) : /\p{L}$/u.test(style.sign) && /^[.,]/.test(text);
    const space = needsSpace ? ' ' : style.signSpace;
    return style.signBehind ? `${text}${space}${style.sign}` : `${style.sign}${space}${text}`;
  };
  return style.markOutside ? marked(signed(number)) : signed(marked(number));
}

function grouped(whole: string, { grouping, lakhs }: AmountStyle): string {
  if (grouping === '') return whole;
  const last = whole.slice(-3);
  let rest = whole.slice(0, -3);
  const groups = [last];
  const size = lakhs ? 2 : 3;
  for (; rest !== ''; rest = rest.slice(0, -size)) groups.unshift(rest.slice(-size));
  return groups.join(grouping);
}

function dateTextOf(date: string, { order, separator, padded, shortYear, words, time }: DateStyle): string {
  const [year = '', month = '', dayOfMonth = ''] = date.split('-');
  const number = (text: string) => (padded ? text : String(Number(text)));
  const yearText = shortYear ? year.slice(2) : year;
  if (words) {
    const parts: Record<string, string> = { d: number(dayOfMonth), M: words.months[Number(month) - 1]!, Y: yearText };
    return words.form.replace(/\b[dMY]\b/g, (part) => parts[part]!);
  }
  const parts = { Y: yearText, M: number(month), D: number(dayOfMonth) };
  // A time behind numbers without separators would run into them.
  const suffix = separator === '' ? '' : time;
  return `${Array.from(order, (part) => parts[part as 'Y' | 'M' | 'D']).join(separator)}${suffix}`;
}

function encode(text: string, encoding: FileStyle['encoding']): { bytes: Buffer; profile: ImportProfile } {
  if (encoding === 'utf-16le') return { bytes: Buffer.from(`\ufeff${text}`, 'utf16le'), profile: {} };
  if (encoding === 'utf-16be') return { bytes: Buffer.from(`\ufeff${text}`, 'utf16le').swap16(), profile: {} };
  if (encoding === 'windows-1252') {
    const bytes = windows1252(text);
    // What happens to be UTF-8 as well is only known by what the user says.
    if (bytes) return { bytes, profile: isUtf8(bytes) ? { encoding: 'cp1252' } : {} };
  }
  return { bytes: Buffer.from(encoding === 'utf-8 with BOM' ? `\ufeff${text}` : text), profile: { encoding: 'utf-8' } };
}

/** Undefined when the text has other characters. */
function windows1252(text: string): Buffer | undefined {
  const bytes: number[] = [];
  for (const character of text) {
    const code = { '€': 0x80, '\u2019': 0x92, '–': 0x96 }[character] ?? character.codePointAt(0)!;
    if (code > 0xff || (code >= 0x80 && code < 0xa0 && character.codePointAt(0)! < 0xa0)) return undefined;
    bytes.push(code);
  }
  return Buffer.from(bytes);
}
