import { printable } from '@backend/shared/cli';
import { formatMoney } from '@backend/shared/kernel';
import type { ImportProof, ImportUnderstood, UnderstoodAmount, UnderstoodColumn, UnderstoodDates } from '../contract';
import { count, facts, quoted } from './layout-text';

type Fact = readonly [name: string, text: string];

const FORMATS: Readonly<Record<string, string>> = {
  csv: 'CSV',
  tsv: 'TSV',
  xlsx: 'Excel workbook (XLSX)',
  json: 'JSON',
  ndjson: 'NDJSON, one JSON object on each line',
  ofx: 'OFX',
  qif: 'QIF',
  camt053: 'CAMT.053, the XML statement of ISO 20022',
  mt940: 'MT940, the statement of SWIFT',
};

const DELIMITERS: Readonly<Record<string, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'vertical bars',
};

/** How a file was read, for people who have never heard of an encoding. */
export function understoodText(understood: ImportUnderstood, width: number): string[] {
  const { dates, amounts = [], currency, format } = understood;
  return facts(
    [
      ['format', formatText(understood)],
      ...encodingFact(understood),
      ...headerFact(understood),
      ...columnFacts(understood),
      ...(dates ? [['dates', datesText(dates, format)] as const] : []),
      ...amountFacts(amounts, format),
      ...(currency ? [['currency', currencyText(currency, understood.columns)] as const] : []),
    ],
    width,
  );
}

/** What would be stored in sum. */
export function totalsFacts({ totals }: Pick<ImportUnderstood, 'totals'>): Fact[] {
  if (!totals) return [];
  const sums = Object.entries(totals.byCurrency).map(([currency, { inMinor, outMinor }]): Fact => [
    'sums',
    `${formatMoney({ minor: inMinor, currency })} in, ${formatMoney({ minor: outMinor, currency })} out`,
  ]);
  const { dateFrom, dateTo } = totals;
  return [...sums, ...(dateFrom === null ? [] : [['period', `${dateFrom} to ${dateTo}`] as const])];
}

function formatText({ format, delimiter }: ImportUnderstood): string {
  const name = FORMATS[format] ?? format;
  if (!delimiter) return name;
  const why = {
    stated: ', as you said',
    file: ', as its first line says',
    content: '',
    format: '',
  }[delimiter.from];
  return `${name}, columns separated by ${DELIMITERS[delimiter.sign] ?? quoted(delimiter.sign)}${why}`;
}

function encodingFact({ encoding: { name, from, sample }, format }: ImportUnderstood): Fact[] {
  if (from === 'format') return [];
  const shown = sample ? `, such as ${at(sample, format)}` : '';
  const why = {
    bom: ', as the mark at its beginning says',
    stated: ', as you said',
    declared: ', as the file says',
    content: sample ? ': all its letters are valid' : ': it has plain letters only',
    fallback: ', which is a guess: see below',
  }[from];
  return [['encoding', `${name.replace('utf-', 'UTF-')}${why}${from === 'fallback' ? '' : shown}`]];
}

function headerFact({ headerLine, skippedTop, delimiter, format, columns }: ImportUnderstood): Fact[] {
  if (columns.length === 0 || (!delimiter && format !== 'xlsx')) return [];
  const line = format === 'xlsx' ? 'row' : 'line';
  if (headerLine === 0) return [['header', 'none: the columns are told by their position']];
  const above =
    skippedTop > 0 ? `, the ${count(skippedTop, line)} above it ${skippedTop === 1 ? 'is' : 'are'} left out` : '';
  return [['header', `${line} ${headerLine}${above}`]];
}

function columnFacts({ columns, unused, unusedCount }: ImportUnderstood): Fact[] {
  // Before any column is known, that the others are not read says nothing.
  if (columns.length === 0) return [];
  if (columns.every(({ from }) => from === 'format'))
    return [['columns', `the format's own: ${columns.map(({ role }) => roleText(role)).join(', ')}`]];
  const more = unusedCount - unused.length;
  const names = unused.map((name) => printable(name)).join(', ');
  return [
    ...columns.map((column): Fact => [
      'columns',
      `${columnText(column)} → ${roleText(column.role)}${column.from === 'stated' ? ' (as you said)' : ''}`,
    ]),
    ...(unusedCount > 0 ? [['not read', `${names}${more > 0 ? ` and ${more} more` : ''}`] as const] : []),
  ];
}

/** `externalId` as people say it. */
export function roleText(role: string): string {
  return role === 'externalId' ? 'identifier' : role.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function columnText({ name, index }: UnderstoodColumn): string {
  return name === '' ? `column ${index + 1}` : printable(name);
}

const ORDERS = { YMD: 'year first', DMY: 'day first', MDY: 'month first' } as const;

function datesText({ order, from, proof }: UnderstoodDates, format: string): string {
  if (order === 'open')
    return `day or month first? ${proof ? `${at(proof, format)} can be read both ways` : 'Nothing tells.'}`;
  if (from === 'proof' && proof) return `${ORDERS[order]}: ${at(proof, format)} can only be read so`;
  if (from === 'values' && proof) return `each tells day from month by itself, such as ${at(proof, format)}`;
  if (from === 'stated') return `${ORDERS[order]}, as you said`;
  if (from === 'format') return 'as the format writes them';
  return 'nothing in the column is a date';
}

function amountFacts(amounts: readonly UnderstoodAmount[], format: string): Fact[] {
  const [first] = amounts;
  // What is the same for all columns is said once.
  if (first && amounts.every(({ decimal, from }) => decimal === first.decimal && from === first.from))
    return [['amounts', amountText(first, format)]];
  return amounts.map((amount) => ['amounts', `${printable(amount.column)}: ${amountText(amount, format)}`]);
}

const SIGNS = { '.': 'decimal point', ',': 'decimal comma', none: 'whole numbers' } as const;

function amountText({ decimal, from, proof }: UnderstoodAmount, format: string): string {
  if (decimal === 'open')
    return `decimals or thousands? ${proof ? `${at(proof, format)} can be read both ways` : 'Nothing tells.'}`;
  if (from === 'proof' && proof) return `${SIGNS[decimal]}: ${at(proof, format)} can only be read so`;
  if (from === 'values' && proof) return `whole numbers, such as ${at(proof, format)}`;
  if (from === 'stated') return `${SIGNS[decimal]}, as you said`;
  if (from === 'format') return 'as the format writes them';
  return 'no amounts in it';
}

function currencyText(
  { code, from, hasColumn }: NonNullable<ImportUnderstood['currency']>,
  columns: readonly UnderstoodColumn[],
): string {
  const base = `${code}, ${from === 'stated' ? 'as you said' : 'which is that of the account'}`;
  const column = columns.find(({ role }) => role === 'currency');
  return hasColumn && column ? `by the column ${columnText(column)}; where it is empty ${base}` : base;
}

/** A value and where it stands. */
export function at({ value, line }: ImportProof, format: string): string {
  return `${quoted(value)} ${PLACES[format] ?? 'on line'} ${line}`;
}

const PLACES: Readonly<Record<string, string>> = { xlsx: 'in row', json: 'in item' };
