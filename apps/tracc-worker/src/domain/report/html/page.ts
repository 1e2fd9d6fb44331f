import type { MonthlyReport } from '../types';
import { budgetSection } from './budget';
import { html, verbatim } from './markup';
import { attentionSection, cardsSection, footer, headline, previousSection, recurringSection } from './sections';
import { STYLE_SHEETS } from './style';
import { monthText } from './words';

/**
 * The report as one HTML file that needs nothing else: no script, no request, inline SVG. Light and dark, from the width
 * of a phone to A4. Whatever is a chart is also a table or a sentence, for readers that drop SVG.
 */
export function renderReportHtml(report: MonthlyReport): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>Monthly report, ${monthText(report.header.month)}</title>
        ${STYLE_SHEETS.map(
          (sheet) =>
            html`<style>
              ${verbatim(sheet)}
            </style>`,
        )}
      </head>
      <body>
        ${headline(report)}
        <main>
          ${attentionSection(report)} ${cardsSection(report)}
          ${report.budgets.map((budget, n) => html`${budgetSection({ budget, position: n + 1 })} `)}
          ${recurringSection(report)} ${previousSection(report)}
        </main>
        ${footer(report)}
      </body>
    </html> `;
  // The indentation of the templates would be a tenth of the page, and some mail readers cut long ones.
  return page.markup.replace(/\n\s+/g, '\n');
}
