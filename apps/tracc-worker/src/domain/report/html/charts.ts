import { addDays, daysFromCivil, formatMoney } from '@backend/shared/kernel';
import type { BudgetReport } from '../types';
import { html, type Markup } from './markup';
import { amountText, longDate, shortDate } from './words';

export type Tone = 'ok' | 'warning' | 'over' | 'plain';

// Presentation attributes carry the light colours for readers that drop the style sheet; CSS overrides them.
const FALLBACK: Readonly<Record<Tone, string>> = {
  ok: '#1f7a4d',
  warning: '#b86e00',
  over: '#b3261e',
  plain: '#3b62c4',
};

/** A bar that is filled to `fraction` (0-1) of its width. It has no text in it, so it may be stretched to any width. */
export function bar({ fraction, tone, title }: { fraction: number; tone: Tone; title: string }): Markup {
  const width = Math.round(Math.min(1, Math.max(0, fraction)) * 1000) / 10;
  return html`<svg class="bar" role="img" viewBox="0 0 100 8" preserveAspectRatio="none" width="100%" height="8">
    <title>${title}</title>
    <rect class="track" width="100" height="8" fill="#e6e9ef" />
    <rect class="fill-${tone}" width="${width}" height="8" fill="${FALLBACK[tone]}" />
  </svg>`;
}

// Near the width of a phone, so that the text keeps its size there; on wide pages two of these stand side by side.
const WIDTH = 420;
const HEIGHT = 230;
const TOP = 18;
const BOTTOM = 26;
const RIGHT = 12;
const CHARACTER_WIDTH = 6.4;

/** Spending day by day against the limit, and the pace that would use the limit up evenly. */
export function cumulativeChart({ budget, id, tone }: { budget: BudgetReport; id: string; tone: Tone }): Markup {
  const { cumulative, period, totals, currency, name } = budget;
  const limitMinor = totals.limit === null ? null : BigInt(totals.limit.minor);
  const values = cumulative.map(({ spent }) => BigInt(spent.minor));
  const highest = values.reduce((top, value) => (value > top ? value : top), limitMinor ?? 0n);
  const lowest = values.reduce((low, value) => (value < low ? value : low), 0n);
  const ticks = ticksOf({ lowest, highest });
  const [floor, ceiling] = [ticks[0]!, ticks.at(-1)!];
  const labels = ticks.map((minor) => tickLabel({ minor, currency }));
  const left = Math.max(...labels.map(({ length }) => length)) * CHARACTER_WIDTH + 10;

  const days = daysFromCivil(period.to) - daysFromCivil(period.from);
  // The morning of the first day is at the left edge, the end of the last day at the right one.
  const x = (dayEnd: number): number => round(left + ((WIDTH - RIGHT - left) * dayEnd) / days);
  const y = (minor: bigint): number => {
    const share = Number(((minor - floor) * 100_000n) / (ceiling - floor)) / 100_000;
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM));
  };
  const points = [`${x(0)},${y(0n)}`, ...values.map((value, n) => `${x(n + 1)},${y(value)}`)];
  const last = values.at(-1) ?? 0n;
  const lastDay = values.length;
  const spentText = amountText({ minor: last.toString(), currency });
  const limitText = totals.limit === null ? 'There is no limit.' : `The limit is ${amountText(totals.limit)}.`;
  const through = cumulative.at(-1)?.date ?? period.from;
  const middle = Math.floor(days / 2);
  const dayMarks = [...new Set([0, Math.floor(middle / 2), middle, Math.floor((middle + days) / 2), days - 1])];

  const rightEdge = WIDTH - RIGHT;
  const grid = ticks.map(
    (minor, n) =>
      html`<line class="grid" x1="${left}" x2="${rightEdge}" y1="${y(minor)}" y2="${y(minor)}" stroke="#e6e9ef" />
        <text class="label" x="${left - 6}" y="${y(minor) + 4}" text-anchor="end" font-size="11" fill="#5b6576"
          >${labels[n] ?? ''}</text
        >`,
  );
  const dayLabels = dayMarks.map((day) => dayLabel({ x: x(day + 0.5), date: addDays(period.from, day) }));
  const limitLines =
    limitMinor === null
      ? null
      : html`<line
            class="pace"
            x1="${x(0)}"
            y1="${y(0n)}"
            x2="${x(days)}"
            y2="${y(limitMinor)}"
            stroke="#8a94a6"
            stroke-dasharray="2 4"
          />
          <line
            class="limit"
            x1="${left}"
            x2="${rightEdge}"
            y1="${y(limitMinor)}"
            y2="${y(limitMinor)}"
            stroke="#1c2330"
            stroke-width="1.5"
            stroke-dasharray="6 3"
          />
          <text class="limit-label" x="${left + 4}" y="${y(limitMinor) - 5}" font-size="11" fill="#1c2330"
            >limit</text
          >`;

  return html`<svg
    class="chart"
    role="img"
    aria-labelledby="${id}-title ${id}-desc"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    width="100%"
  >
    <title id="${id}-title">Spending in ${name}, day by day</title>
    <desc id="${id}-desc">
      ${spentText} was spent from ${longDate(period.from)} to ${longDate(through)}. ${limitText}
    </desc>
    ${grid}${dayLabels}${limitLines}
    <polygon
      class="area-${tone}"
      points="${x(0)},${y(0n)} ${points.join(' ')} ${x(lastDay)},${y(0n)}"
      fill="${FALLBACK[tone]}"
      fill-opacity="0.14"
    />
    <polyline
      class="line-${tone}"
      points="${points.join(' ')}"
      fill="none"
      stroke="${FALLBACK[tone]}"
      stroke-width="2"
      stroke-linejoin="round"
    />
    <circle class="fill-${tone}" cx="${x(lastDay)}" cy="${y(last)}" r="3.5" fill="${FALLBACK[tone]}" />
  </svg>`;
}

function dayLabel({ x, date }: { x: number; date: string }): Markup {
  return html`<text class="label" x="${x}" y="${HEIGHT - 8}" text-anchor="middle" font-size="11" fill="#5b6576"
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

/** Whole amounts lose their zeros after the point. */
function tickLabel({ minor, currency }: { minor: bigint; currency: string }): string {
  return formatMoney({ minor: minor.toString(), currency })
    .replace(` ${currency}`, '')
    .replace(/\.0+$/, '')
    .replace('-', '−');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
