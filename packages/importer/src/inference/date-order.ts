import { cutText } from '../reading/cut-text';
import { dateShape } from '../records/date-shape';
import type { DateOrder } from '../records/types';

/** A value that proves something, and the line it stands on. */
export interface Proof {
  readonly line: number;
  readonly value: string;
}

/** What a column of dates says about their order. */
export interface DateEvidence {
  /** Values with the year in front or the month as a word: they need no decision. */
  readonly settled: number;
  readonly firstSettled?: Proof;
  /** Values whose order matters and stays open, with the first of them. */
  readonly open: number;
  readonly firstOpen?: Proof;
  /** The first value whose first part can only be a day. */
  readonly dayFirst?: Proof;
  /** The first value whose second part can only be a day. */
  readonly monthFirst?: Proof;
  /** The first text that is no date. */
  readonly noDate?: Proof;
}

/** The decision on a column, or why there is none. */
export type DateOrderOutcome =
  | { readonly decided: DateOrder }
  | { readonly failed: { readonly code: 'MixedDateFormats'; readonly message: string } }
  | {
      readonly needsInput: {
        readonly code: 'AmbiguousDateFormat';
        /** What the user may choose for `profile.dateFormat`. */
        readonly choices: readonly DateOrder[];
        /** What the first open date is under each of them, such as `3 April 2026`. */
        readonly readings: readonly string[];
        readonly message: string;
      };
    };

/** A collector of {@link DateEvidence} over a stream of values. */
export interface DateCollector {
  readonly feed: (value: string, line: number) => void;
  readonly evidence: () => DateEvidence;
}

/** Collects what the values of a date column prove (data-import 6). Values that are no dates prove nothing. */
export function createDateCollector(): DateCollector {
  let settled = 0;
  let open = 0;
  let firstSettled: Proof | undefined;
  let firstOpen: Proof | undefined;
  let dayFirst: Proof | undefined;
  let monthFirst: Proof | undefined;
  let noDate: Proof | undefined;
  let lastValue: string | undefined;
  let lastAdd: 'settled' | 'open' | 'none' = 'none';
  return {
    feed: (value, line) => {
      // Files hold long runs of one date.
      if (value !== lastValue) {
        lastValue = value;
        lastAdd = 'none';
        const shape = dateShape(value);
        if (!shape) {
          if (noDate === undefined && value.trim() !== '') noDate = proofOf(value, line);
          return;
        }
        if (shape.kind !== 'numeric') {
          lastAdd = 'settled';
          firstSettled ??= proofOf(value, line);
        } else {
          const first = Number(shape.first);
          const second = Number(shape.second);
          lastAdd = 'open';
          const proof = proofOf(value, line);
          if (first > 12 && first <= 31 && second >= 1 && second <= 12) dayFirst ??= proof;
          else if (second > 12 && second <= 31 && first >= 1 && first <= 12) monthFirst ??= proof;
          else if (first >= 1 && first <= 12 && second >= 1 && second <= 12) firstOpen ??= proof;
          // Neither order makes it a date.
          else lastAdd = 'none';
        }
      }
      if (lastAdd === 'settled') settled += 1;
      else if (lastAdd === 'open') open += 1;
    },
    evidence: () => ({
      settled,
      open,
      ...proofs({ firstSettled, firstOpen, dayFirst, monthFirst, noDate }),
    }),
  };
}

function proofOf(value: string, line: number): Proof {
  return { line, value: cutText(value.trim(), 60) };
}

/** The proofs that there are. */
function proofs<Name extends string>(found: Record<Name, Proof | undefined>): Partial<Record<Name, Proof>> {
  return Object.fromEntries(Object.entries(found).filter(([, proof]) => proof !== undefined)) as Partial<
    Record<Name, Proof>
  >;
}

/**
 * One order for the file (data-import 6). A first part above 12 proves day first, a second one above 12 month first;
 * both is `MixedDateFormats`. Dates that could be either, and none that proves it: `AmbiguousDateFormat`.
 */
export function decideDateOrder(evidence: DateEvidence): DateOrderOutcome {
  const { dayFirst, monthFirst, firstOpen, open } = evidence;
  if (dayFirst && monthFirst) {
    return {
      failed: {
        code: 'MixedDateFormats',
        message:
          `Line ${dayFirst.line} has ${dayFirst.value} (day first), line ${monthFirst.line} has ${monthFirst.value} ` +
          `(month first); write all dates in one order, or set profile.dateFormat to make the others row errors.`,
      },
    };
  }
  if (dayFirst) return { decided: 'DMY' };
  if (monthFirst) return { decided: 'MDY' };
  if (open === 0 || !firstOpen) return { decided: 'YMD' };
  return {
    needsInput: {
      code: 'AmbiguousDateFormat',
      choices: ['DMY', 'MDY'],
      readings: readingsOf(firstOpen.value),
      message:
        `No date tells day from month; line ${firstOpen.line} has ${firstOpen.value}. ` +
        `Set profile.dateFormat to DMY or MDY.`,
    },
  };
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** A date that can be read both ways, in words: day first, then month first. */
function readingsOf(value: string): string[] {
  const shape = dateShape(value);
  if (shape?.kind !== 'numeric') return [];
  const { first, second, third } = shape;
  const worded = (day: string, month: string) => `${Number(day)} ${MONTHS[Number(month) - 1]} ${third}`;
  return [worded(first, second), worded(second, first)];
}

/**
 * The order a `profile.dateFormat` means, by its first D, M and Y: `DD.MM.YYYY`, `MM/DD/YY`, `ymd`. Undefined when it
 * does not have all three.
 */
export function dateOrderOfFormat(format: string): DateOrder | undefined {
  // The first of each: minutes (HH:mm) stand behind the date and bring a second m.
  const upper = format.toUpperCase();
  const order = ['D', 'M', 'Y'].map((letter) => ({ letter, at: upper.indexOf(letter) })).sort((a, b) => a.at - b.at);
  if (order.some(({ at }) => at < 0)) return undefined;
  const letters = order.map(({ letter }) => letter).join('');
  return letters === 'YMD' || letters === 'DMY' || letters === 'MDY' ? letters : undefined;
}
