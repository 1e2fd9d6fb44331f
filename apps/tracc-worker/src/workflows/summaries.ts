import type { Summaries } from '@backend/shared/workflow';
import type { OwnActivities } from '../activities';

/** What the Temporal UI says of each activity of tracc. */
export const SUMMARIES: Summaries<OwnActivities> = {
  checkBudgetStatus: ({ month }) => `Sum up the budgets of ${month}`,
  sendBudgetAlert: ({ month, alerts }) => `Tell of ${percentages(alerts)} reached in ${month}`,
  failBudgetAlert: ({ month, alerts }) => `Record that nobody was told of ${percentages(alerts)} in ${month}`,
  generateMonthlyReport: ({ month }) => `Make the report of ${month}`,
  planBudgetRuns: ({ at }) => `Find out which months run at ${at}`,
  planOccurrences: ({ after, limit }) =>
    `Plan up to ${count(limit, 'date')}${after === undefined ? '' : ` after ${after}`}`,
  locateOccurrence: ({ nominalDate }) => `Look for an occurrence of ${nominalDate}`,
  planMoved: ({ reschedules }) => `Plan ${count(Object.keys(reschedules).length, 'moved date')}`,
  bookNow: ({ occurrence }) => `Book the occurrence of ${occurrence.nominalDate} today`,
  saveRule: ({ templateId }) => `Store the new dates of ${templateId}`,
  processTransaction: ({ templateId, occurrence }) => `Post ${templateId} for ${occurrence.nominalDate}`,
  recordOccurrences: ({ occurrences, outcome, reason }) => `Record ${spanOf(occurrences)} as ${outcome} (${reason})`,
  alertPostingFailed: ({ nominalDate, reason }) => `Tell that ${nominalDate} could not be posted (${reason})`,
};

function percentages(alerts: readonly { readonly pct: number }[]): string {
  return alerts.map(({ pct }) => `${pct} %`).join(', ');
}

function spanOf(occurrences: readonly { readonly nominalDate: string }[]): string {
  const [first, last] = [occurrences[0]?.nominalDate, occurrences.at(-1)?.nominalDate];
  return occurrences.length === 1 ? String(first) : `${occurrences.length} dates from ${first} to ${last}`;
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
