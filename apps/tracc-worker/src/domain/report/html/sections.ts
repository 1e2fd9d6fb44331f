import type { Money } from '@backend/shared/kernel';
import type { BudgetReport, CurrencyTotals, MonthlyReport, PreviousMonth, RecurringEntry } from '../types';
import { attentionOf } from './attention';
import { bar, type Tone } from './charts';
import { html, type Markup } from './markup';
import { chip, type Figure, figureList, leftOrOver, remainingFigure, separator, statusChip, toneOf } from './parts';
import {
  amountMarkup,
  changeText,
  counted,
  isNegative,
  isZero,
  listed,
  longDate,
  monthText,
  partMarkup,
  pctText,
  reasonText,
  shortDate,
  verdict,
  withoutSign,
} from './words';

/** Month, verdict, and for each currency what was planned, what was spent and what is left. */
export function headline(report: MonthlyReport): Markup {
  const { header, totals } = report;
  return html`<header>
    <p class="eyebrow">Monthly report, ${monthText(header.month)}</p>
    <h1>${verdict(report)}</h1>
    ${totals.length === 0 ? null : html`<div class="card totals${totals.length > 2 ? ' many' : ''}">${totals.map(totalsOf)}</div>`}
    ${soFar(report)}
  </header>`;
}

function totalsOf({ limit, spent, spentWithinLimits, remaining, previousMonth, currency }: CurrencyTotals): Markup {
  const figures: Figure[] = [
    ...(limit === null ? [] : [{ term: 'Limit', value: amountMarkup(limit) }]),
    { term: 'Spent', value: amountMarkup(spent) },
    ...(remaining === null ? [] : [remainingFigure(remaining)]),
    { term: `Against ${monthText(previousMonth.month).split(' ')[0]}`, value: changeText(previousMonth) },
  ];
  const beyond = { minor: (BigInt(spent.minor) - BigInt(spentWithinLimits.minor)).toString(), currency };
  const note =
    limit === null || isZero(beyond)
      ? null
      : html`<p class="small muted">${amountMarkup(beyond)} of what was spent is in budgets without a limit.</p>`;
  return html`<div class="total">${figureList(figures)}${note}</div>`;
}

function soFar({ budgets }: MonthlyReport): Markup | null {
  const running = budgets.filter(({ partial }) => partial);
  if (running.length === 0) return null;
  const through = running
    .flatMap((budget) => (budget.through === null ? [] : [budget.through]))
    .sort()
    .at(-1);
  const until = through === undefined ? null : html`; figures up to ${longDate(through)}`;
  if (running.length === budgets.length) return html`<p class="muted">The month is not over${until}.</p>`;
  return html`<p class="muted">The month is not over for ${listed(running.map(({ name }) => name))}${until}.</p>`;
}

const LEVELS = {
  over: { tone: 'over', text: 'problem' },
  warning: { tone: 'warning', text: 'watch' },
  note: { tone: 'plain', text: 'note' },
} as const;

/** The list of what needs a look; says so when there is nothing. */
export function attentionSection(report: MonthlyReport): Markup {
  const items = attentionOf(report);
  const list =
    items.length === 0
      ? html`<p>
          ${chip({ tone: 'ok', text: 'nothing' })}${separator(': ')} No limit was passed, no alert was lost, and no
          recurring transaction was late, missed or failed.
        </p>`
      : html`<ul class="attention">
          ${items.map(({ level, text }) => html`<li>${chip(LEVELS[level])}${separator(': ')} <span>${text}</span></li>`)}
        </ul>`;
  return html`<section aria-labelledby="attention">
    <h2 id="attention">Needs your attention</h2>
    <div class="card">${list}</div>
  </section>`;
}

/** One card for each budget: what is left, and how much of the limit is used. A single budget is its own overview. */
export function cardsSection({ budgets }: MonthlyReport): Markup | null {
  if (budgets.length < 2) return null;
  return html`<section aria-labelledby="budgets">
    <h2 id="budgets">Budgets</h2>
    <div class="cards">${budgets.map(card)}</div>
  </section>`;
}

function card({ name, status, totals }: BudgetReport): Markup {
  const { limit, remaining, spent, pctTenths, pendingProvisional } = totals;
  const head = html`<h3><bdi>${name}</bdi></h3>`;
  const pending = isZero(pendingProvisional)
    ? null
    : html`<p class="small muted">${amountMarkup(pendingProvisional)} pending, not counted</p>`;
  if (limit === null || remaining === null) {
    return html`<article class="card">
      ${head}
      <p class="big">${amountMarkup(spent)} spent</p>
      <p class="small muted">${statusChip(status)}</p>
      ${pending}
    </article>`;
  }
  const used = pctTenths === null ? 'there was nothing to spend' : `${pctText(pctTenths)} of the limit`;
  const fraction = pctTenths === null ? (BigInt(spent.minor) > 0n ? 1 : 0) : pctTenths / 1000;
  return html`<article class="card">
    ${head}
    <p class="big${status === 'over' ? ' text-over' : ''}">${leftOrOver(remaining)}</p>
    ${bar({ fraction, tone: toneOf(status), title: `${name}: ${used}` })}
    <p class="small muted">${usedOf({ spent, limit })}</p>
    <p class="small muted">
      ${statusChip(status)}${pctTenths === null ? null : separator(', ')}
      ${pctTenths === null ? null : `${pctText(pctTenths)} used`}
    </p>
    ${pending}
  </article>`;
}

