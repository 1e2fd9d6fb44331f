import { formatMoney, type Money, splitCivil } from '@backend/shared/kernel';
import type { BudgetReport, MonthlyReport, PreviousMonth } from '../types';
import { html, type Markup } from './markup';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** `1,234.50 EUR`, with a true minus sign. */
export function amountText(amount: Money): string {
  return formatMoney(amount).replace('-', '−');
}

const LONG_AMOUNT = '1,234,567.8'.length;

/** An amount whose currency code steps back behind the number; one that is long may break between its thousands. */
export function amountMarkup(amount: Money): Markup {
  const [number = '', currency = ''] = amountText(amount).split(' ');
  return html`<span class="${amountClass(number)}"
    >${breakable(number)} <span class="currency">${currency}</span></span
  >`;
}

/** `5.00 of 12.00 EUR` */
export function partMarkup({ part, whole }: { part: Money; whole: Money }): Markup {
  const [number = ''] = amountText(part).split(' ');
  return html`<span class="${amountClass(number)}">${breakable(number)}</span> of ${amountMarkup(whole)}`;
}

function amountClass(number: string): string {
  return number.length > LONG_AMOUNT ? 'amount long' : 'amount';
}

function breakable(number: string): Markup {
  if (number.length <= LONG_AMOUNT) return html`${number}`;
  return html`${number.split(',').map((group, n) => (n === 0 ? html`${group}` : html`,<wbr />${group}`))}`;
}

export function isZero({ minor }: Money): boolean {
  return BigInt(minor) === 0n;
}

export function isNegative({ minor }: Money): boolean {
  return BigInt(minor) < 0n;
}

/** The amount without its sign. */
export function withoutSign({ minor, currency }: Money): Money {
  return { minor: minor.replace(/^-/, ''), currency };
}

/** `91.2%` */
export function pctText(tenths: number): string {
  const size = Math.abs(tenths);
  return `${tenths < 0 ? '−' : ''}${String(Math.floor(size / 10)).replace(/\B(?=(\d{3})+$)/g, ',')}.${size % 10}%`;
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

const NAME_LETTERS = 48;

/** A name as people gave it, in its own direction of writing, cut where a sentence could not carry it. */
export function nameInText(name: string): Markup {
  const letters = Array.from(name);
  const text = letters.length > NAME_LETTERS ? `${letters.slice(0, NAME_LETTERS - 1).join('')}…` : name;
  return html`<bdi>${text}</bdi>`;
}

/** `a`, `a and b`, `a, b and 3 more` */
export function listed(names: readonly string[]): Markup {
  const [first, second, third] = names.map(nameInText);
  if (!first) return html``;
  if (!second) return first;
  if (names.length > 3) return html`${first}, ${second} and ${names.length - 2} more`;
  return third ? html`${first}, ${second} and ${third}` : html`${first} and ${second}`;
}

/** The report in one sentence. */
export function verdict(report: MonthlyReport): Markup {
  const { budgets, header } = report;
  const named = (wanted: BudgetReport['status']): string[] =>
    budgets.filter(({ status }) => status === wanted).map(({ name }) => name);
  const over = named('over');
  if (over.length > 0) {
    return over.length === budgets.length && over.length > 1
      ? html`Over the limit in all ${over.length} budgets`
      : html`Over the limit in ${listed(over)}`;
  }
  const close = named('warning');
  if (close.length > 0) return html`Within every limit, but close in ${listed(close)}`;
  if (header.status === 'incomplete') return html`Within every limit, as far as the amounts could be converted`;
  if (header.status === 'untracked')
    return budgets.length === 0 ? html`No budgets in this month` : html`No limits were set`;
  return header.partial ? html`Within every limit so far` : html`Within every limit`;
}

/** `12.3% more`, an amount where a percentage would mislead, `the same`. */
export function changeText({ delta, deltaPctTenths, spent }: PreviousMonth): string {
  const change = BigInt(delta.minor);
  if (change === 0n) return 'the same';
  const direction = change > 0n ? 'more' : 'less';
  const before = BigInt(spent.minor);
  const misleads = deltaPctTenths === null || before < 0n || before + change < 0n || Math.abs(deltaPctTenths) > 9_999;
  return `${misleads ? amountText(withoutSign(delta)) : pctText(Math.abs(deltaPctTenths))} ${direction}`;
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
