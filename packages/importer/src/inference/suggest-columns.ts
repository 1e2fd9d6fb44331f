import type { ImportProfile } from '../contract';
import { amountParts } from '../records/amount-text';
import { dateShape } from '../records/date-shape';

/** A record as people see it: its line in the file and its own cells. */
export interface ShownRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/** This part of a column's cells must fit; the rest may be empty or wrong. */
const FITTING = 0.8;

/**
 * Columns that look like a bank's date, amounts and description, by the values of the first records, where no header names
 * them: a question's suggestion. `titles` are names that the columns have in any case (keys, letters of a sheet).
 * Undefined when no column looks like dates or none like amounts.
 */
export function suggestBankColumns(
  records: readonly ShownRecord[],
  titles?: readonly string[],
): ImportProfile | undefined {
  const width = commonWidth(records);
  const table = records.filter(({ cells }) => cells.length === width);
  const first = table.findIndex(({ cells }) => cells.some(isDate));
  if (width < 2 || first < 0) return undefined;
  const rows = table.slice(first).map(({ cells }) => cells);
  const columns = Array.from({ length: width }, (_, column) => rows.map((cells) => cells[column] ?? ''));
  const date = columns.findIndex((cells) => fits(cells, isDate));
  if (date < 0) return undefined;
  const amounts = amountColumns(columns, date);
  if (!amounts) return undefined;
  const description = columns
    .map((cells, column) => ({ column, length: new Set(cells).size === 1 ? 0 : cells.join('').length }))
    .filter(({ column }) => column !== date && !columns[column]!.every(isAmountOrEmpty))
    .sort((a, b) => b.length - a.length)[0];
  const header = table[first - 1];
  const names = header && isHeader(header.cells) ? header.cells.map((cell) => cell.trim()) : titles;
  const isNamed = names?.every(isPlainName) ?? false;
  const nameOf = (column: number): string | number => (isNamed ? (names?.[column] ?? column) : column);
  const found = {
    date,
    ...amounts,
    ...(description && description.length > 0 ? { description: description.column } : {}),
  };
  return {
    headerLine: header && names !== titles ? header.line : 0,
    columns: Object.fromEntries(Object.entries(found).map(([role, column]) => [role, nameOf(column)])),
  };
}

/** A record that could be a header: each cell is there once. */
function isHeader(cells: readonly string[]): boolean {
  return cells.every((cell, at) => cell.trim() !== '' && cells.indexOf(cell) === at);
}

/** A name that people can be told to type: short, and without what a terminal does not show. */
export function isPlainName(name: string): boolean {
  return name !== '' && name.length <= 60 && !/[\p{Cc}\p{Cf}\ufffd]/u.test(name);
}

/** A pair of columns of which each row fills one, or the first column of amounts. */
function amountColumns(
  columns: readonly (readonly string[])[],
  date: number,
): { debit: number; credit: number } | { amount: number } | undefined {
  const numeric = columns.flatMap((cells, column) => (column !== date && cells.every(isAmountOrEmpty) ? [column] : []));
  for (const debit of numeric) {
    const credit = debit + 1;
    const isPair =
      numeric.includes(credit) &&
      columns[debit]!.every((cell, row) => isEmpty(cell) !== isEmpty(columns[credit]![row]!));
    if (isPair && columns[debit]!.some(isAmount) && columns[credit]!.some(isAmount)) return { debit, credit };
  }
  const full = columns.flatMap((cells, column) => (column !== date && fits(cells, isAmount) ? [column] : []));
  // Account numbers are numbers too: what has a sign or decimals goes first.
  const amount = full.find((column) => columns[column]!.some((cell) => /[-,.()\u2212]/.test(cell))) ?? full[0];
  return amount === undefined ? undefined : { amount };
}

function isEmpty(cell: string): boolean {
  return cell.trim() === '';
}

function isAmountOrEmpty(cell: string): boolean {
  return isEmpty(cell) || isAmount(cell);
}

function fits(cells: readonly string[], test: (cell: string) => boolean): boolean {
  return cells.length > 0 && cells.filter(test).length >= cells.length * FITTING;
}

function isDate(cell: string): boolean {
  return dateShape(cell) !== undefined;
}

function isAmount(cell: string): boolean {
  const parts = amountParts(cell);
  return parts !== undefined && parts !== 'empty' && !isDate(cell);
}

/** The number of cells that most of the records have. */
export function commonWidth(records: readonly ShownRecord[]): number {
  const counts = new Map<number, number>();
  for (const { cells } of records) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  let width = 0;
  for (const [cells, count] of counts) if (count > (counts.get(width) ?? 0)) width = cells;
  return width;
}
