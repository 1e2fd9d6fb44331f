import type { MonthlyBudgetStatus, RecurringState } from '../contract';

// What the Temporal UI shows of an execution, as Markdown: ids, dates, states and percentages; no names, no amounts.

const SHOWN_OUTCOMES = 5;

export function budgetDetails({ month, state, budgets }: MonthlyBudgetStatus & { readonly month: string }): string {
  return [
    `**${state}**: ${month}`,
    ...budgets.map(({ budgetId, status, pctTenths, alerts }) => {
      const spent = pctTenths === null ? '' : `, ${pctTenths / 10} % spent`;
      const told = alerts.map(({ pct, delivery }) => `, ${pct} % ${delivery}`).join('');
      return `- ${budgetId}: ${status}${spent}${told}`;
    }),
  ].join('\n');
}

export function recurringDetails({ status, reason, next, counts, skips, recent }: RecurringState): string {
  return [
    `**${status}**${reason === undefined ? '' : `: ${reason}`}`,
    ...(next ? [`- next: ${next.nominalDate}, at ${next.fireAt}`] : []),
    ...(skips ? [`- to be skipped: ${skips.join(', ')}`] : []),
    `- ${counts.posted} posted, ${counts.skipped} skipped, ${counts.failed} failed`,
    ...recent
      .slice(0, SHOWN_OUTCOMES)
      .map(
        ({ nominalDate, outcome, reason: why }) => `- ${nominalDate}: ${outcome}${why === undefined ? '' : `, ${why}`}`,
      ),
  ].join('\n');
}
