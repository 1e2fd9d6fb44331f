import type { Queryable } from '@backend/shared/pg';
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

/** Adds alerts that are new; a key that exists keeps its row, whatever became of it. */
export async function claimAlerts(
  tx: Queryable,
  alerts: readonly (AlertRow & { readonly body: unknown })[],
): Promise<void> {
  for (const { key, budgetId, month, pct, kind, delivery, body } of alerts) {
    await tx.query(
      `insert into alerts (alert_key, user_id, budget_id, month, pct, kind, delivery, body)
       values ($1, app.scope_id(), $2, $3, $4, $5, $6, $7) on conflict do nothing`,
      [key, budgetId, month, pct, kind, delivery, JSON.stringify(body)],
    );
  }
}

/** The body with which an alert was claimed first: retries send the same words. */
export async function readAlert(
  tx: Queryable,
  key: string,
): Promise<{ body: unknown; delivery: AlertDelivery } | undefined> {
  const { rows } = await tx.query<{ body: unknown; delivery: AlertDelivery }>(
    `select body, delivery from alerts where alert_key = $1`,
    [key],
  );
  return rows[0];
}

/** Targets that have this alert already. */
export async function deliveredTargets(tx: Queryable, key: string): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ target: string }>(`select target from alert_deliveries where alert_key = $1`, [
    key,
  ]);
  return new Set(rows.map(({ target }) => target));
}

/** Records that a target has an alert. */
export async function markDelivered(tx: Queryable, { key, target }: { key: string; target: string }): Promise<void> {
  await tx.query(
    `insert into alert_deliveries (user_id, alert_key, target) values (app.scope_id(), $1, $2) on conflict do nothing`,
    [key, target],
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
