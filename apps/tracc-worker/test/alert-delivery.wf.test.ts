import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGuardedFetch } from '@backend/shared/http';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { type MonthlyBudgetResult, WORKFLOW_TYPES, budgetWorkflowId } from '../src/contract';
import { createMailer, newWebhookSecret } from '../src/notifications';
import { type TraccRig, addUser, startTraccRig } from './support';

const USER = 'u1';
const ADDRESS = 'reader@example.org';
const SECRET = newWebhookSecret();
let rig: TraccRig;
let receiver: Server;
let mailServer: SMTPServer;
let url: string;
let month = '';

interface Received {
  readonly at: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}
const posts: Received[] = [];
const received: Buffer[] = [];
let mails: Email[] = [];
/** What the receivers answer, in turn; 200 and accepted when nothing is left. */
let answers: { status: number; headers?: Record<string, string> }[] = [];
let refuseMail: { responseCode: number; stage: 'rcpt' | 'data' }[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      posts.push({ at: Date.now(), headers: request.headers, text: Buffer.concat(parts).toString() });
      const { status, headers } = answers.shift() ?? { status: 200 };
      response.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  url = `http://${host}/alerts?token=hidden`;

  mailServer = new SMTPServer({ authOptional: true, disabledCommands: ['STARTTLS'], ...mailHandlers() });
  await new Promise<void>((resolve) => mailServer.listen(0, '127.0.0.1', resolve));
  const { port } = mailServer.server.address() as AddressInfo;

  rig = await startTraccRig({
    deps: {
      fetch: createGuardedFetch({ allowHosts: [host] }),
      mailer: createMailer({ url: `smtp://127.0.0.1:${port}`, from: 'tracc <alerts@tracc.example>' }),
      reportBaseUrl: 'https://tracc.example/reports/',
    },
  });
  await addUser(rig.database, USER);
  await rig.database.query(
    `insert into categories (user_id, category_id, name, kind) values ($1, 'treats', 'Treats & <Sweets>', 'expense'), ($1, 'bus', 'Bus', 'expense')`,
    [USER],
  );
});
beforeEach(() => {
  posts.length = 0;
  received.length = 0;
  mails = [];
  answers = [];
  refuseMail = [];
});
afterEach(async () => rig.verify());
afterAll(async () => {
  await rig.stop();
  receiver.close();
  await new Promise<void>((resolve) => mailServer.close(() => resolve()));
});

function mailHandlers(): Pick<SMTPServerOptions, 'onRcptTo' | 'onData'> {
  const refusal = (stage: 'rcpt' | 'data') => {
    if (refuseMail[0]?.stage !== stage) return undefined;
    return Object.assign(new Error('not taken'), { responseCode: refuseMail.shift()!.responseCode });
  };
  return {
    onRcptTo: (_address, _session, done) => done(refusal('rcpt')),
    onData(stream, _session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const refused = refusal('data');
        if (refused) return done(refused);
        received.push(Buffer.concat(parts));
        done();
      });
    },
  };
}

