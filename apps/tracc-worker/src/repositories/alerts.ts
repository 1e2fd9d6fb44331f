import type { Queryable } from '@backend/shared/pg';
import type { AlertMessage } from '../domain/alert';
import type { AlertDelivery, AlertKind } from '../domain/types';

export interface AlertRow {
  readonly key: string;
  readonly budgetId: string;
  readonly month: string;
  readonly pct: number;
  readonly kind: AlertKind;
  readonly delivery: AlertDelivery;
}

const COLUMNS = `alert_key as key, budget_id as "budgetId", month, pct, kind, delivery`;

/** The month's alerts of the budgets, lowest threshold first. */
export async function listAlerts(
  tx: Queryable,
  { budgetIds, month }: { budgetIds: readonly string[]; month: string },
): Promise<AlertRow[]> {
  const { rows } = await tx.query<AlertRow>(
    `select ${COLUMNS} from alerts where budget_id = any ($1) and month = $2 order by budget_id, pct`,
    [budgetIds, month],
  );
  return rows;
}

/** Adds alerts that are new, of budgets that the user has; a key that exists keeps its row, whatever became of it. */
export async function claimAlerts(
  tx: Queryable,
  alerts: readonly (AlertRow & { readonly body: AlertMessage })[],
): Promise<void> {
  for (const { key, budgetId, month, pct, kind, delivery, body } of alerts) {
    await tx.query(
      `insert into alerts (alert_key, user_id, budget_id, month, pct, kind, delivery, body)
       select $1, user_id, budget_id, $3, $4, $5, $6, $7 from budgets where user_id = app.scope_id() and budget_id = $2
       on conflict do nothing`,
      [key, budgetId, month, pct, kind, delivery, JSON.stringify(body)],
    );
  }
}

/** The body with which an alert was claimed first: retries send the same words. */
export async function readAlert(
  tx: Queryable,
  key: string,
): Promise<{ body: AlertMessage; delivery: AlertDelivery } | undefined> {
  const { rows } = await tx.query<{ body: AlertMessage; delivery: AlertDelivery }>(
    `select body, delivery from alerts where alert_key = $1`,
    [key],
  );
  return rows[0];
}

/** The targets that have answered for this alert: the type of the refusal, or null for those that have it. */
export async function readDeliveries(tx: Queryable, key: string): Promise<ReadonlyMap<string, string | null>> {
  const { rows } = await tx.query<{ target: string; refusal: string | null }>(
    `select target, refusal from alert_deliveries where alert_key = $1`,
    [key],
  );
  return new Map(rows.map(({ target, refusal }) => [target, refusal]));
}

/** Records that a target has an alert, or (with a failure type) that it will not have it. The first record stays. */
export async function recordDelivery(
  tx: Queryable,
  { key, target, refusal }: { key: string; target: string; refusal: string | null },
): Promise<void> {
  await tx.query(
    `insert into alert_deliveries (user_id, alert_key, target, refusal) values (app.scope_id(), $1, $2, $3) on conflict do nothing`,
    [key, target, refusal],
  );
}

/** Ends a pending alert. One that has ended keeps its end. */
export async function settleAlert(
  tx: Queryable,
  { key, delivery }: { key: string; delivery: 'sent' | 'failed' | 'superseded' },
): Promise<void> {
  await tx.query(
    `update alerts set delivery = $2, delivered_at = case when $2 = 'sent' then now() end where alert_key = $1 and delivery = 'pending'`,
    [key, delivery],
  );
}
