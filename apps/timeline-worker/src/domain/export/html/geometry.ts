// Where things stand on the axis. The page carries these functions in its script as they are here, to lay the axis out
// again when it is zoomed or narrow: each must stand alone (no imports, no module variables) and use nothing but the language.

/** One mark to place: days since 1970-01-01, from the first to the one after the last. */
export interface PlotMark {
  from: number;
  to: number;
  /** A day stands above the line; a longer time hangs below it. */
  isDay: boolean;
  /** The least width, in dots. */
  least: number;
  /** Which part of a mark that is wider than its time stands still: 0 its start, 0.5 its middle, 1 its end. */
  anchor: number;
}

export interface Plot {
  /** Pixels: diameter of a day, height above the line and below it. */
  dot: number;
  up: number;
  down: number;
  /** In the order of the marks: left edge and width of the time in percent of the axis, top in pixels. */
  places: { left: number; width: number; top: number }[];
}

/**
 * Puts each mark into the first row that is free at its place; dots shrink until the rows are few enough, and where even the
 * smallest do not fit, marks share the row that is free the soonest.
 */
export function layOutMarks({
  marks,
  from,
  to,
  width,
}: {
  marks: readonly PlotMark[];
  /** The days at the two ends of the axis. */
  from: number;
  to: number;
  /** Of the axis, in pixels. */
  width: number;
}): Plot {
  const perDay = width / (to - from);
  const edgesOf = (mark: PlotMark, dot: number): { start: number; end: number } => {
    const time = (mark.to - mark.from) * perDay;
    const wide = Math.max(mark.isDay ? 0 : time, mark.least * dot);
    const start = (mark.from - from) * perDay - (wide - time) * mark.anchor;
    return { start, end: start + wide };
  };
  const rowsOf = (dot: number, isDay: boolean, most: number): { rows: Map<number, number>; count: number } => {
    const freeFrom: number[] = [];
    const rows = new Map<number, number>();
    const row = marks
      .map((mark, index) => ({ ...edgesOf(mark, dot), index, isDay: mark.isDay }))
      .filter((mark) => mark.isDay === isDay)
      .toSorted((a, b) => a.start - b.start || b.end - a.end || a.index - b.index);
    for (const { start, end, index } of row) {
      let own = freeFrom.findIndex((free) => free <= start);
      if (own < 0) own = freeFrom.length < most ? freeFrom.length : freeFrom.indexOf(Math.min(...freeFrom));
      freeFrom[own] = end + (dot < 9 ? 1 : 2);
      rows.set(index, own);
    }
    return { rows, count: freeFrom.length };
  };
  const fitOf = (dot: number) => {
    const isSmallest = dot === 4;
    const [step, bar] = isSmallest ? [5, 5] : [dot + 2, Math.max(5, dot - 4) + 3];
    const [mostDays, mostSpans] = [
      Math.floor((isSmallest ? 200 : 154) / step),
      Math.floor((isSmallest ? 160 : 121) / bar),
    ];
    // Only the smallest dots have to share rows.
    const days = rowsOf(dot, true, isSmallest ? mostDays : marks.length);
    const spans = rowsOf(dot, false, isSmallest ? mostSpans : marks.length);
    return { dot, step, bar, days, spans, fits: days.count <= mostDays && spans.count <= mostSpans };
  };
  let fit = fitOf(12);
  for (const dot of [9, 7, 5, 4]) if (!fit.fits) fit = fitOf(dot);
  const up = fit.days.count * fit.step + 4;
  return {
    dot: fit.dot,
    up,
    down: fit.spans.count * fit.bar + 6,
    places: marks.map((mark, index) => ({
      left: ((mark.from - from) / (to - from)) * 100,
      width: mark.isDay ? 0 : ((mark.to - mark.from) / (to - from)) * 100,
      top: mark.isDay
        ? up - 3 - fit.dot - (fit.days.rows.get(index) ?? 0) * fit.step
        : up + 5 + (fit.spans.rows.get(index) ?? 0) * fit.bar,
    })),
  };
}

/** Round years between two days, or months when there are few years: about `most` of them. */
export function ticksBetween({
  from,
  to,
  most,
}: {
  from: number;
  to: number;
  most: number;
}): { day: number; label: string; isLast: boolean }[] {
  const dayOf = (year: number, month: number): number => {
    const date = new Date(0);
    date.setUTCFullYear(year, month, 1);
    return date.getTime() / 86_400_000;
  };
  const yearOf = (day: number): number => new Date(day * 86_400_000).getUTCFullYear();
  // There is no room for a label to the right of it.
  const isLast = (day: number): boolean => (to - day) / (to - from) < 0.06;
  const years = (to - from) / 365.2425;
  if (years < 3) {
    const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
    const step = [1, 2, 3, 4, 6, 12].find((size) => (years * 12) / size <= most) ?? 12;
    const ticks: { day: number; label: string; isLast: boolean }[] = [];
    for (let month = 0; month <= Math.ceil(years + 1) * 12; month += step) {
      const day = dayOf(yearOf(from), month);
      const year = yearOf(day);
      const label = month % 12 === 0 ? (year > 0 ? `${year}` : `${1 - year} BCE`) : (months[month % 12] ?? '');
      if (day >= from && day <= to) ticks.push({ day, label, isLast: isLast(day) });
    }
    return ticks;
  }
  const power = 10 ** Math.floor(Math.log10(years / most));
  const step = Math.max(
    1,
    [1, 2, 5, 10].map((size) => size * power).find((size) => years / size <= most) ?? 10 * power,
  );
  const ticks: { day: number; label: string; isLast: boolean }[] = [];
  for (let year = Math.floor(yearOf(from) / step) * step - step; year <= yearOf(to); year += step) {
    // Historians have no year 0: what is round to them is 100 BCE, which is the year -99.
    if (year === 0 && step === 1) continue;
    const day = dayOf(year > 0 ? year : year + 1, 0);
    if (day >= from && day <= to) {
      ticks.push({ day, label: year > 0 ? `${year}` : year === 0 ? '1 CE' : `${-year} BCE`, isLast: isLast(day) });
    }
  }
  return ticks;
}

/** How many events stand in each part of the time, as the `d` of an SVG path: one unit wide each, at most `height` high. */
export function stripPath({
  counts,
  most,
  height,
}: {
  counts: readonly number[];
  most: number;
  height: number;
}): string {
  return counts
    .map((count, index) => {
      if (count === 0) return '';
      // The square root lets single events be seen beside a crowd.
      const high = Math.round(Math.sqrt(count / most) * height * 100) / 100;
      return `M${index},${height}v${-high}h1v${high}z`;
    })
    .join('');
}
