import { currencyExponent, type Money } from '@backend/shared/kernel';
import type { MonthlyReport, RecurringEntry } from './types';

const COLUMNS = ['section', 'budget', 'item', 'date', 'amount', 'currency', 'detail'] as const;
type Line = Partial<Record<(typeof COLUMNS)[number], string>> & { readonly money?: Money | null };

/**
 * The report as one table (RFC 4180, CRLF, UTF-8 without a byte order mark), a line for each fact. Amounts are plain
 * decimals with a point in their own column; a text that a spreadsheet would run as a formula gets an apostrophe before it.
 */
export function renderReportCsv(report: MonthlyReport): string {
  const lines = [COLUMNS.join(','), ...factsOf(report).map(csvLine)];
  return lines.map((line) => `${line}\r\n`).join('');
}

function factsOf(report: MonthlyReport): Line[] {
  const { header, totals, budgets, recurring } = report;
  const facts: Line[] = [
    { section: 'report', item: 'month', detail: header.month },
    { section: 'report', item: 'status', detail: header.status },
    { section: 'report', item: 'revision', detail: String(header.revision) },
    { section: 'report', item: 'generatedAt', detail: header.generatedAt },
    { section: 'report', item: 'partial', detail: String(header.partial) },
  ];
  for (const total of totals) {
    for (const item of ['base', 'carryIn', 'limit', 'spent', 'refunds', 'pendingProvisional', 'remaining'] as const) {
      facts.push({ section: 'total', item, money: total[item] });
    }
    facts.push({ section: 'total', item: 'previousMonth', money: total.previousMonth.spent });
  }
  for (const budget of budgets) {
    const fact = (line: Line): void => void facts.push({ budget: budget.name, ...line });
    fact({ section: 'budget', item: 'status', detail: budget.status });
    fact({ section: 'budget', item: 'period', date: budget.period.from, detail: `to ${budget.period.to} (exclusive)` });
    for (const item of ['base', 'carryIn', 'limit', 'spent', 'refunds', 'pendingProvisional', 'remaining'] as const) {
      fact({ section: 'budget', item, money: budget.totals[item] });
    }
    fact({ section: 'budget', item: 'carryOut', money: budget.carryOut });
    fact({ section: 'budget', item: 'previousMonth', money: budget.previousMonth.spent });
    for (const { name, spent, rows } of budget.categories) {
      fact({ section: 'category', item: name, money: spent, detail: `${rows} rows` });
    }
    for (const { date, spent } of budget.cumulative) fact({ section: 'cumulative', date, money: spent });
    for (const { date, spent } of budget.previousMonth.cumulative) {
      fact({ section: 'cumulative previous month', date, money: spent });
    }
    for (const { date, description, category, spent } of budget.topRows) {
      fact({ section: 'largest', item: description, date, money: spent, detail: category });
    }
    for (const { pct, kind, delivery } of budget.alerts) {
      fact({ section: 'alert', item: `${pct} %`, detail: `${kind}, ${delivery}` });
    }
    for (const { date, description, amount } of budget.unconverted) {
      fact({ section: 'unconverted', item: description, date, money: amount });
    }
  }
  const occurrences = (section: string, entries: readonly RecurringEntry[]): void => {
    for (const { name, nominalDate, amount, reason } of entries) {
      facts.push({ section, item: name, date: nominalDate, money: amount, detail: reason ?? '' });
    }
  };
  occurrences('recurring posted', recurring.posted);
  occurrences('recurring late', recurring.late);
  occurrences('recurring skipped', recurring.skipped);
  occurrences('recurring failed', recurring.failed);
  return facts;
}

function csvLine({ money, ...texts }: Line): string {
  const amounts = money ? { amount: decimalText(money), currency: money.currency } : {};
  const line: Partial<Record<string, string>> = { ...texts, ...amounts };
  return COLUMNS.map((column) => cell(line[column] ?? '', { isNumber: column === 'amount' })).join(',');
}

/** `-12.50`: what a spreadsheet reads as a number. */
function decimalText({ minor, currency }: Money): string {
  const exponent = currencyExponent(currency) ?? 2;
  const value = BigInt(minor);
  const digits = (value < 0n ? -value : value).toString().padStart(exponent + 1, '0');
  const point = digits.length - exponent;
  return `${value < 0n ? '-' : ''}${digits.slice(0, point)}${exponent > 0 ? `.${digits.slice(point)}` : ''}`;
}

// Spreadsheets start a formula with these, the full-width forms included, also after white space.
const FORMULA_START = /^[\s\p{Cc}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

function cell(text: string, { isNumber }: { isNumber: boolean }): string {
  const safe = !isNumber && FORMULA_START.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
