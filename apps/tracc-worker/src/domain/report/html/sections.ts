import { addDays, type Money } from '@backend/shared/kernel';
import type { BudgetReport, MonthlyReport, PreviousMonth, RecurringEntry } from '../types';
import { attentionOf } from './attention';
import { bar, cumulativeChart, type Tone } from './charts';
import { html, type Markup } from './markup';
import {
  amountMarkup,
  amountText,
  comparison,
  counted,
  longDate,
  monthText,
  pctText,
  reasonText,
  shortDate,
  verdict,
  withoutSign,
} from './words';

const STATUS_WORDS = { ok: 'within limit', warning: 'close', over: 'over', untracked: 'no limit' } as const;

/** Month, verdict, and the sums of each currency in words. */
export function headline(report: MonthlyReport): Markup {
  const { header, totals, budgets } = report;
  const through = budgets
    .flatMap((budget) => (budget.partial && budget.through !== null ? [budget.through] : []))
    .sort();
  const soFar = header.partial
    ? html`<p class="muted">
        The month is not over${through.length > 0 ? `: figures up to ${longDate(through.at(-1)!)}` : ''}.
      </p>`
    : null;
  return html`<header>
    <p class="eyebrow">Monthly report, ${monthText(header.month)}</p>
    <h1>${verdict(report)}</h1>
    ${totals.map((total) => {
      const change = comparison(total.previousMonth);
      const spent = html`<strong>${amountMarkup(total.spent)}</strong>
        spent${change === undefined ? '' : `, ${change}`}`;
      if (total.limit === null || total.remaining === null) return html`<p class="lede">${spent}.</p>`;
      const within =
        total.spent.minor === total.spentWithinLimits.minor
          ? html`The limits add up to ${amountMarkup(total.limit)}`
          : html`Budgets with a limit took ${amountMarkup(total.spentWithinLimits)} of ${amountMarkup(total.limit)}`;
      return html`<p class="lede">${spent}. ${within}: ${leftOrOver(total.remaining)}.</p>`;
    })}${soFar}
  </header>`;
}

/** The list of what needs a look; says so when there is nothing. */
export function attentionSection(report: MonthlyReport): Markup {
  const items = attentionOf(report);
  const list =
    items.length === 0
      ? html`<p>
          Nothing: every limit was kept, every alert was delivered and every recurring transaction was posted in time.
        </p>`
      : html`<ul class="attention">
          ${items.map(({ level, text }) => html`<li class="card ${level}">${text}</li>`)}
        </ul>`;
  return html`<section aria-labelledby="attention">
    <h2 id="attention">Needs your attention</h2>
    ${list}
  </section>`;
}

/** One card for each budget: what is left, and how much of the limit is used. */
export function cardsSection({ budgets }: MonthlyReport): Markup {
  return html`<section aria-labelledby="budgets">
    <h2 id="budgets">Budgets</h2>
    <div class="cards">${budgets.map(card)}</div>
  </section>`;
}

function card({ name, status, totals }: BudgetReport): Markup {
  const { limit, remaining, spent, pctTenths, pendingProvisional } = totals;
  const tone = toneOf(status);
  const head = html`<h3><span dir="auto">${name}</span> ${chip({ tone, text: STATUS_WORDS[status] })}</h3>`;
  const pending = isZero(pendingProvisional)
    ? null
    : html`<p class="small muted">${amountMarkup(pendingProvisional)} pending, not counted</p>`;
  if (limit === null || remaining === null) {
    return html`<article class="card">
      ${head}
      <p class="big">${amountMarkup(spent)}</p>
      <p class="small muted">spent</p>
      ${pending}
    </article>`;
  }
  const used = pctTenths === null ? 'there is nothing to spend' : `${pctText(pctTenths)} of the limit`;
  const fraction = pctTenths === null ? (BigInt(spent.minor) > 0n ? 1 : 0) : pctTenths / 1000;
  return html`<article class="card">
    ${head}
    <p class="big${status === 'over' ? ' text-over' : ''}">${leftOrOver(remaining)}</p>
    ${bar({ fraction, tone, title: `${name}: ${used}` })}
    <p class="small muted">${amountMarkup(spent)} of ${amountMarkup(limit)}, ${used}</p>
    ${pending}
  </article>`;
}

