import { daysToGregorian } from '../dates/day-number';
import { displayDate, historianYear } from '../dates/display';
import { edtfBounds } from '../dates/edtf';
import type { NormalisedDate } from '../types';
import { escapeHtml } from './escape';
import { type ExportEvent, type ExportInput, type ExportSource, shownEvents } from './model';

/** A date of TimelineJS: month and day are left out when unknown; a BCE year is the historian's number (9 BCE is -9). */
export interface TimelineJsDate {
  year: number;
  month?: number;
  day?: number;
}

export interface TimelineJsEvent {
  unique_id: string;
  start_date: TimelineJsDate;
  end_date?: TimelineJsDate;
  display_date?: string;
  text: { headline: string; text: string };
}

/** The JSON that TimelineJS 3 reads. */
export interface TimelineJson {
  title: { text: { headline: string; text: string } };
  events: TimelineJsEvent[];
}

/** TimelineJS JSON of a timeline (ai-timeline 20). Dates that are not one plain day, month or year say so in `display_date`. */
export function toTimelineJs(input: ExportInput): TimelineJson {
  const sources = new Map(input.sources.map((source) => [source.sourceId, source]));
  const events = shownEvents(input).map((event) => toEvent(event, sources));
  const count = events.length === 1 ? '1 event' : `${events.length} events`;
  return {
    title: { text: { headline: escapeHtml(input.topic), text: escapeHtml(`${count}, found by ${input.extractor}`) } },
    events,
  };
}

function toEvent(event: ExportEvent, sources: ReadonlyMap<string, ExportSource>): TimelineJsEvent {
  const quotes = event.citations.map(({ quote, sourceId }) => {
    const title = sources.get(sourceId)?.title ?? sourceId;
    return `<blockquote>${escapeHtml(quote)}<br><cite>${escapeHtml(title)}</cite></blockquote>`;
  });
  return {
    unique_id: event.eventId,
    ...toDates(event.date),
    text: { headline: escapeHtml(event.title), text: [`<p>${escapeHtml(event.summary)}</p>`, ...quotes].join('') },
  };
}

function toDates(date: NormalisedDate): Pick<TimelineJsEvent, 'start_date' | 'end_date' | 'display_date'> {
  const plain = /^-?\d{4}(?:-(?:0\d|1[0-2])(?:-\d{2})?)?$/.exec(date.edtf);
  if (plain) return { start_date: startOf(date.edtf) };
  const bounds = edtfBounds(date.edtf);
  const display_date = displayDate(date);
  // An open end has no day to draw; the known end stands for the date.
  const earliest = bounds && !bounds.openStart ? bounds.earliest : (bounds?.latest ?? date.sortMin);
  const latest = bounds && !bounds.openEnd ? bounds.latest : earliest;
  const start_date = dayOf(earliest);
  return latest > earliest ? { start_date, end_date: dayOf(latest), display_date } : { start_date, display_date };
}

function startOf(edtf: string): TimelineJsDate {
  const [, year = '', month, day] = /^(-?\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/.exec(edtf) ?? [];
  return {
    year: historianYear(Number(year)),
    ...(month !== undefined && { month: Number(month) }),
    ...(day !== undefined && { day: Number(day) }),
  };
}

function dayOf(days: number): TimelineJsDate {
  const { year, month, day } = daysToGregorian(days);
  return { year: historianYear(year), month, day };
}
