import { rootFailure, transientFailure, userFailure } from '@backend/shared/failures';
import { AddressBlocked, isRetryableStatus, retryAfterMs } from '@backend/shared/http';
import { type BudgetAlert, FAILURES, type NotifyTarget, TRANSIENT_FAILURES } from '../contract';
import {
  claimAlerts,
  deliveredTargets,
  findBudgets,
  listAlerts,
  markDelivered,
  readAlert,
  settleAlert,
} from '../repositories';
import type { Deps } from './deps';

/** What an alert says of the budget. Amounts are integer minor units as text. */
export interface AlertBudget {
  readonly budgetId: string;
  readonly name: string;
  readonly currency: string;
  readonly limitMinor: string;
  readonly spentMinor: string;
  readonly remainingMinor: string;
  readonly pctTenths: number | null;
  readonly period: { readonly from: string; readonly to: string };
  readonly topCategories: readonly { readonly name: string; readonly spentMinor: string }[];
}

export interface AlertToSend {
  readonly userId: string;
  readonly month: string;
  readonly budget: AlertBudget;
  /** Lowest threshold first; the pending one is sent, the others are recorded only. */
  readonly alerts: readonly BudgetAlert[];
}

const WEBHOOK_TIMEOUT_MS = 10_000;

/**
 * Claims the alerts of one budget and tells each of its targets of the highest. Every target is tried, whatever another one
 * answers; run again it sends the same body under the same key to those that have not answered yet, so a receiver that
 * keeps keys sees it once. Returns what the alerts' rows say.
 */
export async function sendBudgetAlert(deps: Deps, input: AlertToSend): Promise<{ alerts: readonly BudgetAlert[] }> {
  const { userId, month, budget } = input;
  const toSend = input.alerts.findLast(({ delivery }) => delivery === 'pending');
  const body = alertBody(deps, input, toSend);
  const claimed = await deps.scope(userId, async (tx) => {
    await claimAlerts(
      tx,
      input.alerts.map((alert) => ({ ...alert, budgetId: budget.budgetId, month, body })),
    );
    for (const { key, delivery } of input.alerts) {
      if (delivery === 'superseded') await settleAlert(tx, { key, delivery });
    }
    const first = toSend && (await readAlert(tx, toSend.key));
    if (!toSend || first?.delivery !== 'pending') return undefined;
    // The targets as they are now; their URLs may hold secrets and stay out of the workflow's history.
    const [current] = await findBudgets(tx, [budget.budgetId]);
    const done = await deliveredTargets(tx, toSend.key);
    return { body: first.body, targets: (current?.notify ?? []).filter((target) => !done.has(targetId(target))) };
  });
  if (toSend && claimed) {
    const errors: unknown[] = [];
    for (const target of claimed.targets) {
      try {
        await deliver(deps, { target, key: toSend.key, body: claimed.body });
        await deps.scope(userId, async (tx) => markDelivered(tx, { key: toSend.key, target: targetId(target) }));
      } catch (error) {
        errors.push(error);
      }
    }
    // As long as one of them may still answer, the attempt is repeated; the others have what they were to get.
    if (errors.length > 0) throw errors.find((error) => !isFinal(error)) ?? errors[0];
    await deps.scope(userId, async (tx) => settleAlert(tx, { key: toSend.key, delivery: 'sent' }));
  }
  return { alerts: await readAlerts(deps, input) };
}

/** The alerts of the input as their rows have them now. */
export async function readAlerts(deps: Deps, { userId, month, budget, alerts }: AlertToSend): Promise<BudgetAlert[]> {
  const rows = await deps.scope(userId, async (tx) => listAlerts(tx, { budgetIds: [budget.budgetId], month }));
  return rows
    .filter(({ key }) => alerts.some((alert) => alert.key === key))
    .map(({ pct, kind, key, delivery }) => ({ pct, kind, key, delivery }));
}

function isFinal(error: unknown): boolean {
  return rootFailure(error)?.nonRetryable === true;
}

function alertBody(deps: Deps, { userId, month, budget }: AlertToSend, alert: BudgetAlert | undefined) {
  return {
    type: 'budget.alert',
    key: alert?.key ?? null,
    kind: alert?.kind ?? null,
    thresholdPct: alert?.pct ?? null,
    userId,
    month,
    budget,
    ...(deps.reportBaseUrl
      ? { link: `${deps.reportBaseUrl.replace(/\/$/, '')}/${encodeURIComponent(userId)}/${month}` }
      : {}),
  };
}

function targetId(target: NotifyTarget): string {
  if (target.kind === 'webhook') return `webhook:${target.url}`;
  return target.kind === 'email' ? `email:${target.address}` : 'log';
}

async function deliver(
  deps: Deps,
  { target, key, body }: { target: NotifyTarget; key: string; body: unknown },
): Promise<void> {
  switch (target.kind) {
    case 'log':
      // The key names budget, month and threshold; amounts stay out of the log.
      deps.log.warn({ alertKey: key }, 'budget alert');
      return;
    case 'webhook':
      return callWebhook(deps, { url: target.url, key, body });
    case 'email':
      throw userFailure(
        FAILURES.TargetUnsupported,
        'Alerts by e-mail are not configured on this worker; use log or webhook.',
      );
  }
}

async function callWebhook(deps: Deps, { url, key, body }: { url: string; key: string; body: unknown }): Promise<void> {
  const host = URL.canParse(url) ? new URL(url).host : 'the webhook';
  let response;
  try {
    response = await deps.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
      timeoutMs: WEBHOOK_TIMEOUT_MS,
      maxRedirects: 0,
    });
  } catch (error) {
    if (error instanceof AddressBlocked)
      throw userFailure(FAILURES.WebhookRefused, `The webhook ${host} is not called: ${error.message}.`);
    throw transientFailure(TRANSIENT_FAILURES.WebhookUnavailable, `The webhook ${host} did not answer.`);
  }
  await response.body?.cancel();
  if (response.ok) return;
  const message = `The webhook ${host} answered ${response.status}.`;
  if (!isRetryableStatus(response.status)) throw userFailure(FAILURES.WebhookRefused, message);
  throw transientFailure(
    TRANSIENT_FAILURES.WebhookUnavailable,
    message,
    retryAfterMs((name) => response.headers.get(name), Date.now()),
  );
}
