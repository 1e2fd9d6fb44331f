import { failureType } from '@backend/shared/failures';
import { alertMessage } from '../domain/alert';
import { sendEmail } from './email';
import { isMailAddress } from './mailer';
import { isWebhookSecret, newWebhookSecret } from './webhook-signature';

const message = alertMessage({
  alert: { key: 'alert:food:2026-03:100', kind: 'over', pct: 100 },
  userId: 'u1',
  month: '2026-03',
  budget: {
    budgetId: 'food',
    name: 'Food',
    currency: 'JPY',
    limitMinor: '0',
    spentMinor: '500',
    remainingMinor: '-500',
    pctTenths: null,
    period: { from: '2026-03-15', to: '2026-04-15' },
    topCategories: [],
  },
  reportBaseUrl: undefined,
});

test('monthly-budget 11: a worker without a mail server refuses an e-mail target for good', async () => {
  const error = await sendEmail({ mailer: undefined, address: 'a@example.org', message }).catch((e: unknown) => e);
  expect(failureType(error)).toBe('TargetUnsupported');
});

test.each([
  [{ code: 'EENVELOPE', responseCode: 550 }, 'MailRefused'],
  [{ code: 'EMESSAGE', responseCode: 554 }, 'MailRefused'],
  [{ code: 'EENVELOPE', responseCode: 450 }, 'MailUnavailable'],
  [{ code: 'EAUTH', responseCode: 535 }, 'MailUnavailable'],
  [{ code: 'ECONNECTION' }, 'MailUnavailable'],
  [{}, 'MailUnavailable'],
])(
  'monthly-budget 11: the error %j of a mail server is %s, and its own text, which may hold the address, is left out',
  async (of, type) => {
    const mailer = async () => Promise.reject(Object.assign(new Error('550 <a@example.org> is unknown'), of));
    const error = await sendEmail({ mailer, address: 'a@example.org', message }).catch((e: unknown) => e);
    expect(failureType(error)).toBe(type);
    expect((error as Error).message).not.toContain('example.org');
  },
);

test('monthly-budget 10: without the start of links there is no link, and a limit of 0 has no per cent', async () => {
  const sent: { subject: string; text: string; html: string }[] = [];
  await sendEmail({ mailer: async (mail) => void sent.push(mail), address: 'a@example.org', message });
  expect(message).not.toHaveProperty('link');
  expect(sent[0]!.subject).toBe('Food is over its limit in March 2026');
  expect(sent[0]!.text).toContain('Spent    500 JPY\n');
  expect(sent[0]!.text).toContain('Over by  500 JPY\n');
  expect(sent[0]!.text).toContain('15 March 2026 to 14 April 2026');
  expect(`${sent[0]!.text}${sent[0]!.html}`).not.toMatch(/%.*%.*%|null|undefined|href/);
});

test.each(['a@example.org', 'first.last+tag@sub.example.co', 'jürgen@example.org'])(
  'monthly-budget 1: %s is an address for alerts',
  (text) => expect(isMailAddress(text)).toBe(true),
);

test.each([
  '',
  'a',
  'a@',
  '@b.org',
  'a@b',
  'a@b.org, c@d.org',
  'A <a@b.org>',
  'a@b.org\r\nBcc: c@d.org',
  'a b@c.org',
  `${'a'.repeat(65)}@b.org`,
])('monthly-budget 1: %j is not one address', (text) => expect(isMailAddress(text)).toBe(false));

test('monthly-budget 11: secrets of webhooks are 24 to 64 bytes, and each new one is another', () => {
  expect(isWebhookSecret(newWebhookSecret())).toBe(true);
  expect(newWebhookSecret()).not.toBe(newWebhookSecret());
  for (const text of [
    '',
    'whsec_',
    'whsec_c2hvcnQ=',
    `whsec_${'A'.repeat(100)}`,
    newWebhookSecret().slice(6),
    'whsec_%%%%',
  ])
    expect(isWebhookSecret(text)).toBe(false);
});
