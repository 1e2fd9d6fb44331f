import type { Pulse } from '@backend/shared/activity';
import { rootFailure, userFailure } from '@backend/shared/failures';
import type { BudgetAlert } from '../contract';
import { type AlertBudget, alertMessage } from '../domain/alert';
import { notify, targetId } from '../notifications';
import {
  claimAlerts,
  findBudgets,
  listAlerts,
  readAlert,
  readDeliveries,
  recordDelivery,
  settleAlert,
} from '../repositories';
import type { Deps } from './deps';

export interface AlertToSend {
  readonly userId: string;
  readonly month: string;
  readonly budget: AlertBudget;
  /** Lowest threshold first; the pending one is sent, the others are recorded only. */
  readonly alerts: readonly BudgetAlert[];
}

/**
 * Claims the alerts of one budget and tells each of its targets of the highest. Every target is tried, whatever another one
 * answers; run again it sends the same body under the same key to those that have not answered yet, so a receiver that
 * keeps keys sees it once. A target that refuses is not asked again. Returns what the alerts' rows say; fails while a target
 * has not answered, and finally when one has refused.
 */
export async function sendBudgetAlert(
  deps: Deps,
  input: AlertToSend,
  pulse: Pulse,
): Promise<{ alerts: readonly BudgetAlert[] }> {
  const { userId } = input;
  const toSend = input.alerts.findLast(({ delivery }) => delivery === 'pending');
  const claimed = await claim(deps, input, toSend);
  if (toSend && claimed) {
    const { key } = toSend;
    const refusals: Error[] = claimed.refusals.map((type) =>
      userFailure(type, 'A target of the alert refused it in an earlier attempt.'),
    );
    let unanswered: Error | undefined;
    for (const target of claimed.targets) {
      pulse.step({ alert: key });
      const outcome = { key, target: targetId(target) };
      try {
        await notify(deps, { target, message: claimed.message, signal: pulse.signal });
        await deps.scope(userId, async (tx) => recordDelivery(tx, { ...outcome, refusal: null }));
        deps.metrics.alertDeliveries.add(1, { channel: target.kind, outcome: 'sent' });
      } catch (error) {
        const failure = rootFailure(error);
        if (failure?.nonRetryable) {
          await deps.scope(userId, async (tx) =>
            recordDelivery(tx, { ...outcome, refusal: failure.type ?? 'Refused' }),
          );
          refusals.push(failure);
        } else unanswered ??= error instanceof Error ? error : new Error(String(error));
        deps.metrics.alertDeliveries.add(1, {
          channel: target.kind,
          outcome: failure?.nonRetryable ? 'refused' : 'unanswered',
        });
      }
    }
    // As long as one of them may still answer, the attempt is repeated; the others have what they were to get.
    if (unanswered) throw unanswered;
    if (refusals[0]) throw refusals[0];
    await deps.scope(userId, async (tx) => settleAlert(tx, { key, delivery: 'sent' }));
  }
  return { alerts: await readAlerts(deps, input) };
}

/** Writes the alerts that are new, and reads what is left to do for the one to send; nothing when it has ended. */
async function claim(deps: Deps, input: AlertToSend, toSend: BudgetAlert | undefined) {
  const { userId, budget } = input;
  return deps.scope(userId, async (tx) => {
    await claimAlerts(tx, alertRows(deps, input));
    for (const { key, delivery } of input.alerts) {
      if (delivery === 'superseded') await settleAlert(tx, { key, delivery });
    }
    const first = toSend && (await readAlert(tx, toSend.key));
    if (!toSend || first?.delivery !== 'pending') return undefined;
    // The targets as they are now; their URLs may hold secrets and stay out of the workflow's history.
    const [current] = await findBudgets(tx, [budget.budgetId]);
    const settled = await readDeliveries(tx, toSend.key);
    return {
      message: first.body,
      targets: (current?.notify ?? []).filter((target) => !settled.has(targetId(target))),
      refusals: [...settled.values()].filter((refusal) => refusal !== null),
    };
  });
}

/** The rows of the alerts, each with its message: what its first attempt says is what every attempt says. */
export function alertRows(deps: Deps, { userId, month, budget, alerts }: AlertToSend) {
  const { reportBaseUrl } = deps;
  return alerts.map((alert) => ({
    ...alert,
    budgetId: budget.budgetId,
    month,
    body: alertMessage({ alert, userId, month, budget, reportBaseUrl }),
  }));
}

/** The alerts of the input as their rows have them now. */
export async function readAlerts(deps: Deps, { userId, month, budget, alerts }: AlertToSend): Promise<BudgetAlert[]> {
  const rows = await deps.scope(userId, async (tx) => listAlerts(tx, { budgetIds: [budget.budgetId], month }));
  return rows
    .filter(({ key }) => alerts.some((alert) => alert.key === key))
    .map(({ pct, kind, key, delivery }) => ({ pct, kind, key, delivery }));
}
