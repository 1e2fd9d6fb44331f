import type { Summaries } from '@backend/shared/workflow';
import type { OwnActivities } from '../activities';

/** What the Temporal UI says of each activity of timeline. */
export const SUMMARIES: Summaries<OwnActivities> = {
  fetchHistoricalSources: ({ sources }) => `Read ${sources.length} source${sources.length === 1 ? '' : 's'}`,
  aiExtractEvents: ({ giveUp }) => (giveUp ? 'Extract events, last try of the provider' : 'Extract events from chunks'),
  validateTimelineEvents: () => 'Check quotes and dates, merge what is told twice',
  storeTimelineEvents: () => 'Store events in batches of 100',
  exportTimeline: () => 'Write the page and the TimelineJS file',
  finishGeneration: ({ status }) => `Record the request as ${status}`,
  decideEvent: ({ decision }) => `Carry out a decision: ${decision.action} ${decision.eventId}`,
};
