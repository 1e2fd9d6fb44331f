import { addDays, type Money } from '@backend/shared/kernel';
import { html, type Markup } from '../report/html/markup';
import { amountText, longDate, monthText, pctText, withoutSign } from '../report/html/words';
import type { AlertMessage } from './message';

export interface AlertMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/**
 * An alert as an e-mail. The subject, which lock screens show, says budget, month and how much is used, and neither an
 * amount nor a transaction. The HTML is one table with its styles inline, which every mail reader shows; the text says the same.
 */
export function renderAlertMail(message: AlertMessage): AlertMail {
  const { budget, month, kind } = message;
  const headline =
    kind === 'over'
      ? `${budget.name} is over its limit`
      : `${budget.name} has used ${budget.pctTenths === null ? 'its limit' : `${pctText(budget.pctTenths)} of its limit`}`;
  const facts = factsOf(message);
  const categories = budget.topCategories.map(({ name, spentMinor }): [string, string] => [
    name,
    amountText(inCurrency(message, spentMinor)),
  ]);
  const why = `This alert is set at ${message.thresholdPct}% of the limit and comes once in a month.`;
  return {
    subject: `${headline} in ${monthText(month)}`,
    text: [
      `${headline}.`,
      '',
      ...aligned(facts),
      ...(categories.length === 0 ? [] : ['', 'Where most of it went:', ...aligned(categories)]),
      ...(message.link === undefined ? [] : ['', `The report: ${message.link}`]),
      '',
      why,
      '',
    ].join('\n'),
    html: page(message, { headline, facts, categories, why }).markup,
  };
}

function factsOf(message: AlertMessage): [string, string][] {
  const { limitMinor, spentMinor, remainingMinor, pctTenths, period } = message.budget;
  const amount = (minor: string): string => amountText(inCurrency(message, minor));
  const isOver = remainingMinor.startsWith('-');
  return [
    ['Spent', pctTenths === null ? amount(spentMinor) : `${amount(spentMinor)} (${pctText(pctTenths)})`],
    ['Limit', amount(limitMinor)],
    [isOver ? 'Over by' : 'Left', amountText(withoutSign(inCurrency(message, remainingMinor)))],
    ['Period', `${longDate(period.from)} to ${longDate(addDays(period.to, -1))}`],
  ];
}

function inCurrency({ budget: { currency } }: AlertMessage, minor: string): Money {
  return { minor, currency };
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`);
}

const INK = '#1c2330';
const MUTED = '#5b6576';
const CELL = 'padding:6px 0;border-top:1px solid #e1e5ec;';

function page(
  { kind, link, budget, month }: AlertMessage,
  {
    headline,
    facts,
    categories,
    why,
  }: {
    headline: string;
    facts: readonly (readonly [string, string])[];
    categories: readonly (readonly [string, string])[];
    why: string;
  },
): Markup {
  const accent = kind === 'over' ? '#b3261e' : '#a15c00';
  const rows = (pairs: readonly (readonly [string, string])[]): Markup[] =>
    pairs.map(
      ([label, value]) =>
        html`<tr>
          <th scope="row" align="left" style="${CELL}font-weight:400;color:${MUTED}" dir="auto">${label}</th>
          <td align="right" style="${CELL}color:${INK};white-space:nowrap">${value}</td>
        </tr>`,
    );
  const heading = 'margin:0 0 4px;font-size:13px;font-weight:600;';
  const table = 'border-collapse:collapse;font-size:15px;';
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${headline}</title>
      </head>
      <body style="margin:0;padding:24px 12px;background:#f4f5f8;color:${INK};font-family:system-ui,sans-serif">
        <table role="presentation" align="center" width="100%" style="max-width:480px;border-collapse:collapse">
          <tr>
            <td style="background:#ffffff;border-top:5px solid ${accent};padding:20px 22px">
              <p style="${heading}color:${MUTED}">${monthText(month)}</p>
              <h1 style="margin:0 0 14px;font-size:21px;line-height:1.3;color:${accent}" dir="auto">${headline}</h1>
              <table width="100%" style="${table}">
                ${rows(facts)}
              </table>
              ${
                categories.length === 0
                  ? null
                  : html`<h2 style="margin:20px 0 6px;font-size:15px;color:${INK}">Where most of it went</h2>
                      <table width="100%" style="${table}">
                        ${rows(categories)}
                      </table>`
              }
              ${
                link === undefined
                  ? null
                  : html`<p style="margin:20px 0 0;font-size:15px">
                      <a href="${link}" style="color:#3b62c4">See the report of ${budget.name}</a>
                    </p>`
              }
              <p style="margin:20px 0 0;font-size:13px;color:${MUTED}">${why}</p>
            </td>
          </tr>
        </table>
      </body>
    </html> `;
}
