import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

/** A new secret for a webhook: `whsec_` and 24 random bytes in base64. */
export function newWebhookSecret(): string {
  return `${PREFIX}${randomBytes(24).toString('base64')}`;
}

/** True for a secret of 24 to 64 bytes, as the Standard Webhooks specification has them. */
export function isWebhookSecret(text: string): boolean {
  if (!text.startsWith(PREFIX)) return false;
  const bytes = Buffer.from(text.slice(PREFIX.length), 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && `${PREFIX}${bytes.toString('base64')}` === text;
}

/**
 * The headers by which a receiver knows that a message is ours and new (Standard Webhooks 1.0.0): the id, which repetitions
 * share, the time of this attempt in seconds, and HMAC-SHA256 over `{id}.{time}.{body}` in base64.
 */
export function signedHeaders({
  secret,
  id,
  body,
  nowMs,
}: {
  secret: string;
  id: string;
  body: string;
  nowMs: number;
}): Record<string, string> {
  const timestamp = Math.floor(nowMs / 1000);
  const signature = createHmac('sha256', Buffer.from(secret.slice(PREFIX.length), 'base64'))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` };
}
