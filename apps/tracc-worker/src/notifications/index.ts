import type { GuardedFetch } from '@backend/shared/http';
import type { Logger } from 'pino';
import type { NotifyTarget } from '../contract';
import type { AlertMessage } from '../domain/alert';
import { sendEmail } from './email';
import type { Mailer } from './mailer';
import { postWebhook } from './webhook';

export { type Mail, type Mailer, createMailer, isMailAddress } from './mailer';
export { isWebhookSecret, newWebhookSecret } from './webhook-signature';

/** What alerts go out through. */
export interface Channels {
  readonly log: Logger;
  readonly fetch: GuardedFetch;
  /** Undefined when the operator has no mail server. */
  readonly mailer: Mailer | undefined;
}

/** Tells one target of an alert, once: retries are the caller's. Ends early when the signal fires. */
export async function notify(
  { log, fetch, mailer }: Channels,
  { target, message, signal }: { target: NotifyTarget; message: AlertMessage; signal: AbortSignal },
): Promise<void> {
  switch (target.kind) {
    case 'log':
      // The key names budget, month and threshold; amounts stay out of the log.
      log.warn({ alertKey: message.key }, 'budget alert');
      return;
    case 'webhook':
      return postWebhook({ fetch, url: target.url, secret: target.secret, message, signal });
    case 'email':
      return sendEmail({ mailer, address: target.address, message });
  }
}

/** What tells the targets of a budget apart, and under which a delivery is recorded. */
export function targetId(target: NotifyTarget): string {
  if (target.kind === 'webhook') return `webhook:${target.url}`;
  return target.kind === 'email' ? `email:${target.address}` : 'log';
}
