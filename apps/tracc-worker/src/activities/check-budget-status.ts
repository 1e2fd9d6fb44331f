import { userFailure } from '@backend/shared/failures';
import { isCurrency } from '@backend/shared/kernel';
import { type Queryable } from '@backend/shared/pg';
import { type BudgetAlert, type BudgetResult, FAILURES } from '../contract';
import {
  budgetPeriod,
  budgetStanding,
  crossedThresholds,
  isPartial,
  planAlerts,
  rolloverChain,
} from '../domain/budget';
import { localDate } from '../domain/recurrence';
import {
  type AlertRow,
  type BudgetRow,
  type SpentRow,
  findBudgets,
  findUser,
  listAlerts,
  readSpentByMonth,
} from '../repositories';
import type { Deps } from './deps';
import type { AlertToSend } from './send-budget-alert';

export interface BudgetRequest {
  readonly userId: string;
  readonly month: string;
  readonly asOf: string;
  readonly dryRun: boolean;
  readonly budgetIds?: readonly string[];
  /** `full`: a report follows, over all budgets of the user, so all of them have to be usable before anything is sent. */
  readonly mode?: 'full' | 'check';
}

export interface CheckedBudget {
  readonly result: BudgetResult;
  /** Present when a threshold has something new to say. */
  readonly alert?: AlertToSend;
}

export interface CheckedBudgets {
  readonly budgets: readonly CheckedBudget[];
  /** Some budget's period has days to come at `asOf`. */
  readonly partial: boolean;
}

/** monthly-budget 18; it also keeps the result well below the largest payload. */
const MAX_BUDGETS = 50;

/**
 * Where each budget of the user stands in the month, and which alerts that calls for. Sums are made by the database
 * over every month since the budget's rollover began. Reads only, so running it again does nothing.
 * Fails with `UserNotFound` or `BudgetNotFound`.
 */
export async function checkBudgetStatus(deps: Deps, request: BudgetRequest): Promise<CheckedBudgets> {
  return deps.scope(request.userId, async (tx) => {
    const standings = await readStandings(tx, request);
    return {
      budgets: standings.map((standing) => checkedBudget(request, standing)),
      partial: standings.some(({ partial }) => partial),
    };
  });
}

export interface BudgetStandingOfMonth {
  readonly budget: BudgetRow;
  readonly period: { readonly from: string; readonly to: string };
  readonly partial: boolean;
  readonly baseMinor: bigint | null;
  readonly spentMinor: bigint;
  readonly result: BudgetResult;
  readonly spentRows: readonly SpentRow[];
  readonly known: readonly AlertRow[];
}

/** The standing of every requested budget; what both the check and the report start from. */
export async function readStandings(tx: Queryable, request: BudgetRequest): Promise<BudgetStandingOfMonth[]> {
  const { month } = request;
  if (!(await findUser(tx))) throw userFailure(FAILURES.UserNotFound, `There is no user ${request.userId}.`);
  const budgets = await findBudgets(tx, request.budgetIds);
  const missing = request.budgetIds?.filter((id) => !budgets.some(({ budgetId }) => budgetId === id)) ?? [];
  if (missing.length > 0)
    throw userFailure(FAILURES.BudgetNotFound, `There is no budget ${missing.join(', ')} of user ${request.userId}.`);
  if (budgets.length === 0) {
    throw userFailure(
      FAILURES.BudgetNotFound,
      `User ${request.userId} has no budget; set one with "tracc budget set".`,
    );
  }
  refuseUnusable(request, request.mode === 'full' ? await findBudgets(tx) : budgets);

  const budgetIds = budgets.map(({ budgetId }) => budgetId);
  // Only a rollover needs the months before.
  const starts = budgets.map(({ rollover, rolloverSince, monthStartDay }) => {
    const first = rollover !== 'none' && rolloverSince < month ? rolloverSince : month;
    return budgetPeriod({ month: first, monthStartDay }).from;
  });
  const ends = budgets.map(({ monthStartDay }) => budgetPeriod({ month, monthStartDay }).to);
  const spent = await readSpentByMonth(tx, { budgetIds, from: starts.sort()[0]!, to: ends.sort().at(-1)! });
  const alerts = await listAlerts(tx, { budgetIds, month });
  return budgets.map((budget) => {
    const spentRows = spent.filter(({ budgetId }) => budgetId === budget.budgetId);
    return standingOf(
      request,
      budget,
      spentRows,
      alerts.filter(({ budgetId }) => budgetId === budget.budgetId),
    );
  });
}

/** Refuses what would fail later, when alerts are out. */
function refuseUnusable({ userId }: BudgetRequest, budgets: readonly BudgetRow[]): void {
  if (budgets.length > MAX_BUDGETS) {
    throw userFailure(
      FAILURES.TooManyBudgets,
      `One run takes at most ${MAX_BUDGETS} budgets, and user ${userId} has ${budgets.length}: archive some, or check them in parts.`,
    );
  }
  const unknown = budgets.find(({ currency }) => !isCurrency(currency));
  if (unknown) {
    throw userFailure(
      FAILURES.CurrencyUnknown,
      `Budget ${unknown.budgetId} is in ${unknown.currency}, which is no ISO 4217 currency that tracc knows.`,
    );
  }
}

