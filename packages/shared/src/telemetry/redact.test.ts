import fc from 'fast-check';
import pg from 'pg';
import { ApplicationFailure } from '@temporalio/common';
import { createLogger } from './logger';
import { createRedactor } from './redact';
import { knownSecrets } from './secrets';

const ENV = {
  DATABASE_URL: 'postgres://tracc_worker:db%2Fpass-c4n4ry@db.example:5432/tracc',
  SMTP_URL: 'smtp://mailer:smtp-c4n4ry-pass@mail.example',
  TEMPORAL_API_KEY: 'temporal-c4n4ry-key',
  LLM_API_KEY: 'llm-c4n4ry-key',
  PAYLOAD_KEYS: 'k1:Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LWNhbmE=,k0:b2xkZXItY2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXI=',
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20b3RlbDpjNG40cnktaGVhZGVy',
  LLM_BASE_URL: 'https://llm.example/v1?region=north-1&api-key=query%2Fc4n4ry-key',
  LOG_LEVEL: 'debug',
};

/** What `write` logs, as lines. */
function linesOf(write: (log: ReturnType<typeof createLogger>) => void, secrets: readonly string[] = []): string[] {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  write(createLogger({ name: 'test', level: 'debug', redactor: createRedactor(secrets), destination }));
  return lines;
}

const lineOf = (fields: object, message = 'a message') => linesOf((log) => log.info(fields, message)).join('');

/** An error as node-postgres throws it, with the row in its fields. */
function databaseError(fields: Partial<pg.DatabaseError> & { message: string }): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(fields.message, 100, 'error'), fields);
}

describe('values of the environment', () => {
  const secrets = knownSecrets(ENV, ['from-a-c4n4ry-file', undefined, () => 'no text']);

  test('are those of variables that are named as secrets, of URLs, of keys and of headers', () => {
    expect([...secrets].sort()).toEqual(
      [
        'db%2Fpass-c4n4ry',
        'db/pass-c4n4ry',
        'smtp-c4n4ry-pass',
        'temporal-c4n4ry-key',
        'llm-c4n4ry-key',
        'Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LWNhbmE=',
        'b2xkZXItY2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXI=',
        'Basic%20b3RlbDpjNG40cnktaGVhZGVy',
        'Basic b3RlbDpjNG40cnktaGVhZGVy',
        'b3RlbDpjNG40cnktaGVhZGVy',
        'query%2Fc4n4ry-key',
        'query/c4n4ry-key',
        'from-a-c4n4ry-file',
      ].sort(),
    );
  });

  test('reliability S10: none is in a line, wherever and however it came to be in one', () => {
    const places: readonly ((secret: string) => (log: ReturnType<typeof createLogger>) => void)[] = [
      (secret) => (log) => log.info(`it said ${secret}!`),
      (secret) => (log) => log.info('it said %s and %j', secret, { secret }),
      (secret) => (log) => log.info({ deep: [{ down: { in: [secret, `<${secret}>`] } }] }, 'a message'),
      (secret) => (log) => log.info({ [secret]: 1, [`x${secret}`]: [secret] }, 'a message'),
      (secret) => (log) => log.child({ bound: secret }).info('a message'),
      (secret) => (log) => log.error({ err: new Error(secret, { cause: new Error(`inner ${secret}`) }) }, 'failed'),
      (secret) => (log) => log.error(new AggregateError([new Error(secret)], secret)),
      (secret) => (log) => log.error({ failure: ApplicationFailure.create({ message: secret, details: [secret] }) }),
      (secret) => (log) => log.warn({ text: JSON.stringify({ nested: JSON.stringify(secret) }) }, 'a message'),
      (secret) => (log) => log.warn({ url: `https://h.example/?q=${encodeURIComponent(secret)}` }, 'a message'),
      (secret) => (log) => log.warn({ encoded: Buffer.from(secret).toString('base64') }, 'a message'),
    ];
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme' }).filter((secret) => /[^\s\d]{4}/.test(secret)),
        fc.constantFrom(...places),
        fc.string({ maxLength: 20 }),
        (secret, place, around) => {
          // The words of the line itself are no leak.
          fc.pre(!'it said a message deep down in inner failed redacted'.includes(secret.trim()));
          const [line, ...more] = linesOf((log) => place(secret)(log.child({ around })), [secret]);
          expect(more).toEqual([]);
          expect(JSON.stringify(JSON.parse(line!))).not.toContain(JSON.stringify(secret).slice(1, -1));
          expect(JSON.parse(line!)).toMatchObject({ name: 'test' });
        },
      ),
    );
  });

  test('a short value is left: it would cut words out of every line', () => {
    expect(knownSecrets({ DATABASE_URL: 'postgres://u:tracc@h/db' })).toEqual([]);
  });
});

