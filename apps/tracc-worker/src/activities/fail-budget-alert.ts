import type { BudgetAlert } from '../contract';
import { claimAlerts, settleAlert } from '../repositories';
import type { Deps } from './deps';
import { type AlertToSend, readAlerts } from './send-budget-alert';

/** Records that an alert could not be delivered. Run again it changes nothing: only a pending alert can fail. */
export async function failBudgetAlert(deps: Deps, input: AlertToSend): Promise<{ alerts: readonly BudgetAlert[] }> {
  const { userId, month, budget, alerts } = input;
  await deps.scope(userId, async (tx) => {
    await claimAlerts(
      tx,
      alerts.map((alert) => ({ ...alert, budgetId: budget.budgetId, month, body: { undelivered: true } })),
    );
    for (const { key } of alerts) await settleAlert(tx, { key, delivery: 'failed' });
  });
  deps.log.error({ alertKeys: alerts.map(({ key }) => key) }, 'budget alert could not be delivered');
  return { alerts: await readAlerts(deps, input) };
}
