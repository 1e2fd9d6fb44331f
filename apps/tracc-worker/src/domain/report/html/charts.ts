import { addDays, daysFromCivil, formatMoney } from '@backend/shared/kernel';
import type { BudgetReport } from '../types';
import { moved } from './course';
import { html, type Markup } from './markup';
import { amountText, longDate, monthText, shortDate } from './words';

export type Tone = 'ok' | 'warning' | 'over' | 'plain';

// Presentation attributes carry the light colours for readers that drop the style sheet; CSS overrides them.
const FALLBACK: Readonly<Record<Tone, string>> = {
  ok: '#1f7a4d',
  warning: '#8f5200',
  over: '#b3261e',
  plain: '#3b62c4',
};
const INK = '#1c2330';
const MUTED = '#566071';
const LINE = '#e1e5ec';

/**
 * A bar that is filled to `fraction` (0-1) of its width; beyond 1 it is full and a notch shows where 1 was.
 * It has no text in it, so it may be stretched to any width.
 */
export function bar({ fraction, tone, title }: { fraction: number; tone: Tone; title: string }): Markup {
  const width = round(Math.min(1, Math.max(0, fraction)) * 100);
  const notch =
    fraction > 1 && Number.isFinite(fraction)
      ? html`<rect class="notch" x="${round(100 / fraction - 0.6)}" width="1.2" height="8" fill="#ffffff" />`
      : null;
  return html`<svg class="bar" role="img" viewBox="0 0 100 8" preserveAspectRatio="none" width="100%" height="8">
    <title>${title}</title>
    <rect class="track" width="100" height="8" fill="${LINE}" />
    <rect class="fill-${tone}" width="${width}" height="8" fill="${FALLBACK[tone]}" />
    ${notch}
  </svg>`;
}

// As wide as the chart is on a phone, so that its text is as large there as it says here; elsewhere it grows.
const WIDTH = 350;
const HEIGHT = 210;
const TOP = 20;
const BOTTOM = 26;
const RIGHT = 10;
const FONT = 12;
const CHARACTER_WIDTH = 7;
const DAY_LABEL_WIDTH = 46;
const LEGEND_ROW = 18;
const LEGEND_COLUMN = 165;

const PREVIOUS_LINE = html`class="previous" stroke="${MUTED}" stroke-width="1.25"`;
const LIMIT_LINE = html`class="limit" stroke="${INK}" stroke-width="1.5" stroke-dasharray="6 3"`;
const PACE_LINE = html`class="pace" stroke="${MUTED}" stroke-width="1.5" stroke-dasharray="0.5 4" stroke-linecap="round"`;

/** Spending day by day against the limit, the pace that would use the limit up evenly, and the month before. */
export function cumulativeChart({ budget, id, tone }: { budget: BudgetReport; id: string; tone: Tone }): Markup {
  const { cumulative, previousMonth, period, totals, currency, name } = budget;
  const limitMinor = totals.limit === null ? null : BigInt(totals.limit.minor);
  const values = cumulative.map(({ spent }) => BigInt(spent.minor));
  const days = daysFromCivil(period.to) - daysFromCivil(period.from);
  const before = previousValues({ budget, days });
  const all = [...values, ...before, limitMinor ?? 0n];
  const highest = all.reduce((top, value) => (value > top ? value : top), 0n);
  const lowest = all.reduce((low, value) => (value < low ? value : low), 0n);
  const ticks = ticksOf({ lowest, highest });
  const [floor, ceiling] = [ticks[0]!, ticks.at(-1)!];
  const labels = tickLabels({ ticks, currency });
  const left = Math.max(...labels.map(({ length }) => length), 2) * CHARACTER_WIDTH + 8;
  const rightEdge = WIDTH - RIGHT;

  // The morning of the first day is at the left edge, the end of the last day at the right one.
  const x = (dayEnd: number): number => round(left + ((rightEdge - left) * dayEnd) / days);
  const y = (minor: bigint): number => {
    const share = Number(((minor - floor) * 100_000n) / (ceiling - floor)) / 100_000;
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM));
  };
  const line = (course: readonly bigint[]): string =>
    [`${x(0)},${y(0n)}`, ...course.map((value, n) => `${x(n + 1)},${y(value)}`)].join(' ');
  const last = values.at(-1) ?? 0n;

  const grid = ticks.map(
    (minor, n) =>
      html`<line class="grid" x1="${left}" x2="${rightEdge}" y1="${y(minor)}" y2="${y(minor)}" stroke="${LINE}" />
        <text class="label" x="${left - 6}" y="${y(minor) + 4}" text-anchor="end" font-size="${FONT}" fill="${MUTED}"
          >${labels[n] ?? ''}</text
        >`,
  );
  const steps = Math.min(4, Math.floor((rightEdge - left) / DAY_LABEL_WIDTH) - 1);
  const dayMarks = Array.from({ length: steps + 1 }, (_, n) => Math.round(((days - 1) * n) / steps));
  const dayLabels = dayMarks.map((day, n) =>
    dayLabel({ x: x(day + 0.5), date: addDays(period.from, day), isLast: n === steps }),
  );
  const previousLine =
    before.length === 0 ? null : html`<polyline ${PREVIOUS_LINE} points="${line(before)}" fill="none" />`;
  const limitLines =
    limitMinor === null
      ? null
      : html`<line ${PACE_LINE} x1="${x(0)}" y1="${y(0n)}" x2="${x(days)}" y2="${y(limitMinor)}" />
          <line ${LIMIT_LINE} x1="${left}" x2="${rightEdge}" y1="${y(limitMinor)}" y2="${y(limitMinor)}" />`;
  const limitLabel =
    limitMinor === null
      ? null
      : html`<text class="limit-label" x="${left + 4}" y="${y(limitMinor) - 6}" font-size="${FONT}" fill="${INK}"
          >Limit</text
        >`;

  const through = cumulative.at(-1)?.date ?? period.from;
  const spentText = amountText({ minor: last.toString(), currency });
  const limitText = totals.limit === null ? 'There is no limit.' : `The limit is ${amountText(totals.limit)}.`;
  const beforeText =
    before.length === 0
      ? ''
      : ` In ${monthText(previousMonth.month)} it was ${amountText(previousMonth.spent)} in all.`;
  const keys = legend({ budget, tone });
  const height = HEIGHT + LEGEND_ROW * Math.ceil(keys.length / 2) + 8;
  return html`<svg
    class="chart"
    role="img"
    aria-labelledby="${id}-title ${id}-desc"
    viewBox="0 0 ${WIDTH} ${height}"
    width="100%"
  >
    <title id="${id}-title">Spending in ${name}, day by day</title>
    <desc id="${id}-desc">
      ${spentText} was spent from ${longDate(period.from)} to ${longDate(through)}. ${limitText}${beforeText}
    </desc>
    ${grid}${dayLabels}
    <polygon
      class="area-${tone}"
      points="${line(values)} ${x(values.length)},${y(0n)}"
      fill="${FALLBACK[tone]}"
      fill-opacity="0.13"
    />
    ${previousLine}${limitLines}
    <polyline
      class="line-${tone}"
      points="${line(values)}"
      fill="none"
      stroke="${FALLBACK[tone]}"
      stroke-width="2.5"
      stroke-linejoin="round"
    />
    <circle class="fill-${tone}" cx="${x(values.length)}" cy="${y(last)}" r="4" fill="${FALLBACK[tone]}" />
    ${limitLabel}${keys}
  </svg>`;
}

