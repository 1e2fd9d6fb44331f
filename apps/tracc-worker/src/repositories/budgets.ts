import type { Queryable } from '@backend/shared/pg';
import type { NotifyTarget, RolloverMode } from '../domain/types';

export interface BudgetRow {
  readonly budgetId: string;
  readonly name: string;
  readonly currency: string;
  readonly zone: string;
  readonly limitMinor: string | null;
  readonly monthStartDay: number;
  readonly rollover: RolloverMode;
  readonly rolloverSince: string;
  readonly thresholdsPct: readonly number[];
  readonly notify: readonly NotifyTarget[];
}

const COLUMNS = `
  budget_id as "budgetId", name, currency, zone, limit_minor as "limitMinor", month_start_day as "monthStartDay",
  rollover, rollover_since as "rolloverSince", thresholds_pct as "thresholdsPct", notify`;

/** The user's budgets (all, or the ones named), by name. */
export async function findBudgets(tx: Queryable, budgetIds?: readonly string[]): Promise<BudgetRow[]> {
  const { rows } = await tx.query<BudgetRow>(
    `select ${COLUMNS} from budgets
     where user_id = app.scope_id() and archived_at is null and ($1::text[] is null or budget_id = any ($1))
     order by name, budget_id`,
    [budgetIds ?? null],
  );
  return rows;
}

/** Category ids of a budget. */
export async function listCategoryIds(tx: Queryable, budgetId: string): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select category_id as id from budget_categories where budget_id = $1 order by category_id`,
    [budgetId],
  );
  return rows.map(({ id }) => id);
}

/** Adds a budget or replaces its settings and categories. The id of another user's budget is refused by row-level security. */
export async function upsertBudget(
  tx: Queryable,
  { categoryIds, ...budget }: BudgetRow & { readonly categoryIds: readonly string[] },
): Promise<void> {
  await tx.query(
    `insert into budgets (budget_id, user_id, name, currency, zone, limit_minor, month_start_day, rollover, rollover_since, thresholds_pct, notify)
     values ($1, app.scope_id(), $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (budget_id) do update set
       name = excluded.name, currency = excluded.currency, zone = excluded.zone, limit_minor = excluded.limit_minor,
       month_start_day = excluded.month_start_day, rollover = excluded.rollover, rollover_since = excluded.rollover_since,
       thresholds_pct = excluded.thresholds_pct, notify = excluded.notify, archived_at = null, updated_at = now()
     where budgets.user_id = app.scope_id()`,
    [
      budget.budgetId,
      budget.name,
      budget.currency,
      budget.zone,
      budget.limitMinor,
      budget.monthStartDay,
      budget.rollover,
      budget.rolloverSince,
      budget.thresholdsPct,
      JSON.stringify(budget.notify),
    ],
  );
  await tx.query('delete from budget_categories where budget_id = $1 and category_id <> all ($2)', [
    budget.budgetId,
    categoryIds,
  ]);
  await tx.query(
    `insert into budget_categories (user_id, budget_id, category_id)
     select app.scope_id(), $1, category_id from unnest($2::text[]) as category_id on conflict do nothing`,
    [budget.budgetId, categoryIds],
  );
}

/** Takes a budget out of checks and reports; false when there is no such budget. Its alerts and reports stay. */
export async function archiveBudget(tx: Queryable, budgetId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update budgets set archived_at = now() where user_id = app.scope_id() and budget_id = $1 and archived_at is null`,
    [budgetId],
  );
  return rowCount === 1;
}
