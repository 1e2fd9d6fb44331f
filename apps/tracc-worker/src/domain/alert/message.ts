import type { AlertKind } from '../../contract';

/** What an alert says of its budget. Amounts are integer minor units of the budget's currency, as text. */
export interface AlertBudget {
  readonly budgetId: string;
  readonly name: string;
  readonly currency: string;
  readonly limitMinor: string;
  readonly spentMinor: string;
  readonly remainingMinor: string;
  /** Tenths of a per cent of the limit; null when the limit is 0. */
  readonly pctTenths: number | null;
  /** `[from, to)` */
  readonly period: { readonly from: string; readonly to: string };
  readonly topCategories: readonly { readonly name: string; readonly spentMinor: string }[];
}

/** An alert as a receiver gets it: the body of the webhook, and what the e-mail is written from. It names no single transaction. */
export interface AlertMessage {
  readonly type: 'budget.alert';
  /** `alert:{budgetId}:{month}:{pct}`: the same for every repetition of this alert. */
  readonly key: string;
  readonly kind: AlertKind;
  readonly thresholdPct: number;
  readonly userId: string;
  readonly month: string;
  readonly budget: AlertBudget;
  /** Where the month's report can be seen. */
  readonly link?: string;
}

/** The message of one alert. `reportBaseUrl` is the start of links to reports; there is no link without it. */
export function alertMessage({
  alert,
  userId,
  month,
  budget,
  reportBaseUrl,
}: {
  alert: { readonly key: string; readonly kind: AlertKind; readonly pct: number };
  userId: string;
  month: string;
  budget: AlertBudget;
  reportBaseUrl: string | undefined;
}): AlertMessage {
  return {
    type: 'budget.alert',
    key: alert.key,
    kind: alert.kind,
    thresholdPct: alert.pct,
    userId,
    month,
    budget,
    ...(reportBaseUrl ? { link: `${reportBaseUrl.replace(/\/$/, '')}/${encodeURIComponent(userId)}/${month}` } : {}),
  };
}
