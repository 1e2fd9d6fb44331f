import { addDays } from '@backend/shared/kernel';
import type { BudgetReport, TopRow, UnconvertedRow } from '../types';
import { bar, cumulativeChart } from './charts';
import { courseSentences, hasCourse } from './course';
import { html, type Markup } from './markup';
import { type Figure, figureList, remainingFigure, separator, statusChip, toneOf } from './parts';
import { amountMarkup, amountText, isNegative, isZero, longDate, pctText, shortDate } from './words';

/** Everything about one budget: its figures, its course, where the money went, and the largest rows. */
export function budgetSection({ budget, position }: { budget: BudgetReport; position: number }): Markup {
  const { name, status, period, zone } = budget;
  const id = `budget-${position}`;
  return html`<section class="budget card" aria-labelledby="${id}">
    <div class="budget-head">
      <h2 id="${id}"><bdi>${name}</bdi></h2>
      <p class="small muted">
        ${statusChip(status)}${separator(', ')}
        <span>${shortDate(period.from)} to ${longDate(addDays(period.to, -1))}, ${zone}</span>
      </p>
    </div>
    ${figureList(figuresOf(budget))} ${courseAndCategories({ budget, id })}
    ${budget.topRows.length === 0 ? null : html`<div class="part">${topRowsTable(budget)}</div>`}
    ${budget.unconvertedCount === 0 ? null : html`<div class="part">${unconvertedTable(budget)}</div>`}
  </section>`;
}

/** How the limit came about, what became of it, and what stands beside the sum. */
function figuresOf({ totals, carryOut, rollover, alerts }: BudgetReport): Figure[] {
  const { base, carryIn, limit, spent, remaining, pctTenths, refunds, pendingProvisional } = totals;
  const figures: Figure[] = [];
  const add = (term: string, value: Markup | string): void => void figures.push({ term, value });
  if (rollover !== 'none' && base !== null) {
    add('Planned', amountMarkup(base));
    add('Carried in', amountMarkup(carryIn));
  }
  if (limit !== null) add('Limit', amountMarkup(limit));
  add('Spent', amountMarkup(spent));
  if (remaining !== null) figures.push(remainingFigure(remaining));
  if (pctTenths !== null) add('Used', pctText(pctTenths));
  if (rollover !== 'none' && base !== null) add('Carries over', amountMarkup(carryOut));
  if (!isZero(refunds)) add('Refunded', amountMarkup(refunds));
  if (!isZero(pendingProvisional)) add('Pending', amountMarkup(pendingProvisional));
  const told = alerts.filter(({ delivery }) => delivery === 'sent' || delivery === 'failed');
  if (told.length > 0) {
    const texts = told.map(({ pct, delivery }) => (delivery === 'sent' ? `${pct}%` : `${pct}% (failed)`));
    add(told.length === 1 ? 'Alert' : 'Alerts', texts.join(', '));
  }
  return figures;
}

function courseAndCategories({ budget, id }: { budget: BudgetReport; id: string }): Markup {
  if (budget.through !== null && budget.categories.length === 0 && !hasCourse(budget)) {
    return html`<p class="part muted">No money moved, in this month or the one before.</p>`;
  }
  return html`<div class="pair">
    <div class="part">
      <h3>Course of the month</h3>
      ${course({ budget, id })}
    </div>
    <div class="part">${categoriesTable(budget)}</div>
  </div>`;
}

function course({ budget, id }: { budget: BudgetReport; id: string }): Markup {
  if (budget.through === null) return html`<p class="muted">The period has not begun.</p>`;
  if (!hasCourse(budget)) return html`<p class="muted">The sum stood at 0 on every day.</p>`;
  const tone = toneOf(budget.status);
  const sentences = courseSentences(budget);
  return html`${cumulativeChart({ budget, id, tone })}
  ${sentences.length === 0 ? null : html`<p class="small">${sentences.map((sentence) => html`${sentence} `)}</p>`}`;
}

function categoriesTable({ categories, totals, status }: BudgetReport): Markup {
  if (categories.length === 0)
    return html`<h3>Where the money went</h3>
      <p class="muted">Nothing was spent.</p>`;
  const limit = totals.limit !== null && !isZero(totals.limit) ? BigInt(totals.limit.minor) : null;
  const largest = BigInt(categories[0]!.spent.minor);
  // Over the limit, or without one, the bars compare the categories with each other.
  const scale = limit !== null && limit >= largest ? limit : largest > 0n ? largest : 1n;
  const tone = status === 'over' ? 'over' : 'plain';
  return html`<table>
    <caption>
      Where the money went
    </caption>
    <thead>
      <tr>
        <th scope="col" class="wide">Category</th>
        <th scope="col" class="number">Spent</th>
        ${limit === null ? null : html`<th scope="col" class="number">Of limit</th>`}
      </tr>
    </thead>
    <tbody>
      ${categories.map(({ name, spent, pctOfLimitTenths, refunds }) => {
        const fraction = Number((BigInt(spent.minor) * 1000n) / scale) / 1000;
        const share = pctOfLimitTenths === null ? amountText(spent) : `${pctText(pctOfLimitTenths)} of the limit`;
        const back = isZero(refunds)
          ? null
          : html`<br /><span class="small muted">${amountMarkup(refunds)} came back</span>`;
        const ofLimit = pctOfLimitTenths === null || isNegative(spent) ? '–' : pctText(pctOfLimitTenths);
        return html`<tr>
          <th scope="row"><bdi>${name}</bdi>${back}${bar({ fraction, tone, title: `${name}: ${share}` })}</th>
          <td class="number">${amountMarkup(spent)}</td>
          ${limit === null ? null : html`<td class="number">${ofLimit}</td>`}
        </tr>`;
      })}
    </tbody>
  </table>`;
}

function topRowsTable({ topRows }: BudgetReport): Markup {
  const caption = topRows.length === 1 ? 'Largest transaction' : `${topRows.length} largest transactions`;
  return rowsTable({
    caption: html`${caption}`,
    rows: topRows.map(({ date, description, category, spent, original }: TopRow) => ({
      date,
      text: html`<bdi>${description}</bdi><br class="under" /><span class="small muted"> <bdi>${category}</bdi></span>`,
      amount: html`${amountMarkup(spent)}${original === null ? null : html`<br /><span class="small muted">${amountMarkup(original)}</span>`}`,
    })),
  });
}

function unconvertedTable({ unconverted, unconvertedCount, currency }: BudgetReport): Markup {
  const shown = unconverted.length < unconvertedCount ? `; ${unconverted.length} of ${unconvertedCount} are shown` : '';
  return rowsTable({
    caption: html`Not counted <span class="small muted">no exchange rate to ${currency}${shown}</span>`,
    rows: unconverted.map(({ date, description, amount }: UnconvertedRow) => ({
      date,
      text: html`<bdi>${description}</bdi>`,
      amount: amountMarkup(amount),
    })),
  });
}

function rowsTable({
  caption,
  rows,
}: {
  caption: Markup;
  rows: readonly { readonly date: string; readonly text: Markup; readonly amount: Markup }[];
}): Markup {
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">Date</th>
        <th scope="col" class="wide">Description</th>
        <th scope="col" class="number">Amount</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ date, text, amount }) =>
          html`<tr>
            <td class="date">${shortDate(date)}</td>
            <th scope="row">${text}</th>
            <td class="number">${amount}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
