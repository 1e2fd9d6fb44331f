import { transientFailure, userFailure } from '@backend/shared/failures';
import { FAILURES, TRANSIENT_FAILURES } from '../contract';
import { type AlertMessage, renderAlertMail } from '../domain/alert';
import type { Mailer } from './mailer';

/**
 * Sends an alert by e-mail, once. Fails with `MailRefused` when the mail server will not have it (SMTP 5yz for the address or the
 * message), with `MailUnavailable` for everything that time or the operator may mend. No failure holds the address.
 */
export async function sendEmail({
  mailer,
  address,
  message,
}: {
  mailer: Mailer | undefined;
  address: string;
  message: AlertMessage;
}): Promise<void> {
  if (!mailer)
    throw userFailure(FAILURES.TargetUnsupported, 'This worker has no mail server (SMTP_URL); use log or webhook.');
  try {
    await mailer({ ...renderAlertMail(message), to: address, key: message.key });
  } catch (error) {
    const { responseCode = 0, code = '' } = error as { responseCode?: number; code?: string };
    // A login that is refused is 5yz too, but for the operator to mend.
    if (responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE'))
      throw userFailure(FAILURES.MailRefused, `The mail server refused the message with ${responseCode}.`);
    throw transientFailure(
      TRANSIENT_FAILURES.MailUnavailable,
      `The mail server did not take the message${responseCode > 0 ? `: ${responseCode}` : code === '' ? '' : ` (${code})`}.`,
    );
  }
}