/** Everything about one budget: its course, where the money went, and the largest rows. */
export function budgetSection({ budget, position }: { budget: BudgetReport; position: number }): Markup {
  const { name, status, period, zone, through } = budget;
  const id = `budget-${position}`;
  const tone = toneOf(status);
  const course =
    through === null
      ? html`<p class="muted">The period has not begun.</p>`
      : html`${cumulativeChart({ budget, id, tone })}${budget.totals.limit === null ? null : html`<p class="small muted">Dashed: the limit. Dotted: an even pace to it.</p>`}`;
  return html`<section class="budget" aria-labelledby="${id}">
    <div class="budget-head">
      <h2 id="${id}" dir="auto">${name}</h2>
      ${chip({ tone, text: STATUS_WORDS[status] })}<span class="small muted"
        >${shortDate(period.from)} to ${longDate(addDays(period.to, -1))}, ${zone}</span
      >
    </div>
    <div class="stack">
      <div class="pair">
        <div class="card">
          <h3>Course of the month</h3>
          ${course}
        </div>
        <div class="card">${categoriesTable(budget)}</div>
      </div>
      ${figures(budget)} ${budget.topRows.length === 0 ? null : html`<div class="card">${topRowsTable(budget)}</div>`}
      ${budget.unconvertedCount === 0 ? null : html`<div class="card">${unconvertedTable(budget)}</div>`}
    </div>
  </section>`;
}

/** What the card of the budget does not say: how the limit came about, and what stands beside the sum. */
function figures({ totals, carryOut, rollover, alerts }: BudgetReport): Markup | null {
  const pairs: [string, Markup | string][] = [];
  if (rollover !== 'none' && totals.base !== null && totals.limit !== null) {
    pairs.push(
      ['Set for a month', amountMarkup(totals.base)],
      ['Carried in', amountMarkup(totals.carryIn)],
      ['Limit', amountMarkup(totals.limit)],
      ['Carries over', amountMarkup(carryOut)],
    );
  }
  if (!isZero(totals.refunds)) pairs.push(['Refunds, taken off', amountMarkup(totals.refunds)]);
  if (!isZero(totals.pendingProvisional)) pairs.push(['Pending, not counted', amountMarkup(totals.pendingProvisional)]);
  const told = alerts.filter(({ delivery }) => delivery === 'sent' || delivery === 'failed');
  if (told.length > 0) {
    const texts = told.map(({ pct, delivery }) => (delivery === 'sent' ? `at ${pct}%` : `at ${pct}% (not delivered)`));
    pairs.push(['Alerts', texts.join(', ')]);
  }
  if (pairs.length === 0) return null;
  return html`<div class="card">
    <dl>
      ${pairs.map(
        ([term, value]) =>
          html`<div>
            <dt>${term}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </div>`;
}

function categoriesTable({ categories, totals, status }: BudgetReport): Markup {
  if (categories.length === 0)
    return html`<h3>Categories</h3>
      <p class="muted">Nothing was spent.</p>`;
  const limit = totals.limit !== null && !isZero(totals.limit) ? BigInt(totals.limit.minor) : null;
  // Without a limit the bars compare the categories with each other.
  const largest = BigInt(categories[0]!.spent.minor);
  const scale = limit ?? (largest > 0n ? largest : 1n);
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
        return html`<tr>
          <th scope="row"><span dir="auto">${name}</span>${bar({ fraction, tone, title: `${name}: ${share}` })}</th>
          <td class="number">${amountMarkup(spent)}${back}</td>
          ${limit === null ? null : html`<td class="number">${pctOfLimitTenths === null ? '' : pctText(pctOfLimitTenths)}</td>`}
        </tr>`;
      })}
    </tbody>
  </table>`;
}

