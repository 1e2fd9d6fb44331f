import { daysFromCivil } from '@backend/shared/kernel';
import type { BudgetReport, MonthlyReport } from '../types';
import { html, type Markup } from './markup';
import { amountText, counted, isZero, listed, nameInText, pctText, reasonText, shortDate, withoutSign } from './words';

/** Something the reader should know before anything else. */
export interface AttentionItem {
  readonly level: 'over' | 'warning' | 'note';
  readonly text: Markup;
}

const OCCURRENCES_NAMED = 3;

/** What needs a look, worst first. */
export function attentionOf({ budgets, recurring }: MonthlyReport): AttentionItem[] {
  const items = budgets.flatMap(budgetItems);
  const { failed, late } = recurring;
  const missed = recurring.skipped.filter(({ reason }) => reason === 'missed');
  for (const { name, nominalDate, reason } of failed.slice(0, OCCURRENCES_NAMED)) {
    const why = reason === null ? '' : ` (${reasonText(reason)})`;
    items.push({
      level: 'over',
      text: html`${nameInText(name)} of ${shortDate(nominalDate)} could not be posted${why}.`,
    });
  }
  if (failed.length > OCCURRENCES_NAMED) {
    const more = counted(failed.length - OCCURRENCES_NAMED, 'more recurring transaction');
    items.push({ level: 'over', text: html`${more} could not be posted.` });
  }
  if (missed.length > 0) {
    items.push({ level: 'note', text: html`Missed and not posted: ${listed(missed.map(({ name }) => name))}.` });
  }
  if (late.length > 0) items.push({ level: 'note', text: html`Posted late: ${listed(late.map(({ name }) => name))}.` });
  const rank = { over: 0, warning: 1, note: 2 };
  return items.sort((a, b) => rank[a.level] - rank[b.level]);
}

function budgetItems(budget: BudgetReport): AttentionItem[] {
  const { currency, status, provisionalStatus, totals, alerts, unconvertedCount } = budget;
  const name = nameInText(budget.name);
  const items: AttentionItem[] = [];
  if (totals.limit !== null && totals.remaining !== null) {
    const used = totals.pctTenths === null ? '' : ` (${pctText(totals.pctTenths)})`;
    if (status === 'over') {
      const excess = amountText(withoutSign(totals.remaining));
      items.push({
        level: 'over',
        text: html`${name} is ${excess} over its limit of ${amountText(totals.limit)}${used}.`,
      });
    }
    if (status === 'warning') {
      const left = isZero(totals.remaining) ? 'nothing left' : `${amountText(totals.remaining)} left`;
      const days = daysToCome(budget);
      const until = days > 0 ? ` for ${counted(days, 'day')}` : '';
      const spent = totals.pctTenths === null ? '' : `has used ${pctText(totals.pctTenths)} of its limit: `;
      items.push({ level: 'warning', text: html`${name} ${spent}${left}${until}.` });
    }
  }
  if (provisionalStatus === 'over' && status !== 'over') {
    items.push({
      level: 'warning',
      text: html`Pending ${amountText(totals.pendingProvisional)} would put ${name} over its limit.`,
    });
  }
  if (unconvertedCount > 0) {
    const [what, verb] = [counted(unconvertedCount, 'row'), unconvertedCount === 1 ? 'has' : 'have'];
    items.push({
      level: 'warning',
      text: html`${what} of ${name} ${verb} no exchange rate to ${currency} and ${unconvertedCount === 1 ? 'is' : 'are'}
      not counted.`,
    });
  }
  for (const { pct, delivery } of alerts) {
    if (delivery === 'failed')
      items.push({ level: 'note', text: html`The ${pct}% alert of ${name} could not be delivered.` });
  }
  return items;
}

function daysToCome({ partial, period, through }: BudgetReport): number {
  return partial ? daysFromCivil(period.to) - daysFromCivil(through ?? period.from) - (through === null ? 0 : 1) : 0;
}
