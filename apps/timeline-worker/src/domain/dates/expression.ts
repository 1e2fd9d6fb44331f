import type { LunarDate } from './samvat';

/** A date as written in the European calendar, before it becomes EDTF. Years are astronomical (0 = 1 BCE). */
export type GregorianPoint =
  | { kind: 'day'; year: number; month: number; day: number }
  | { kind: 'month'; year: number; month: number }
  | { kind: 'season'; year: number; season: number }
  | { kind: 'year'; year: number }
  | { kind: 'decade'; year: number }
  /** `year` is the first of the hundred; of the nineteenth century 1800, of the fifth BCE -499. */
  | { kind: 'century'; year: number }
  /** Days, months or years from one to the other, both ends only roughly known when `rough`. */
  | { kind: 'span'; from: GregorianPoint; to: GregorianPoint; rough: boolean }
  /** 03/04/1781: one of two days. */
  | { kind: 'oneOf'; days: [GregorianPoint, GregorianPoint] }
  | { kind: 'before' | 'after'; point: GregorianPoint };

/** `circa` and `possibly`. */
export interface Qualifiers {
  approximate: boolean;
  uncertain: boolean;
}

/** One date found in a text. */
export type DateExpression = Qualifiers & { start: number; end: number } & (
    | { calendar: 'gregorian'; point: GregorianPoint }
    | { calendar: 'lunar'; date: LunarDate; bound?: 'before' | 'after' }
  );