/** A month of its own for each test: 940.00 of 1,000.00 spent, in four categories, in a budget with these targets. */
async function overspend(
  wanted: string,
  notify: unknown[],
  { limit = 100_000, budgetId = `b-${wanted}` }: { limit?: number; budgetId?: string } = {},
): Promise<string> {
  month = wanted;
  await rig.database.query(`update budgets set archived_at = now()`);
  await rig.database.query(
    `insert into budgets (budget_id, user_id, name, currency, zone, limit_minor, rollover_since, notify) values ($1, $2, 'Fun & Food', 'EUR', 'Europe/Berlin', $3, $4, $5)`,
    [budgetId, USER, limit, wanted, JSON.stringify(notify)],
  );
  await rig.database.query(
    `insert into budget_categories (user_id, budget_id, category_id) select $1, $2, unnest(array['food', 'rent', 'treats', 'bus'])`,
    [USER, budgetId],
  );
  await rig.database.query(
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, category_id, description, payee)
     select $1, 'checking', ($2 || '-05')::date, amount, 'EUR', category, 'PRIVATE DESCRIPTION', 'PRIVATE PAYEE'
     from (values (-50000, 'rent'), (-30000, 'food'), (-10000, 'treats'), (-4000, 'bus')) as rows (amount, category)`,
    [USER, wanted],
  );
  return budgetId;
}

async function start() {
  return rig.start(WORKFLOW_TYPES.monthlyBudget, {
    workflowId: budgetWorkflowId({ userId: USER, month }),
    args: [{ userId: USER, month, mode: 'check' }],
  });
}

async function check(): Promise<MonthlyBudgetResult> {
  const result = (await (await start()).result()) as MonthlyBudgetResult;
  mails = await Promise.all(received.map(async (raw) => PostalMime.parse(raw)));
  return result;
}

/** Runs the check and reads from its history how often the alert was tried, and how long after the first try the last one began. */
async function checkTries(): Promise<{ result: MonthlyBudgetResult; tries: number; waitedMs: number }> {
  const handle = await start();
  const result = (await handle.result()) as MonthlyBudgetResult;
  const events = (await handle.fetchHistory()).events ?? [];
  const scheduled = events.find(
    ({ activityTaskScheduledEventAttributes: activity }) => activity?.activityType?.name === 'sendBudgetAlert',
  )!;
  const started = events.find(({ activityTaskStartedEventAttributes: attempt }) =>
    attempt?.scheduledEventId?.equals(scheduled.eventId!),
  )!;
  const ms = ({ eventTime }: typeof started) => Number(eventTime!.seconds) * 1000 + (eventTime!.nanos ?? 0) / 1e6;
  return {
    result,
    tries: started.activityTaskStartedEventAttributes!.attempt!,
    waitedMs: ms(started) - ms(scheduled),
  };
}

const deliveries = (result: MonthlyBudgetResult) =>
  result.budgets[0]!.alerts.map(({ pct, delivery }) => [pct, delivery]);

test('monthly-budget 10: a webhook gets budget, period, limit, spent, remaining, percent, top 3 categories and link, and no row', async () => {
  const budgetId = await overspend('2025-01', [{ kind: 'webhook', url }]);
  await check();
  expect(posts).toHaveLength(1);
  expect(JSON.parse(posts[0]!.text)).toEqual({
    type: 'budget.alert',
    key: `alert:${budgetId}:2025-01:80`,
    kind: 'warning',
    thresholdPct: 80,
    userId: USER,
    month: '2025-01',
    budget: {
      budgetId,
      name: 'Fun & Food',
      currency: 'EUR',
      limitMinor: '100000',
      spentMinor: '94000',
      remainingMinor: '6000',
      pctTenths: 940,
      period: { from: '2025-01-01', to: '2025-02-01' },
      topCategories: [
        { name: 'Rent', spentMinor: '50000' },
        { name: 'Food', spentMinor: '30000' },
        { name: 'Treats & <Sweets>', spentMinor: '10000' },
      ],
    },
    link: 'https://tracc.example/reports/u1/2025-01',
  });
  expect(posts[0]!.text).not.toContain('PRIVATE');
});

test('common: a webhook gets our key as Idempotency-Key, also for a budget whose id is not ASCII', async () => {
  await overspend('2025-02', [{ kind: 'webhook', url }], { budgetId: 'essen für zwei' });
  await check();
  expect(posts[0]!.headers['idempotency-key']).toBe('alert:essen%20f%C3%BCr%20zwei:2025-02:80');
});

test('monthly-budget 11: a webhook with a secret is signed as Standard Webhooks says, and anything changed is noticed', async () => {
  await overspend('2025-03', [{ kind: 'webhook', url, secret: SECRET }]);
  answers = [{ status: 503 }];
  await check();
  expect(posts).toHaveLength(2);
  for (const { headers, text } of posts) {
    const signed = headers as Record<string, string>;
    expect(new Webhook(SECRET).verify(text, signed)).toEqual(JSON.parse(text));
    expect(() => new Webhook(SECRET).verify(text.replace('94000', '94001'), signed)).toThrow();
    expect(() => new Webhook(newWebhookSecret()).verify(text, signed)).toThrow();
    expect(() => new Webhook(SECRET).verify(text, { ...signed, 'webhook-id': 'other' })).toThrow();
  }
  expect(new Set(posts.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(new Set(posts.map(({ text }) => text)).size).toBe(1);
});

test('monthly-budget 11: a webhook without a secret is not signed', async () => {
  await overspend('2025-04', [{ kind: 'webhook', url }]);
  await check();
  expect(posts[0]!.headers).not.toHaveProperty('webhook-signature');
});

test.each([
  ['retry-after', '1200', 1_200_000, '2025-05'],
  ['retry-after-ms', '90000', 90_000, '2025-06'],
])('monthly-budget 11: the wait that a webhook asks for with %s is kept to', async (name, value, waitMs, of) => {
  await overspend(of, [{ kind: 'webhook', url }]);
  answers = [{ status: 429, headers: { [name]: value } }];
  const { result, tries, waitedMs: passed } = await checkTries();
  expect(deliveries(result)).toEqual([[80, 'sent']]);
  expect([posts.length, tries]).toEqual([2, 2]);
  expect(passed).toBeGreaterThanOrEqual(waitMs);
  expect(passed).toBeLessThan(waitMs + 60_000);
});

test('monthly-budget 11: without a wait asked for, ten attempts are spread by a backoff from 1 s that doubles', async () => {
  await overspend('2025-07', [{ kind: 'webhook', url }]);
  answers = Array.from({ length: 10 }, () => ({ status: 502 }));
  const { result, tries, waitedMs: passed } = await checkTries();
  expect(deliveries(result)).toEqual([[80, 'failed']]);
  expect([posts.length, tries]).toEqual([10, 10]);
  // 1 + 2 + 4 + … + 256 s lie between ten attempts.
  expect(passed).toBeGreaterThanOrEqual(511_000);
  expect(passed).toBeLessThan(600_000);
});

test('monthly-budget 11: a refusal (4xx) is final, and the target is not asked again while another one is', async () => {
  await overspend('2025-08', [
    { kind: 'webhook', url: `${url}&first` },
    { kind: 'webhook', url },
  ]);
  answers = [{ status: 410 }, { status: 503 }, { status: 200 }];
  expect(deliveries(await check())).toEqual([[80, 'failed']]);
  expect(posts).toHaveLength(3);
  expect(
    await rig.database.query(
      `select target, refusal from alert_deliveries where alert_key = 'alert:b-2025-08:2025-08:80' order by refusal`,
    ),
  ).toEqual([
    { target: `webhook:${url}&first`, refusal: 'WebhookRefused' },
    { target: `webhook:${url}`, refusal: null },
  ]);
});

test.each(['http://127.0.0.1:9/hook', 'http://10.0.0.8/hook', 'http://169.254.169.254/latest', 'http://localhost:9/'])(
  'monthly-budget 11: a webhook to %s, which nobody allowed by name, is refused without a call',
  async (address) => {
    const of = `2024-0${1 + ['127', '10.', '169', 'loc'].findIndex((start) => address.includes(`//${start}`))}`;
    await overspend(of, [{ kind: 'webhook', url: address }]);
    const { result, tries } = await checkTries();
    expect(deliveries(result)).toEqual([[80, 'failed']]);
    // Final at once: no attempt is repeated.
    expect(tries).toBe(1);
  },
);

test('monthly-budget 10, 11: an e-mail says what the webhook says, in text and HTML, and its subject names no amount and no row', async () => {
  await overspend('2025-09', [{ kind: 'email', address: ADDRESS }]);
  expect(deliveries(await check())).toEqual([[80, 'sent']]);
  expect(mails).toHaveLength(1);
  const [mail] = mails;
  expect(mail).toMatchObject({
    subject: 'Fun & Food has used 94.0% of its limit in September 2025',
    from: { name: 'tracc', address: 'alerts@tracc.example' },
    to: [{ address: ADDRESS }],
  });
  for (const fact of [
    '940.00 EUR',
    '1,000.00 EUR',
    '60.00 EUR',
    '94.0%',
    '1 September 2025',
    '30 September 2025',
    'Rent',
    '500.00 EUR',
    'https://tracc.example/reports/u1/2025-09',
  ]) {
    expect(mail!.text).toContain(fact);
    expect(mail!.html).toContain(fact);
  }
  expect(mail!.text).toContain('Treats & <Sweets>');
  expect(mail!.html).toContain('Treats &amp; &lt;Sweets&gt;');
  expect(mail!.html).not.toContain('<Sweets>');
  expect(`${mail!.text}${mail!.html}`).not.toMatch(/PRIVATE|Bus/);
});

test('monthly-budget 11: an e-mail that is repeated has the same Message-ID, and 4yz of the mail server is retried', async () => {
  await overspend('2025-10', [
    { kind: 'email', address: ADDRESS },
    { kind: 'webhook', url },
  ]);
  refuseMail = [
    { responseCode: 451, stage: 'rcpt' },
    { responseCode: 452, stage: 'data' },
  ];
  expect(deliveries(await check())).toEqual([[80, 'sent']]);
  expect(mails).toHaveLength(1);
  expect(posts).toHaveLength(1);
  const { messageId } = mails[0]!;
  expect(messageId).toMatch(/^<[0-9a-f]{32}@tracc\.example>$/);

  await rig.database.query(`update alerts set delivery = 'pending' where month = '2025-10'`);
  await rig.database.query(`delete from alert_deliveries where target like 'email:%'`);
  await check();
  expect(mails.map((mail) => mail.messageId)).toEqual([messageId, messageId]);
  expect(posts).toHaveLength(1);
});

test('monthly-budget 11: 5yz of the mail server is final, without the address in the failure', async () => {
  await overspend('2025-11', [{ kind: 'email', address: ADDRESS }]);
  refuseMail = [{ responseCode: 550, stage: 'rcpt' }];
  const handle = await start();
  expect(deliveries((await handle.result()) as MonthlyBudgetResult)).toEqual([[80, 'failed']]);
  expect(received).toEqual([]);
  const { events } = await handle.fetchHistory();
  const failure = events?.find(({ activityTaskFailedEventAttributes: failed }) => failed)
    ?.activityTaskFailedEventAttributes?.failure;
  expect(failure?.applicationFailureInfo).toMatchObject({ type: 'MailRefused', nonRetryable: true });
  expect(JSON.stringify(events)).not.toContain(ADDRESS);
  expect(JSON.stringify(events)).not.toContain('token=hidden');
});
