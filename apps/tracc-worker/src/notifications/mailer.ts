import { createHash } from 'node:crypto';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The same for every repetition of this mail; the message's id is made of it. */
  readonly key: string;
}

/** Hands a mail to the mail server; rejects with the server's error. */
export type Mailer = (mail: Mail) => Promise<void>;

/**
 * A mailer on an SMTP server: `smtp://user:password@host:587` or `smtps://…`. A server that is not on this machine has to offer
 * STARTTLS, unless the URL ends in `?requireTLS=false`. A repetition has the same Message-ID, by which mail stores drop it.
 */
export function createMailer({ url, from }: { url: string; from: string }): Mailer {
  const { hostname, searchParams } = new URL(url);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const requireTLS = !isLocal && searchParams.get('requireTLS') !== 'false';
  let transport: ReturnType<typeof openTransport> | undefined;
  const domain = /@([^>\s]+)>?\s*$/.exec(from)?.[1] ?? 'tracc.invalid';
  return async ({ to, subject, text, html, key }) => {
    const id = createHash('sha256').update(`${key}\n${to}`).digest('hex').slice(0, 32);
    const { sendMail } = await (transport ??= openTransport({ url, requireTLS }));
    await sendMail({
      from,
      // As an object, so that no list of addresses is read into it.
      to: { name: '', address: to },
      subject,
      text,
      html,
      messageId: `<${id}@${domain}>`,
      headers: { 'Auto-Submitted': 'auto-generated', 'Idempotency-Key': id },
    });
  };
}

/** Loaded with the first mail: a worker starts without it. */
async function openTransport(server: { url: string; requireTLS: boolean }) {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    ...server,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { sendMail: async (mail: Parameters<typeof transport.sendMail>[0]) => transport.sendMail(mail) };
}

/** One address, `name@domain`, without a display name, a comment or a quoted part. */
export function isMailAddress(text: string): boolean {
  return (
    text.length <= 254 &&
    /^[^\s@<>()[\]\\,;:"\p{Cc}]{1,64}@[^\s@<>()[\]\\,;:"\p{Cc}]+\.[^\s@<>()[\]\\,;:"\p{Cc}.]+$/u.test(text)
  );
}
