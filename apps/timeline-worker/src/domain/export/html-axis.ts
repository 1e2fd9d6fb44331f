import { daysToGregorian, gregorianToDays } from '../dates/day-number';
import { displayDate, displayYear } from '../dates/display';
import { edtfBounds } from '../dates/edtf';
import { escapeHtml } from './escape';
import type { ExportEvent } from './model';

interface Bar {
  event: ExportEvent;
  /** Percent of the axis. */
  left: number;
  width: number;
  lane: number;
}

const MAX_LANES = 9;
/** A mark takes about this much of the width of a page, so marks closer than it go to another lane. */
const MARK_PERCENT = 1.5;
/** What is drawn of a date coarser than this is a bar, not a dot. */
const BAR_DAYS = 400;

/** The day an event is filed under: where its date begins, or ends when it has no beginning. */
export function placeOf({ date }: Pick<ExportEvent, 'date'>): number {
  const bounds = edtfBounds(date.edtf);
  if (!bounds) return date.sortMin;
  return bounds.openStart ? bounds.latest : bounds.earliest;
}

/** The axis: one mark per event, placed by its date, each a link to the event. Marks are laid out here, not by script. */
export function axisHtml(events: readonly ExportEvent[]): string {
  if (events.length === 0) return '';
  const spans = events.map((event) => ({ event, ...spanOf(event) }));
  const first = Math.min(...spans.map(({ from }) => from));
  const last = Math.max(...spans.map(({ to }) => to));
  const years = ticks(daysToGregorian(first).year, daysToGregorian(last).year + 1);
  const start = gregorianToDays({ year: years[0] ?? 0, month: 1, day: 1 });
  const end = gregorianToDays({ year: years.at(-1) ?? 1, month: 1, day: 1 });
  const percent = (day: number): number => ((Math.min(end, Math.max(start, day)) - start) / (end - start)) * 100;
  const bars = layOut(
    spans.map(({ event, from, to }) => ({ event, left: percent(from), width: to - from > BAR_DAYS ? percent(to) - percent(from) : 0 })),
  );
  const lanes = Math.max(...bars.map(({ lane }) => lane)) + 1;
  const marks = bars.map(markHtml).join('');
  const labels = years.map((year, index) => {
    const edge = index === 0 ? ' first' : index === years.length - 1 ? ' last' : '';
    return `<span class="tick${edge}" style="left:${round(percent(gregorianToDays({ year, month: 1, day: 1 })))}%">${escapeHtml(displayYear(year))}</span>`;
  });
  return `<nav class="axis" aria-label="Events on the time axis" style="--lanes:${lanes}"><div class="plot"><ul>${marks}</ul><div class="ticks" aria-hidden="true">${labels.join('')}</div></div>
<p class="legend" aria-hidden="true"><span class="key">published</span><span class="key review">to review</span><span class="key wide">a longer or uncertain time</span></p></nav>`;
}

function markHtml({ event, left, width, lane }: Bar): string {
  const label = escapeHtml(`${displayDate(event.date)}: ${event.title}`);
  const classes = [event.status === 'needs_review' ? 'review' : '', width > 0 ? 'wide' : ''].filter((name) => name !== '').join(' ');
  const style = `left:${round(left)}%;--lane:${lane}${width > 0 ? `;width:${round(width)}%` : ''}`;
  return `<li${classes ? ` class="${classes}"` : ''} style="${style}"><a href="#e-${escapeHtml(event.eventId)}" title="${label}"><span class="sr">${label}</span></a></li>`;
}

function spanOf(event: ExportEvent): { from: number; to: number } {
  const bounds = edtfBounds(event.date.edtf);
  if (!bounds) return { from: event.date.sortMin, to: event.date.sortMax };
  if (bounds.openStart) return { from: bounds.latest, to: bounds.latest };
  return { from: bounds.earliest, to: bounds.openEnd ? bounds.earliest : bounds.latest };
}

/** Each mark takes the lowest lane that is free at its place; when all are taken, the one that is free the soonest. */
function layOut(marks: readonly Omit<Bar, 'lane'>[]): Bar[] {
  const freeFrom: number[] = [];
  return marks
    .toSorted((a, b) => a.left - b.left || b.width - a.width)
    .map((mark) => {
      let lane = freeFrom.findIndex((free) => free <= mark.left);
      if (lane < 0) lane = freeFrom.length < MAX_LANES ? freeFrom.length : freeFrom.indexOf(Math.min(...freeFrom));
      freeFrom[lane] = mark.left + Math.max(mark.width, MARK_PERCENT) + 0.2;
      return { ...mark, lane };
    });
}

/** Four to nine round years from at or before the first to at or after the last. */
function ticks(first: number, last: number): number[] {
  const raw = Math.max(1, last - first) / 6;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? power * 10);
  const from = Math.floor(first / step) * step;
  const count = Math.ceil((last - from) / step);
  return Array.from({ length: count + 1 }, (_, index) => from + index * step);
}

function round(percent: number): number {
  return Math.round(percent * 100) / 100;
}