/** Which line is which, in words; a part of the picture, so that it goes where the picture goes. */
function legend({ budget, tone }: { budget: BudgetReport; tone: Tone }): Markup[] {
  const { totals, previousMonth } = budget;
  const keys = [
    { text: 'this month (thick)', line: html`class="line-${tone}" stroke="${FALLBACK[tone]}" stroke-width="2.5"` },
    ...(moved(previousMonth.cumulative)
      ? [{ text: `${monthText(previousMonth.month)} (thin)`, line: PREVIOUS_LINE }]
      : []),
    ...(totals.limit === null
      ? []
      : [
          { text: 'limit (dashed)', line: LIMIT_LINE },
          { text: 'even pace to it (dotted)', line: PACE_LINE },
        ]),
  ];
  return keys.map(({ text, line }, n) => {
    const [x, y] = [(n % 2) * LEGEND_COLUMN, HEIGHT + LEGEND_ROW * (Math.floor(n / 2) + 1)];
    return html`<line ${line} x1="${x}" x2="${x + 20}" y1="${y - 4}" y2="${y - 4}" />
      <text class="label" x="${x + 26}" y="${y}" font-size="${FONT}" fill="${MUTED}">${text}</text>`;
  });
}

/** By day of the period. What a longer month spent after the last day of this one is gathered at the right edge. */
function previousValues({ budget, days }: { budget: BudgetReport; days: number }): bigint[] {
  const course = budget.previousMonth.cumulative;
  if (!moved(course)) return [];
  const values = course.slice(0, days).map(({ spent }) => BigInt(spent.minor));
  if (course.length > days) values[days - 1] = BigInt(course.at(-1)!.spent.minor);
  return values;
}

function dayLabel({ x, date, isLast }: { x: number; date: string; isLast: boolean }): Markup {
  const place = isLast ? html`x="${WIDTH - 2}" text-anchor="end"` : html`x="${x}" text-anchor="middle"`;
  return html`<text class="label" ${place} y="${HEIGHT - 6}" font-size="${FONT}" fill="${MUTED}"
    >${shortDate(date)}</text
  >`;
}

/** Round amounts from at or below the lowest value to at or above the highest, three to six of them. */
function ticksOf({ lowest, highest }: { lowest: bigint; highest: bigint }): bigint[] {
  const range = highest - lowest;
  const rough = range / 4n;
  const power = 10n ** BigInt(rough.toString().length - 1);
  const step = [1n, 2n, 5n, 10n].map((factor) => factor * power).find((size) => size >= rough) ?? 1n;
  const size = step > 0n ? step : 1n;
  const first = lowest < 0n ? -((-lowest + size - 1n) / size) : 0n;
  const last = highest > 0n ? (highest + size - 1n) / size : 0n;
  const ticks: bigint[] = [];
  for (let n = first; n <= (last > first ? last : first + 1n); n++) ticks.push(n * size);
  return ticks;
}

/** Without what all of them share: zeros after the point, and thousands or millions when they are many. */
function tickLabels({ ticks, currency }: { ticks: readonly bigint[]; currency: string }): string[] {
  const texts = ticks.map((minor) =>
    formatMoney({ minor: minor.toString(), currency }).replace(` ${currency}`, '').replace('-', '−'),
  );
  const trim = (end: RegExp, unit: string): string[] | undefined =>
    texts.every((text) => end.test(text) || /^0(\.0+)?$/.test(text))
      ? texts.map((text) => (end.test(text) ? `${text.replace(end, '')}${unit}` : '0'))
      : undefined;
  const isLong = texts.some((text) => text.replace(/\.0+$/, '').length > 6);
  return (
    (isLong ? (trim(/,000,000(\.0+)?$/, 'M') ?? trim(/,000(\.0+)?$/, 'k')) : undefined) ??
    trim(/\.0+$/, '') ??
    texts.map((text) => text)
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
