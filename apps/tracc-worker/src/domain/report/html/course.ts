import { addDays, daysFromCivil, divideHalfEven, money } from '@backend/shared/kernel';
import type { BudgetReport, DaySpent } from '../types';
import { html, type Markup } from './markup';
import { amountMarkup, changeText, isZero, monthText, shortDate, withoutSign } from './words';

/** Whether there is anything to draw: money that moved, this month or the one before. */
export function hasCourse({ cumulative, previousMonth }: BudgetReport): boolean {
  return moved(cumulative) || (cumulative.length > 0 && moved(previousMonth.cumulative));
}

/** Whether any money moved in these days. */
export function moved(days: readonly DaySpent[]): boolean {
  return days.some(({ spent }) => !isZero(spent));
}

/** What the chart of a budget shows, in sentences: for readers that drop SVG, and for those who do not see it. */
export function courseSentences(budget: BudgetReport): Markup[] {
  const sentences = [limitSentence(budget), previousSentence(budget), largestDaySentence(budget)];
  return sentences.filter((sentence) => sentence !== undefined);
}

function limitSentence({ cumulative, period, totals, partial, through }: BudgetReport): Markup | undefined {
  if (totals.limit === null || through === null) return undefined;
  const limitMinor = BigInt(totals.limit.minor);
  const passed = cumulative.find(({ spent }) => BigInt(spent.minor) > limitMinor);
  const spentMinor = BigInt(totals.spent.minor);
  if (passed) {
    const back = spentMinor <= limitMinor ? ', but money that came back brought it below again' : '';
    return html`The limit was passed on ${shortDate(passed.date)}${back}.`;
  }
  if (!partial) return undefined;
  const days = BigInt(daysFromCivil(period.to) - daysFromCivil(period.from));
  const elapsed = BigInt(cumulative.length);
  const ahead = money(spentMinor - divideHalfEven(limitMinor * elapsed, days), totals.limit.currency);
  if (isZero(ahead)) return html`That is exactly an even pace to the limit.`;
  const side = BigInt(ahead.minor) > 0n ? 'more' : 'less';
  return html`That is ${amountMarkup(withoutSign(ahead))} ${side} than an even pace to the limit.`;
}

function previousSentence({ previousMonth, partial, cumulative, through }: BudgetReport): Markup | undefined {
  const { month, spent, cumulative: before } = previousMonth;
  if (!moved(before) || through === null) return undefined;
  if (!partial) {
    const change = changeText(previousMonth);
    return change === 'the same'
      ? html`${monthText(month)} came to the same amount.`
      : html`${monthText(month)} came to ${amountMarkup(spent)}; this is ${change}.`;
  }
  const sameDay = before[Math.min(cumulative.length, before.length) - 1];
  if (!sameDay) return undefined;
  return html`By ${shortDate(sameDay.date)} it was ${amountMarkup(sameDay.spent)}, in all of ${monthText(month)}
  ${amountMarkup(spent)}.`;
}

function largestDaySentence({ cumulative, period, currency }: BudgetReport): Markup | undefined {
  const dayMinor = cumulative.map(
    ({ spent }, n) => BigInt(spent.minor) - BigInt(cumulative[n - 1]?.spent.minor ?? '0'),
  );
  const most = dayMinor.reduce((top, minor) => (minor > top ? minor : top), 0n);
  if (most === 0n) return undefined;
  const day = addDays(period.from, dayMinor.indexOf(most));
  return html`Most was spent on ${shortDate(day)}: ${amountMarkup(money(most, currency))}.`;
}
