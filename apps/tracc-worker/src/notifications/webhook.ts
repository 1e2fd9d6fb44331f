import { transientFailure, userFailure } from '@backend/shared/failures';
import { AddressBlocked, type GuardedFetch, isRetryableStatus, retryAfterMs } from '@backend/shared/http';
import { FAILURES, TRANSIENT_FAILURES } from '../contract';
import type { AlertMessage } from '../domain/alert';
import { signedHeaders } from './webhook-signature';

const TIMEOUT_MS = 10_000;

/**
 * Posts an alert to a webhook, once; 2xx is an answer. The key goes in the header `idempotency-key`, and with a secret the
 * request is signed. Fails with `WebhookRefused` (final) or `WebhookUnavailable`, which carries the wait that the receiver asks
 * for. No failure names more of the URL than its host: the rest may be a secret.
 */
export async function postWebhook({
  fetch,
  url,
  secret,
  message,
  signal,
}: {
  fetch: GuardedFetch;
  url: string;
  secret: string | undefined;
  message: AlertMessage;
  signal: AbortSignal;
}): Promise<void> {
  const host = URL.canParse(url) ? new URL(url).host : 'the webhook';
  const body = JSON.stringify(message);
  const id = headerText(message.key);
  let response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': id,
        ...(secret === undefined ? {} : signedHeaders({ secret, id, body, nowMs: Date.now() })),
      },
      body,
      signal,
      timeoutMs: TIMEOUT_MS,
      maxRedirects: 0,
    });
  } catch (error) {
    if (error instanceof AddressBlocked)
      throw userFailure(FAILURES.WebhookRefused, `The webhook ${host} is not called: ${error.message}.`);
    throw transientFailure(TRANSIENT_FAILURES.WebhookUnavailable, `The webhook ${host} did not answer.`);
  }
  await response.body?.cancel();
  if (response.ok) return;
  const text = `The webhook ${host} answered ${response.status}.`;
  if (!isRetryableStatus(response.status)) throw userFailure(FAILURES.WebhookRefused, text);
  throw transientFailure(
    TRANSIENT_FAILURES.WebhookUnavailable,
    text,
    retryAfterMs((name) => response.headers.get(name), Date.now()),
  );
}

/** A key holds the budget's id, which may be in any script; a header holds visible ASCII only. */
function headerText(key: string): string {
  return key.replace(/[^\x21-\x7e]/gu, encodeURIComponent);
}
