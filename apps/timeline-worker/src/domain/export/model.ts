import { edtfBounds } from '../dates/edtf';
import type { Citation, DateConflict, EventStatus, TimelineEvent } from '../types';
import type { QuoteContext } from './quote-context';

/** A source as the outputs name it. `uri` becomes a link only when it is http or https. */
export interface ExportSource {
  sourceId: string;
  title: string;
  tier: 1 | 2 | 3;
  uri?: string;
}

/** A citation with the words around it; both are empty, and there is no hash, where no text is kept (imported events). */
export type ExportCitation = Citation & QuoteContext & { textSha256: string | null };

export type ExportConflict = Omit<DateConflict, 'citations'> & { citations: ExportCitation[] };

export type ExportEvent = Omit<TimelineEvent, 'citations' | 'conflicts'> & {
  citations: ExportCitation[];
  conflicts: ExportConflict[];
  status: EventStatus;
};

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

/** The day an event is filed under: where its date begins, or ends when it has no beginning. */
export function placeOf({ date }: Pick<ExportEvent, 'date'>): number {
  const bounds = edtfBounds(date.edtf);
  if (!bounds) return date.sortMin;
  return bounds.openStart ? bounds.latest : bounds.earliest;
}

/** The events to show, in the order in which their dates begin. */
export function shownEvents({ events }: Pick<ExportInput, 'events'>): ExportEvent[] {
  return events
    .filter(({ status }) => status !== 'rejected')
    .map((event) => ({ event, place: placeOf(event) }))
    .toSorted(
      (a, b) =>
        a.place - b.place ||
        a.event.date.sortMax - b.event.date.sortMax ||
        (a.event.eventId < b.event.eventId ? -1 : 1),
    )
    .map(({ event }) => event);
}