function usedOf({ spent, limit }: { spent: Money; limit: Money }): Markup {
  if (isNegative(spent)) return html`${amountMarkup(withoutSign(spent))} more came back than went out`;
  if (isZero(limit) && isZero(spent)) return html`Nothing planned, nothing spent`;
  return html`${partMarkup({ part: spent, whole: limit })} spent`;
}

/** What became of the month's recurring transactions. */
export function recurringSection({ recurring }: MonthlyReport): Markup | null {
  const kinds: [Tone, string, readonly RecurringEntry[]][] = [
    ['over', 'failed', recurring.failed],
    ['warning', 'late', recurring.late],
    ['plain', 'skipped', recurring.skipped],
    ['ok', 'posted', recurring.posted],
  ];
  const total = kinds.reduce((sum, [, , entries]) => sum + entries.length, 0);
  if (total === 0) return null;
  const summary = kinds.flatMap(([, text, { length }]) => (length === 0 ? [] : [`${length} ${text}`])).join(', ');
  const rows = kinds.flatMap(([tone, text, entries]) =>
    entries.map(({ name, nominalDate, bookingDate, amount, reason }) => {
      const booked = bookingDate !== null && bookingDate !== nominalDate ? `booked on ${shortDate(bookingDate)}` : '';
      const detail = [booked, reasonText(reason)].filter((part) => part !== '').join(', ');
      return html`<tr>
        <td class="date">${shortDate(nominalDate)}</td>
        <th scope="row">
          <bdi>${name}</bdi><br class="under" /><span class="small muted"
            >${chip({ tone, text })}${detail === '' ? null : separator(', ')} ${detail}</span
          >
        </th>
        <td class="number">${amount === null ? html`<span class="muted">–</span>` : amountMarkup(amount)}</td>
      </tr>`;
    }),
  );
  return html`<section aria-labelledby="recurring">
    <h2 id="recurring">Recurring transactions</h2>
    <div class="card">
      <table>
        <caption>
          ${counted(total, 'occurrence')} due
          <span class="small muted">${summary}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col">Due</th>
            <th scope="col" class="wide">Name and outcome</th>
            <th scope="col" class="number">Amount</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** Each budget beside the month before it, and the sum of each currency that has several. */
export function previousSection({ budgets, totals, header }: MonthlyReport): Markup | null {
  const first = budgets[0];
  if (!first) return null;
  const before = first.previousMonth.month;
  const row = ({ label, spent, previous }: { label: Markup; spent: Money; previous: PreviousMonth }): Markup =>
    html`<tr>
      <th scope="row">${label}<br class="under" /><span class="small muted"> ${changeText(previous)}</span></th>
      <td class="number">${amountMarkup(previous.spent)}</td>
      <td class="number">${amountMarkup(spent)}</td>
    </tr>`;
  const sums = totals.filter((total) => total.budgets > 1);
  return html`<section aria-labelledby="previous">
    <h2 id="previous">Compared with ${monthText(before)}</h2>
    <div class="card">
      <table>
        <caption>
          Spent in both months
        </caption>
        <thead>
          <tr>
            <th scope="col" class="wide">Budget and change</th>
            <th scope="col" class="number">${shortMonth(before)}</th>
            <th scope="col" class="number">${shortMonth(header.month)}</th>
          </tr>
        </thead>
        <tbody>
          ${budgets.map(({ name, totals: { spent }, previousMonth }) => row({ label: html`<bdi>${name}</bdi>`, spent, previous: previousMonth }))}${sums.map(({ currency, spent, previousMonth }) => row({ label: html`<strong>All in ${currency}</strong>`, spent, previous: previousMonth }))}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** How the figures are meant, and which telling of the month this is. */
export function footer({ header }: MonthlyReport): Markup {
  const madeAt = `${longDate(header.generatedAt.slice(0, 10))}, ${header.generatedAt.slice(11, 16)} UTC`;
  return html`<footer class="small muted">
    <p>
      Spent counts posted transactions in the categories of a budget, less what came back. Transfers never count;
      pending transactions are shown apart.
    </p>
    <p>Revision ${header.revision}, made on ${madeAt}.</p>
  </footer>`;
}

function shortMonth(month: string): string {
  return monthText(month).slice(0, 3);
}
