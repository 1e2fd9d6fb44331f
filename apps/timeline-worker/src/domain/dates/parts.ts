import { lastDayOfMonth } from './day-number';
import type { GregorianPoint } from './expression';

/**
 * The early, middle or late part of a century, decade, year or month: thirds, as `early 19th century` is
 * 1800 to 1833 (ai-timeline 13). Undefined for other points.
 */
export function partOf(point: GregorianPoint, part: 'early' | 'mid' | 'late'): GregorianPoint | undefined {
  const third = { early: 0, mid: 1, late: 2 }[part];
  switch (point.kind) {
    case 'century':
      return years(point.year, [0, 34, 67, 100], third);
    case 'decade':
      return years(point.year, [0, 4, 7, 10], third);
    case 'year':
      return months(point.year, [1, 5, 9, 13], third);
    case 'month':
      return days(point, [1, 11, 21, lastDayOfMonth(point) + 1], third);
    default:
      return undefined;
  }
}

/** The nth half or quarter of a century, decade or year; undefined when there is no such part. */
export function halfOf({
  point,
  nth,
  fraction,
}: {
  point: GregorianPoint;
  nth: number;
  fraction: 'half' | 'quarter' | 'third';
}): GregorianPoint | undefined {
  const count = { half: 2, third: 3, quarter: 4 }[fraction];
  const index = nth - 1;
  if (index < 0 || index >= count) return undefined;
  const cuts = (total: number, first: number): number[] =>
    Array.from({ length: count + 1 }, (_, cut) => first + Math.round((total * cut) / count));
  if (point.kind === 'century') return years(point.year, cuts(100, 0), index);
  if (point.kind === 'decade') return years(point.year, cuts(10, 0), index);
  return point.kind === 'year' ? months(point.year, cuts(12, 1), index) : undefined;
}

function years(first: number, cuts: readonly number[], index: number): GregorianPoint | undefined {
  return between(cuts, index, (offset) => ({ kind: 'year', year: first + offset }));
}

function months(year: number, cuts: readonly number[], index: number): GregorianPoint | undefined {
  return between(cuts, index, (month) => ({ kind: 'month', year, month }));
}

function days(
  month: { year: number; month: number },
  cuts: readonly number[],
  index: number,
): GregorianPoint | undefined {
  return between(cuts, index, (day) => ({ kind: 'day', year: month.year, month: month.month, day }));
}

function between(
  cuts: readonly number[],
  index: number,
  toPoint: (value: number) => GregorianPoint,
): GregorianPoint | undefined {
  const [from, next] = [cuts[index], cuts[index + 1]];
  if (from === undefined || next === undefined) return undefined;
  return { kind: 'span', from: toPoint(from), to: toPoint(next - 1), rough: true };
}