function topRowsTable({ topRows }: BudgetReport): Markup {
  const caption = topRows.length === 1 ? 'Largest transaction' : `${topRows.length} largest transactions`;
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">Date</th>
        <th scope="col" class="wide">Description</th>
        <th scope="col" class="roomy">Category</th>
        <th scope="col" class="number">Amount</th>
      </tr>
    </thead>
    <tbody>
      ${topRows.map(
        ({ date, description, category, spent, original }) =>
          html`<tr>
            <td class="date">${shortDate(date)}</td>
            <th scope="row" dir="auto">${description}</th>
            <td class="roomy" dir="auto">${category}</td>
            <td class="number">
              ${amountMarkup(spent)}${original === null ? null : html`<br /><span class="small muted">${amountMarkup(original)}</span>`}
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function unconvertedTable({ unconverted, unconvertedCount, currency }: BudgetReport): Markup {
  const shown = unconverted.length < unconvertedCount ? `, the first ${unconverted.length} of ${unconvertedCount}` : '';
  return html`<table>
    <caption>
      Not counted
      <span class="small muted">no exchange rate to ${currency}${shown}</span>
    </caption>
    <thead>
      <tr>
        <th scope="col">Date</th>
        <th scope="col" class="wide">Description</th>
        <th scope="col" class="number">Amount</th>
      </tr>
    </thead>
    <tbody>
      ${unconverted.map(
        ({ date, description, amount }) =>
          html`<tr>
            <td class="date">${shortDate(date)}</td>
            <th scope="row" dir="auto">${description}</th>
            <td class="number">${amountMarkup(amount)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
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
      const booked = bookingDate !== null && bookingDate !== nominalDate ? `booked ${shortDate(bookingDate)}` : '';
      const detail = [booked, reasonText(reason)].filter((part) => part !== '').join(', ');
      return html`<tr>
        <td class="date">${shortDate(nominalDate)}</td>
        <th scope="row">
          <span dir="auto">${name}</span
          >${detail === '' ? null : html`<br /><span class="small muted">${detail}</span>`}
        </th>
        <td>${chip({ tone, text })}</td>
        <td class="number">${amount === null ? '' : amountMarkup(amount)}</td>
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
            <th scope="col" class="wide">Name</th>
            <th scope="col">State</th>
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
  const sums = totals.filter((total) => total.budgets > 1);
  const row = ({
    name,
    spent,
    previous,
    strong,
  }: {
    name: string;
    spent: Money;
    previous: PreviousMonth;
    strong: boolean;
  }): Markup => {
    const label = strong ? html`<strong>${name}</strong>` : html`<span dir="auto">${name}</span>`;
    const change =
      previous.deltaPctTenths === null ? html`<span class="muted">–</span>` : html`${signed(previous.deltaPctTenths)}`;
    return html`<tr>
      <th scope="row">${label}</th>
      <td class="number">${amountMarkup(previous.spent)}</td>
      <td class="number">${amountMarkup(spent)}</td>
      <td class="number">${change}</td>
    </tr>`;
  };
  return html`<section aria-labelledby="previous">
    <h2 id="previous">Compared with ${monthText(first.previousMonth.month)}</h2>
    <div class="card">
      <table>
        <caption>
          Spent in both months
        </caption>
        <thead>
          <tr>
            <th scope="col" class="wide">Budget</th>
            <th scope="col" class="number">${shortMonth(first.previousMonth.month)}</th>
            <th scope="col" class="number">${shortMonth(header.month)}</th>
            <th scope="col" class="number">Change</th>
          </tr>
        </thead>
        <tbody>
          ${budgets.map(({ name, totals: { spent }, previousMonth }) => row({ name, spent, previous: previousMonth, strong: false }))}${sums.map(({ currency, spent, previousMonth }) => row({ name: `All in ${currency}`, spent, previous: previousMonth, strong: true }))}
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

function leftOrOver(remaining: Money): Markup {
  return html`${amountMarkup(withoutSign(remaining))} ${BigInt(remaining.minor) < 0n ? 'over' : 'left'}`;
}

function chip({ tone, text }: { tone: Tone; text: string }): Markup {
  return html`<span class="chip chip-${tone}">${text}</span>`;
}

function toneOf(status: BudgetReport['status']): Tone {
  return status === 'untracked' ? 'plain' : status;
}

function isZero({ minor }: Money): boolean {
  return BigInt(minor) === 0n;
}

function signed(tenths: number): string {
  return tenths > 0 ? `+${pctText(tenths)}` : pctText(tenths);
}

function shortMonth(month: string): string {
  return monthText(month).slice(0, 3);
}