function standingOf(
  request: BudgetRequest,
  budget: BudgetRow,
  spentRows: readonly SpentRow[],
  known: readonly AlertRow[],
): BudgetStandingOfMonth {
  const period = budgetPeriod({ month: request.month, monthStartDay: budget.monthStartDay });
  const spentByMonthMinor = new Map(
    spentRows.map((row) => [row.month, BigInt(row.postedMinor) + BigInt(row.pendingMinor)]),
  );
  const baseMinor = budget.limitMinor === null ? null : BigInt(budget.limitMinor);
  const chain = rolloverChain({
    mode: budget.rollover,
    baseMinor,
    firstMonth: budget.rolloverSince,
    month: request.month,
    spentByMonthMinor,
  });
  const { carryInMinor, carryOutMinor, limitMinor } = chain.at(-1)!;
  const spentMinor = spentByMonthMinor.get(request.month) ?? 0n;
  const standing = budgetStanding({ limitMinor, spentMinor, thresholdsPct: budget.thresholdsPct });
  const monthRow = spentRows.find(({ month }) => month === request.month);
  return {
    budget,
    period,
    partial: isPartial({ period, today: localDate({ instant: request.asOf, zone: budget.zone }) }),
    baseMinor,
    spentMinor,
    spentRows,
    known,
    result: {
      budgetId: budget.budgetId,
      name: budget.name,
      currency: budget.currency,
      status: standing.status,
      limitMinor: limitMinor?.toString() ?? null,
      spentMinor: spentMinor.toString(),
      remainingMinor: standing.remainingMinor?.toString() ?? null,
      pctTenths: standing.pctTenths,
      carryInMinor: carryInMinor.toString(),
      carryOutMinor: carryOutMinor.toString(),
      refundsMinor: monthRow?.refundsMinor ?? '0',
      alerts: known.map(({ pct, kind, key, delivery }): BudgetAlert => ({ pct, kind, key, delivery })),
      unconverted: monthRow?.unconverted ?? 0,
    },
  };
}

/** The alerts to write for a budget, lowest threshold first: what is newly crossed, and what a run left unfinished. */
function alertsOf(
  { month }: BudgetRequest,
  { budget, result, known, spentMinor }: BudgetStandingOfMonth,
): BudgetAlert[] {
  const { budgetId, thresholdsPct } = budget;
  const crossedPct = crossedThresholds({
    limitMinor: result.limitMinor === null ? null : BigInt(result.limitMinor),
    spentMinor,
    thresholdsPct,
  });
  // A row that is still pending was claimed by a run that never came to its end: the highest is taken up again, under its
  // key, unless something higher is to be sent now.
  const unfinished = known
    .filter(({ delivery }) => delivery === 'pending')
    .map(({ pct, kind, key, delivery }) => ({ pct, kind, key, delivery }));
  const planned = planAlerts({ budgetId, month, crossedPct, existingKeys: new Set(known.map(({ key }) => key)) });
  return onlyHighestPending([...unfinished, ...planned]);
}

/** From the first day of the earliest period to the day after the last of the latest. */
export function rangeOf(standings: readonly BudgetStandingOfMonth[]): { from: string; to: string } {
  const froms = standings.map(({ period }) => period.from).sort();
  const tos = standings.map(({ period }) => period.to).sort();
  return { from: froms[0]!, to: tos.at(-1)! };
}

function checkedBudget(request: BudgetRequest, standing: BudgetStandingOfMonth): CheckedBudget {
  const { userId, month, dryRun } = request;
  const { budget, result, period, known } = standing;
  const alerts = alertsOf(request, standing);
  if (alerts.length === 0) return { result };
  if (dryRun) {
    const fresh = alerts.filter(({ key }) => !known.some((row) => row.key === key));
    return {
      result: {
        ...result,
        alerts: [...result.alerts, ...fresh.map((alert) => ({ ...alert, delivery: 'dryRun' as const }))],
      },
    };
  }
  const { budgetId, name, currency } = budget;
  return {
    result,
    alert: {
      userId,
      month,
      alerts,
      budget: {
        budgetId,
        name,
        currency,
        limitMinor: result.limitMinor ?? '0',
        spentMinor: result.spentMinor,
        remainingMinor: result.remainingMinor ?? '0',
        pctTenths: result.pctTenths,
        period,
        topCategories: standing.spentRows.find((row) => row.month === month)?.topCategories ?? [],
      },
    },
  };
}

/** By threshold, with only the highest pending one left to be sent. */
function onlyHighestPending(alerts: readonly BudgetAlert[]): BudgetAlert[] {
  const sorted = [...alerts].sort((a, b) => a.pct - b.pct);
  const highest = sorted.findLast(({ delivery }) => delivery === 'pending');
  return sorted.map((alert) =>
    alert.delivery === 'pending' && alert !== highest ? { ...alert, delivery: 'superseded' } : alert,
  );
}
