import { daysToGregorian, gregorianToDays } from '../../dates/day-number';
import { displayDate } from '../../dates/display';
import { escapeHtml } from '../escape';
import { layOutMarks, stripPath, ticksBetween } from './geometry';
import type { Mark, ShownEvent } from './mark';

/** What the axis is laid out for before the script has seen the width of the page; also that of A4. */
const NOMINAL_WIDTH_PX = 680;
const STRIP_PARTS = 120;
const STRIP_HEIGHT = 24;

/**
 * The time axis: one link per event, in the order of time. Days stand above the line, longer times hang below it; below all
 * a strip shows how many events each part of the time has. Everything is laid out here; the script only does it again.
 */
export function axisHtml(shown: readonly ShownEvent[]): string {
  if (shown.length === 0) return '';
  const { from, to } = wholeTime(shown.map(({ mark }) => mark));
  const plot = layOutMarks({ marks: shown.map(({ mark }) => mark), from, to, width: NOMINAL_WIDTH_PX });
  const marks = shown.map(({ event, mark }, index) => {
    const { left, width, top } = plot.places[index]!;
    const name = `${displayDate(event.date)}: ${event.title}${event.status === 'needs_review' ? ' (to review)' : ''}`;
    return `<li class="m ${mark.classes.join(' ')}" data-time="${mark.from} ${mark.to}" style="${shape(mark)};--x:${round(left)}%;--w:${round(width)}%;--y:${round(top)}px"><a href="#e-${escapeHtml(event.eventId)}" aria-label="${escapeHtml(name)}"></a></li>`;
  });
  const ticks = ticksBetween({ from, to, most: 7 }).map(
    ({ day, label, isLast }) =>
      `<span${isLast ? ' class="end"' : ''} style="left:${round(((day - from) / (to - from)) * 100)}%">${escapeHtml(label)}</span>`,
  );
  return `<nav class="card axis" id="axis" aria-labelledby="axis-title">
<div class="axis-head"><h2 id="axis-title">Time axis</h2><p class="muted small hint" id="hint" hidden>Drag across the strip to choose a period</p></div>
<p class="sr" id="axis-help">With the arrow keys you go from event to event, with Enter to its text, and with Escape back.</p>
<div class="plot" id="plot" data-from="${from}" data-to="${to}" style="--d:${plot.dot}px;--up:${plot.up}px;--down:${plot.down}px">
<div class="ticks" id="ticks" aria-hidden="true">${ticks.join('')}</div>
<ul class="marks" id="marks" aria-describedby="axis-help">${marks.join('')}</ul>
<div class="tip" id="tip" aria-hidden="true" hidden></div>
</div>
${stripHtml(shown, { from, to })}
${legendHtml(shown)}
</nav>`;
}

/** What of a mark's form does not change with the width of the axis; also used beside events. */
export function shape({ least, anchor, core, classes }: Mark): string {
  const fade = classes.includes('rough') && classes.includes('span') ? `;--c0:${core[0]}%;--c1:${core[1]}%` : '';
  return `--n:${least};--k:${anchor}${fade}`;
}

/** From the first to the last day drawn, in whole years, with a little room at both ends. */
function wholeTime(marks: readonly Mark[]): { from: number; to: number } {
  const first = marks.reduce((least, mark) => Math.min(least, mark.from), Infinity);
  const last = marks.reduce((most, mark) => Math.max(most, mark.to), -Infinity);
  const room = Math.max(200, (last - first) * 0.015);
  const startOf = (year: number): number => gregorianToDays({ year, month: 1, day: 1 });
  return {
    from: startOf(daysToGregorian(Math.floor(first - room)).year),
    to: startOf(daysToGregorian(Math.ceil(last + room)).year + 1),
  };
}

function stripHtml(shown: readonly ShownEvent[], { from, to }: { from: number; to: number }): string {
  const counts = Array.from({ length: STRIP_PARTS }, () => 0);
  for (const { mark } of shown) counts[Math.floor(((mark.place - from) / (to - from)) * STRIP_PARTS)]! += 1;
  const most = Math.max(...counts);
  const path = stripPath({ counts, most, height: STRIP_HEIGHT });
  return `<div class="strip" id="strip" aria-hidden="true" data-parts="${STRIP_PARTS}" data-most="${most}">
<svg viewBox="0 0 ${STRIP_PARTS} ${STRIP_HEIGHT}" preserveAspectRatio="none"><path class="all" d="${path}"/><path class="match" id="match" d="${path}"/></svg>
<div class="window" id="window" hidden></div></div>`;
}

interface Key {
  classes: string;
  style: string;
  text: string;
  isShown: (classes: readonly string[]) => boolean;
}

const KEYS: readonly Key[] = [
  { classes: 'day', style: '--n:1', text: 'a known day', isShown: (c) => c.includes('day') && !c.includes('rough') },
  {
    classes: 'day rough',
    style: '--n:2.4',
    text: 'about that day',
    isShown: (c) => c.includes('day') && c.includes('rough'),
  },
  { classes: 'span', style: '--n:2.4', text: 'within a month, a year or longer', isShown: (c) => isPlainSpan(c) },
  {
    classes: 'span rough',
    style: '--n:3;--c0:35%;--c1:65%',
    text: 'about that time',
    isShown: (c) => c.includes('span') && c.includes('rough'),
  },
  { classes: 'day doubt', style: '--n:1', text: 'possibly', isShown: (c) => c.includes('doubt') },
  {
    classes: 'span since',
    style: '--n:2.4',
    text: 'open end',
    isShown: (c) => c.includes('since') || c.includes('until'),
  },
  { classes: 'day review', style: '--n:1', text: 'to review', isShown: (c) => c.includes('review') },
];

function isPlainSpan(classes: readonly string[]): boolean {
  return classes.includes('span') && !['rough', 'since', 'until'].some((name) => classes.includes(name));
}

/** Only the forms that this axis has. */
function legendHtml(shown: readonly ShownEvent[]): string {
  const keys = KEYS.filter(({ isShown }) => shown.some(({ mark }) => isShown(mark.classes)));
  return `<ul class="legend" aria-label="What the marks mean">${keys
    .map(({ classes, style, text }) => `<li><span class="m ${classes}" style="${style}"><i></i></span>${text}</li>`)
    .join('')}</ul>`;
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}
