import type { AlertKind, BudgetStatusKind } from '../../contract';

/** Where a budget stands. */
export interface BudgetStanding {
  readonly status: BudgetStatusKind;
  /** limit - spent; null without a limit. */
  readonly remainingMinor: bigint | null;
  /** floor(1000 * spent / limit), at least 0; null when the limit is 0 or there is none. */
  readonly pctTenths: number | null;
}

/** What was spent against a limit. Thresholds are per cent, whole numbers 1-1000. */
export interface SpentAgainstLimit {
  readonly limitMinor: bigint | null;
  readonly spentMinor: bigint;
  readonly thresholdsPct: readonly number[];
}

/**
 * `over` only above the limit; exactly the limit is a `warning`, whatever the thresholds; a limit of 0 is over with the
 * first unit spent. Ratios are compared by multiplication, so no amount is too large or too near.
 */
export function budgetStanding({ limitMinor, spentMinor, thresholdsPct }: SpentAgainstLimit): BudgetStanding {
  if (limitMinor === null) return { status: 'untracked', remainingMinor: null, pctTenths: null };
  const isAtLimit = limitMinor > 0n && spentMinor === limitMinor;
  const isWarning = isAtLimit || thresholdsPct.some((pct) => pct < 100 && reaches({ limitMinor, spentMinor, pct }));
  return {
    status: spentMinor > limitMinor ? 'over' : isWarning ? 'warning' : 'ok',
    remainingMinor: limitMinor - spentMinor,
    pctTenths: pctTenths({ spentMinor, limitMinor }),
  };
}

/** Tenths of a per cent of the limit, rounded down and at least 0; null when the limit is 0 or there is none. */
export function pctTenths({
  spentMinor,
  limitMinor,
}: {
  spentMinor: bigint;
  limitMinor: bigint | null;
}): number | null {
  if (limitMinor === null || limitMinor <= 0n) return null;
  if (spentMinor <= 0n) return 0;
  const tenths = (1000n * spentMinor) / limitMinor;
  return tenths > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(tenths);
}

/** The thresholds that are crossed, each once, lowest first. 100 is crossed above the limit, any other when it is reached. */
export function crossedThresholds({ limitMinor, spentMinor, thresholdsPct }: SpentAgainstLimit): number[] {
  if (limitMinor === null) return [];
  return [...new Set(thresholdsPct)]
    .filter((pct) => (pct === 100 ? spentMinor > limitMinor : reaches({ limitMinor, spentMinor, pct })))
    .sort((a, b) => a - b);
}

/** An alert to write: `pending` is to be sent, `superseded` stands only so that it is never sent later. */
export interface PlannedAlert {
  readonly pct: number;
  readonly kind: AlertKind;
  readonly key: string;
  readonly delivery: 'pending' | 'superseded';
}

/** `alert:{budgetId}:{month}:{pct}`, unique: one alert for a threshold in a month, for ever. */
export function alertKey({ budgetId, month, pct }: { budgetId: string; month: string; pct: number }): string {
  return `alert:${budgetId}:${month}:${pct}`;
}

/**
 * The alerts that are new, lowest first: the highest of them is sent, the others are superseded. A threshold whose key
 * exists is never repeated in that month, whatever became of the limit or of the spending since.
 */
export function planAlerts({
  budgetId,
  month,
  crossedPct,
  existingKeys,
}: {
  budgetId: string;
  month: string;
  crossedPct: readonly number[];
  existingKeys: ReadonlySet<string>;
}): PlannedAlert[] {
  const fresh = crossedPct
    .map((pct) => ({ pct, key: alertKey({ budgetId, month, pct }) }))
    .filter(({ key }) => !existingKeys.has(key))
    .sort((a, b) => a.pct - b.pct);
  return fresh.map(({ pct, key }, position) => ({
    pct,
    kind: pct < 100 ? 'warning' : 'over',
    key,
    delivery: position === fresh.length - 1 ? 'pending' : 'superseded',
  }));
}

// From harmless to worst. `incomplete` outranks ok, because an unconverted row may hide an overspending.
const SEVERITY = ['untracked', 'ok', 'incomplete', 'warning', 'over'] as const;

/** The worst of the budgets; `incomplete` when a row could not be converted and nothing is worse than ok. */
export function worstStatus(
  budgets: readonly { readonly status: BudgetStatusKind; readonly unconverted: number }[],
): BudgetStatusKind | 'incomplete' {
  const seen = budgets.flatMap(({ status, unconverted }) =>
    unconverted > 0 ? [status, 'incomplete' as const] : [status],
  );
  return SEVERITY.findLast((status) => seen.includes(status)) ?? 'untracked';
}

/** True when `spent` is at least `pct` per cent of a limit above 0. */
function reaches({ limitMinor, spentMinor, pct }: { limitMinor: bigint; spentMinor: bigint; pct: number }): boolean {
  return limitMinor > 0n && spentMinor * 100n >= BigInt(pct) * limitMinor;
}
