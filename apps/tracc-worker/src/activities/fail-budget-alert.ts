import type { BudgetAlert } from '../contract';
import { claimAlerts, settleAlert } from '../repositories';
import type { Deps } from './deps';
import type { AlertToSend } from './send-budget-alert';

/** Records that an alert could not be delivered. Run again it changes nothing: only a pending alert can fail. */
export async function failBudgetAlert(
  deps: Deps,
  { userId, month, budget, alerts }: AlertToSend,
): Promise<{ alerts: readonly BudgetAlert[] }> {
  await deps.scope(userId, async (tx) => {
    await claimAlerts(
      tx,
      alerts.map((alert) => ({ ...alert, budgetId: budget.budgetId, month, body: { undelivered: true } })),
    );
    for (const { key } of alerts) await settleAlert(tx, { key, delivery: 'failed' });
  });
  deps.log.error({ alertKeys: alerts.map(({ key }) => key) }, 'budget alert could not be delivered');
  return { alerts: alerts.map((alert) => (alert.delivery === 'pending' ? { ...alert, delivery: 'failed' } : alert)) };
}
