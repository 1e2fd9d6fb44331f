import { formatMoney, type Money, splitCivil } from '@backend/shared/kernel';
import type { BudgetReport, MonthlyReport, PreviousMonth } from '../types';
import { html, type Markup } from './markup';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** `1,234.50 EUR`, with a true minus sign. */
export function amountText(amount: Money): string {
  return formatMoney(amount).replace('-', '−');
}

/** An amount whose currency code steps back behind the number. */
export function amountMarkup(amount: Money): Markup {
  const [number = '', currency = ''] = amountText(amount).split(' ');
  return html`<span class="amount">${number} <span class="currency">${currency}</span></span>`;
}

/** The amount without its sign. */
export function withoutSign({ minor, currency }: Money): Money {
  return { minor: minor.replace(/^-/, ''), currency };
}

/** `91.2%` */
export function pctText(tenths: number): string {
  const size = Math.abs(tenths);
  return `${tenths < 0 ? '−' : ''}${Math.floor(size / 10)}.${size % 10}%`;
}

/** `March 2025` */
export function monthText(month: string): string {
  return `${MONTHS[Number(month.slice(5, 7)) - 1]} ${month.slice(0, 4)}`;
}

/** `14 Mar` */
export function shortDate(date: string): string {
  const { month, day } = splitCivil(date);
  return `${day} ${MONTHS[month - 1]!.slice(0, 3)}`;
}

/** `14 March 2025` */
export function longDate(date: string): string {
  const { month, day, year } = splitCivil(date);
  return `${day} ${MONTHS[month - 1]} ${year}`;
}

/** `1 row`, `3 rows` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and 3 more` */
export function listed(names: readonly string[]): string {
  if (names.length <= 1) return names.join('');
  if (names.length > 3) return `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** The report in one sentence. */
export function verdict(report: MonthlyReport): string {
  const { budgets, header } = report;
  const named = (wanted: BudgetReport['status']): string[] =>
    budgets.filter(({ status }) => status === wanted).map(({ name }) => name);
  const over = named('over');
  if (over.length > 0) {
    return over.length === budgets.length && over.length > 1
      ? `Over the limit in all ${over.length} budgets`
      : `Over the limit in ${listed(over)}`;
  }
  const close = named('warning');
  if (close.length > 0) return `Within every limit, but close in ${listed(close)}`;
  if (header.status === 'incomplete') return 'Within every limit, as far as the amounts could be converted';
  if (header.status === 'untracked') return budgets.length === 0 ? 'No budgets in this month' : 'No limits were set';
  return header.partial ? 'Within every limit so far' : 'Within every limit';
}

/** `12.3% more than in February 2025`; undefined when the months do not differ. */
export function comparison({ month, delta, deltaPctTenths, spent }: PreviousMonth): string | undefined {
  const change = BigInt(delta.minor);
  if (change === 0n) return undefined;
  const direction = change > 0n ? 'more' : 'less';
  const previous = `than in ${monthText(month)}`;
  if (deltaPctTenths === null || BigInt(spent.minor) < 0n)
    return `${amountText(withoutSign(delta))} ${direction} ${previous}`;
  return `${pctText(Math.abs(deltaPctTenths))} ${direction} ${previous}`;
}

const REASONS: Readonly<Record<string, string>> = {
  user: 'skipped by you',
  paused: 'paused',
  missed: 'missed',
  weekend: 'on a weekend',
  AccountClosed: 'the account is closed',
  TemplateNotFound: 'the template is gone',
  TemplateInvalid: 'the template is not valid',
};

/** Why an occurrence was not posted, in words. */
export function reasonText(reason: string | null): string {
  return reason === null ? '' : (REASONS[reason] ?? reason);
}
