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

/** A dot takes about this much of the width of a page, so dots closer than it go to another lane. */
const DOT_PERCENT = 1.45;
/** What is drawn of a date coarser than this is a bar, not a dot. */
const BAR_DAYS = 400;

/**
 * The axis: one mark per event, placed by its date, each a link to the event. Days stand above the line, longer and
 * uncertain times hang below it. Marks are laid out here, not by script.
 */
export function axisHtml(events: readonly ExportEvent[]): string {
  if (events.length === 0) return '';
  const spans = events.map((event) => ({ event, ...spanOf(event) }));
  const first = daysToGregorian(Math.min(...spans.map(({ from }) => from))).year;
  const last = daysToGregorian(Math.max(...spans.map(({ to }) => to))).year + 1;
  const [from, to] = [Math.floor(first / 10) * 10, Math.ceil(last / 10) * 10];
  const [start, end] = [
    gregorianToDays({ year: from, month: 1, day: 1 }),
    gregorianToDays({ year: to, month: 1, day: 1 }),
  ];
  const percent = (day: number): number => ((day - start) / (end - start)) * 100;
  const dots = layOut(
    spans
      .filter((span) => span.to - span.from <= BAR_DAYS)
      .map(({ event, from: day }) => ({ event, left: percent(day), width: 0 })),
    { maxLanes: 12, gap: DOT_PERCENT },
  );
  const bars = layOut(
    spans
      .filter((span) => span.to - span.from > BAR_DAYS)
      .map((span) => ({ event: span.event, left: percent(span.from), width: percent(span.to) - percent(span.from) })),
    { maxLanes: 6, gap: 0.4 },
  );
  const labels = ticks(from, to).map(
    (year) =>
      `<span class="tick" style="left:${round(percent(gregorianToDays({ year, month: 1, day: 1 })))}%">${escapeHtml(displayYear(year))}</span>`,
  );
  return `<nav class="axis" aria-label="Events on the time axis"><div class="plot">
<ul class="dots" style="--lanes:${laneCount(dots)}">${dots.map(markHtml).join('')}</ul>
<div class="ticks" aria-hidden="true">${labels.join('')}</div>
<ul class="bars" style="--lanes:${laneCount(bars)}">${bars.map(markHtml).join('')}</ul></div>
<p class="legend" aria-hidden="true"><span class="key">published</span><span class="key review">to review</span><span class="key wide">a longer or uncertain time</span></p></nav>`;
}

function laneCount(bars: readonly Bar[]): number {
  return Math.max(0, ...bars.map(({ lane }) => lane + 1));
}

function markHtml({ event, left, width, lane }: Bar): string {
  const label = escapeHtml(`${displayDate(event.date)}: ${event.title}`);
  const classes = [event.status === 'needs_review' ? 'review' : '', width > 0 ? 'wide' : '']
    .filter((name) => name !== '')
    .join(' ');
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
function layOut(marks: readonly Omit<Bar, 'lane'>[], { maxLanes, gap }: { maxLanes: number; gap: number }): Bar[] {
  const freeFrom: number[] = [];
  return marks
    .toSorted((a, b) => a.left - b.left || b.width - a.width)
    .map((mark) => {
      let lane = freeFrom.findIndex((free) => free <= mark.left);
      if (lane < 0) lane = freeFrom.length < maxLanes ? freeFrom.length : freeFrom.indexOf(Math.min(...freeFrom));
      freeFrom[lane] = mark.left + mark.width + gap;
      return { ...mark, lane };
    });
}

/** Round years inside the axis, four to nine of them. */
function ticks(first: number, last: number): number[] {
  const raw = Math.max(1, last - first) / 7;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(
    1,
    [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? power * 10,
  );
  const from = Math.ceil(first / step) * step;
  const count = Math.floor((last - from) / step);
  return Array.from({ length: count + 1 }, (_, index) => from + index * step);
}

function round(percent: number): number {
  return Math.round(percent * 100) / 100;
}
