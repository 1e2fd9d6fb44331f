import type { BudgetAlert } from '../contract';
import { claimAlerts, settleAlert } from '../repositories';
import type { Deps } from './deps';
import { type AlertToSend, alertRows, readAlerts } from './send-budget-alert';

/**
 * Records that an alert could not be delivered, and counts it. Run again it changes nothing in the database: only a pending
 * alert can fail.
 */
export async function failBudgetAlert(deps: Deps, input: AlertToSend): Promise<{ alerts: readonly BudgetAlert[] }> {
  const { userId, alerts } = input;
  await deps.scope(userId, async (tx) => {
    await claimAlerts(tx, alertRows(deps, input));
    for (const { key } of alerts) await settleAlert(tx, { key, delivery: 'failed' });
  });
  deps.metrics.alertsFailed.add(1);
  deps.log.error({ alertKeys: alerts.map(({ key }) => key) }, 'budget alert could not be delivered');
  return { alerts: await readAlerts(deps, input) };
}