describe('what looks like a secret or like a person', () => {
  const redact = createRedactor();

  test.each([
    ['postgres://worker:h4nter2@db:5432/tracc refused', 'h4nter2'],
    ['postgres://worker:h4n/t@er#2@db:5432/tracc refused', 'er#2'],
    ['GET https://api.example/v1/events?key=c4n4ry&x=1 failed', 'c4n4ry'],
    ['POST /hooks?token=c4n4ry', 'c4n4ry'],
    ['https://example.org/cb#access_token=c4n4ry', 'c4n4ry'],
    ['Authorization: Bearer c4n4ry.token-1', 'c4n4ry'],
    ['{"authorization":"Basic dXNlcjpjNG40cnk="}', 'dXNlcjpjNG40cnk'],
    ['sent with bearer c4n4ryAbc1', 'c4n4ryAbc1'],
    ['x-api-key: c4n4ry', 'c4n4ry'],
    ['set-cookie: sid=c4n4ry; Path=/', 'c4n4ry'],
    ['password=c4n4ry host=db user=tracc', 'c4n4ry'],
    ["the client_secret is 'c4n4ry with spaces'", 'c4n4ry'],
    ['Incorrect API key provided: sk-proj-c4n4ryc4n4ry1234', 'c4n4ry'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjNG40cnkifQ.c2ln', 'eyJzdWIi'],
    ['-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n-----END EC PRIVATE KEY-----', 'MHcCAQ'],
    ['AKIAABCDEFGHIJKLMNOP', 'AKIA'],
    ['duplicate key: Key (payee)=(Asha (c4n4ry) Patel) already exists.', 'Asha'],
    ['Failing row contains (7, c4n4ry, 12.50).', 'c4n4ry'],
    ['invalid input syntax for type uuid: "c4n4ry"', 'c4n4ry'],
    ['550 5.1.1 <asha.patel+bank@mail.example.org> unknown', 'asha'],
    ['mail to jürgen@müller.example', 'jürgen'],
    ['to DE89 3704 0044 0532 0130 00 now', '3704'],
    ['to de89370400440532013000 now', '37040044'],
    ['card 4111 1111 1111 1111', '1111'],
    ['Asha Patel spent 1,234.56 EUR', '1,234.56'],
    ['Asha Patel spent 1234', '1234'],
    ['Asha Patel: EUR 99.10 in all', '99.10'],
    ['Asha hat 1.234,56 bekommen', '1.234'],
    ['₹1,00,000 went to Asha', '1,00,000'],
  ])('reliability S10: %s', (text, secret) => {
    expect(redact.text(text)).not.toContain(secret);
    expect(lineOf({ text }, text)).not.toContain(secret);
  });

  test.each([
    'tracc/import/0198c1de-89ab-7cde-8f01-23456789abcd',
    'https://otel.example:4318/v1/traces',
    'at Worker.run (file:///srv/node_modules/@temporalio/worker/lib/worker.js:10:3)',
    'at run (/srv/node_modules/@temporalio/worker/lib/worker.js:10:3)',
    'nodejs 24.4.1, sdk 1.24.0, 12 rows in 0.35 s at 2026-11-21T10:00:00.000Z',
    'password authentication failed for user "tracc_worker"',
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  ])('%s stays', (text) => {
    expect(redact.text(text)).toBe(text);
  });

  test('a text of any form is bounded, and takes no more than linear time', () => {
    for (const piece of [
      'a',
      'a-',
      'a.',
      '@a.',
      'https://a',
      '1,',
      '1 ',
      'AB12 ',
      'Key (',
      'bearer ',
      'secret=',
      ':"',
      '€1',
      'a://b:c',
    ])
      expect(redact.text(piece.repeat(10_000)).length).toBeLessThan(9000);
  });
});

describe('fields', () => {
  test('reliability S10: those that hold secrets, rows or people are cut at any depth', () => {
    const line = lineOf({
      request: { headers: { cookie: 'c4n4ry' }, apiKey: 'c4n4ry', nested: [{ Password: 'c4n4ry' }] },
      config: { DATABASE_PASSWORD: 'c4n4ry', llm: { api_key: { value: 'c4n4ry' } } },
      row: { id: 'c4n4ry' },
      transaction: { payee: 'c4n4ry', amountMinor: 123456, spentAmount: '123456', email: 'c4n4ry' },
      parameters: ['c4n4ry'],
    });
    expect(line).not.toMatch(/c4n4ry|123456/);
  });

  test('ids and counts stay', () => {
    const fields = {
      workflowId: 'tracc/import/i1',
      runId: '0198c1de-89ab-7cde-8f01-23456789abcd',
      traceId: 'de89370400440532013000de89370400',
      tokensIn: 1200,
      attempt: 2,
      port: 8081,
    };
    expect(JSON.parse(lineOf(fields))).toMatchObject({ ...fields, level: 'info', name: 'test', msg: 'a message' });
  });
});

describe('errors', () => {
  test('reliability S10: of a database error the type, the SQLSTATE and a message without the value are told', () => {
    const error = databaseError({
      message: 'invalid input syntax for type bigint: "c4n4ry"',
      code: '22P02',
      detail: 'Failing row contains (c4n4ry).',
      where: `unnamed portal parameter $1 = 'c4n4ry'`,
    });
    const [line] = linesOf((log) => log.error({ err: new Error('the posting failed', { cause: error }) }, 'failed'));
    expect(line).not.toContain('c4n4ry');
    expect(JSON.parse(line!)).toMatchObject({
      err: {
        message: 'the posting failed',
        cause: { code: '22P02', message: 'invalid input syntax for type bigint: "[redacted]"' },
      },
    });
    expect(JSON.parse(line!).err.stack).toMatch(/^at /);
  });

  test('reliability S10: of an HTTP error with request and response nothing but what names it is told', () => {
    const error = Object.assign(new Error('401 from the provider: key sk-c4n4ryc4n4ryc4n4ry'), {
      name: 'ProviderError',
      code: 'ERR_PROVIDER',
      request: { headers: { authorization: 'Bearer c4n4ry' }, body: 'c4n4ry' },
      response: { headers: { 'set-cookie': 'c4n4ry' }, data: 'c4n4ry' },
    });
    const [line] = linesOf((log) => log.warn({ failure: error }, 'asked in vain'));
    expect(line).not.toContain('c4n4ry');
    expect(JSON.parse(line!).failure).toMatchObject({ type: 'ProviderError', code: 'ERR_PROVIDER' });
  });

  test('causes in a circle end', () => {
    const error: Error & { cause?: unknown } = new Error('round');
    error.cause = error;
    expect(linesOf((log) => log.error(error))).toHaveLength(1);
  });
});
