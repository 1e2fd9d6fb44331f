import { addMonths } from '@backend/shared/kernel';
import type { RolloverMode } from '../../contract';

/** One month of a budget. Null where the budget has no limit. */
export interface MonthBudget {
  readonly month: string;
  readonly carryInMinor: bigint;
  /** max(0, base + carryIn) */
  readonly limitMinor: bigint | null;
  readonly carryOutMinor: bigint;
}

/**
 * The months `firstMonth … month` of a budget, each with what the one before left over. Computed from history, so it
 * never depends on a run on the first of the month. A month without an entry in `spentByMonthMinor` spent nothing; a
 * month before `firstMonth` stands alone with nothing carried in.
 */
export function rolloverChain({
  mode,
  baseMinor,
  firstMonth,
  month,
  spentByMonthMinor,
}: {
  mode: RolloverMode;
  baseMinor: bigint | null;
  firstMonth: string;
  month: string;
  spentByMonthMinor: ReadonlyMap<string, bigint>;
}): MonthBudget[] {
  const chain: MonthBudget[] = [];
  let carryInMinor = 0n;
  for (let current = firstMonth < month ? firstMonth : month; current <= month; current = addMonths(current, 1)) {
    const spentMinor = spentByMonthMinor.get(current) ?? 0n;
    const entry = monthBudget({ month: current, mode, baseMinor, carryInMinor, spentMinor });
    chain.push(entry);
    carryInMinor = entry.carryOutMinor;
  }
  return chain;
}

/** One link of {@link rolloverChain}. A `full` rollover carries a deficit too; `surplus` carries only what is left. */
export function monthBudget({
  month,
  mode,
  baseMinor,
  carryInMinor,
  spentMinor,
}: {
  month: string;
  mode: RolloverMode;
  baseMinor: bigint | null;
  carryInMinor: bigint;
  spentMinor: bigint;
}): MonthBudget {
  if (baseMinor === null) return { month, carryInMinor: 0n, limitMinor: null, carryOutMinor: 0n };
  const effectiveMinor = baseMinor + carryInMinor;
  const leftMinor = effectiveMinor - spentMinor;
  const carryOutMinor = mode === 'none' ? 0n : mode === 'full' ? leftMinor : atLeastZero(leftMinor);
  return { month, carryInMinor, limitMinor: atLeastZero(effectiveMinor), carryOutMinor };
}

function atLeastZero(value: bigint): bigint {
  return value < 0n ? 0n : value;
}
