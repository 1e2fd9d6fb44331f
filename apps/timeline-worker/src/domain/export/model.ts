import type { EventStatus, TimelineEvent } from '../types';

/** A source as the outputs name it. `uri` becomes a link only when it is http or https. */
export interface ExportSource {
  sourceId: string;
  title: string;
  tier: 1 | 2 | 3;
  uri?: string;
}

export type ExportEvent = TimelineEvent & { status: EventStatus };

/** What every output is made from. Rejected events are left out of all of them. */
export interface ExportInput {
  timelineId: string;
  topic: string;
  /** Who found the events: a model's name or the rules extractor's. */
  extractor: string;
  /** `YYYY-MM-DD`. */
  generatedOn: string;
  events: readonly ExportEvent[];
  sources: readonly ExportSource[];
}

/** The events to show, in the order of their dates. */
export function shownEvents({ events }: Pick<ExportInput, 'events'>): ExportEvent[] {
  return events
    .filter(({ status }) => status !== 'rejected')
    .toSorted(
      (a, b) =>
        a.date.sortMin - b.date.sortMin || a.date.sortMax - b.date.sortMax || (a.eventId < b.eventId ? -1 : 1),
    );
}
