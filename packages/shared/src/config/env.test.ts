import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import {
  ConfigError,
  FILE_ENV,
  WORKER_ENV,
  isHostPort,
  profileOf,
  readEnv,
  readTogether,
  setting,
  stackEnvFile,
  withStackEnv,
} from '.';

const SPEC = {
  DATABASE_URL: setting.url('the database', ['postgres:', 'postgresql:']),
  PROBE_PORT: setting.integer('the port', { min: 0, max: 65_535 }, 8081),
  LEVEL: setting.oneOf('the level', ['debug', 'info'], 'info'),
  NAME: setting.text('the name'),
  TOKEN: setting.optionalText('the token'),
  LINK: setting.optionalUrl('the link', ['https:']),
  HOSTS: setting.list('the hosts'),
};
const GOOD = { DATABASE_URL: 'postgres://u:hunter2@127.0.0.1/db', NAME: 'n' };

const problemsOf = (env: Record<string, string | undefined>): readonly string[] => {
  try {
    readEnv(SPEC, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

test('platform: settings are read, typed and frozen, with their defaults', () => {
  const env = readEnv(SPEC, { ...GOOD, HOSTS: ' a:1, ,b:2 ', UNKNOWN: 'x' });
  expect(env).toEqual({
    DATABASE_URL: GOOD.DATABASE_URL,
    PROBE_PORT: 8081,
    LEVEL: 'info',
    NAME: 'n',
    TOKEN: undefined,
    LINK: undefined,
    HOSTS: ['a:1', 'b:2'],
  });
  expect(Object.isFrozen(env)).toBe(true);
});

test('platform: all missing and wrong names are reported at once, each with what it should be', () => {
  const problems = problemsOf({ PROBE_PORT: '70000', LEVEL: 'loud', LINK: 'http://x', NAME: '' });
  expect(problems).toEqual([
    'DATABASE_URL is missing: the database; it should be a URL that starts with postgres:// or postgresql://.',
    'PROBE_PORT is wrong: the port; it should be an integer from 0 to 65535.',
    'LEVEL is wrong: the level; it should be one of debug, info.',
    'NAME is missing: the name; it should be a text that is not empty.',
    'LINK is wrong: the link; it should be a URL that starts with https://.',
  ]);
  expect(() => readEnv(SPEC, {})).toThrow(
    /^The configuration is not usable:\n {2}DATABASE_URL is missing.*\n {2}NAME is missing/,
  );
});

test('platform: what several readers find wrong is reported at once too', () => {
  const reader = (env: Record<string, string>) => () => readEnv(SPEC, { ...GOOD, ...env });
  const read = () =>
    readTogether({ one: reader({ PROBE_PORT: 'x' }), two: reader({}), three: reader({ LEVEL: 'loud' }) });
  expect(read).toThrow(/^The configuration is not usable:\n {2}PROBE_PORT is wrong.*\n {2}LEVEL is wrong[^\n]*$/);
  expect(readTogether({ one: () => 1, two: () => 'b' })).toEqual({ one: 1, two: 'b' });
  const boom = new Error('boom');
  expect(() =>
    readTogether({
      one: () => {
        throw boom;
      },
    }),
  ).toThrow(boom);
});

test('platform: a single problem is one line', () => {
  expect(() => readEnv(SPEC, { ...GOOD, LEVEL: 'loud' })).toThrow(
    'The configuration is not usable: LEVEL is wrong: the level; it should be one of debug, info.',
  );
});

test.each([
  [{}, 'local'],
  [{ NODE_ENV: 'production' }, 'production'],
  [{ NODE_ENV: 'production', PROFILE: 'local' }, 'local'],
  [{ NODE_ENV: 'development', PROFILE: 'production' }, 'production'],
  [{ PROFILE: '' }, 'local'],
  [{ PROFILE: 'prod' }, 'production'],
] as const)('platform: the profile of %j is %s', (env, profile) => {
  expect(profileOf(env)).toBe(profile);
});

test.each([
  ['127.0.0.1:7233', true],
  ['temporal-frontend.temporal.svc:7233', true],
  ['[::1]:7233', true],
  ['a_b:1', true],
  ['temporal', false],
  ['temporal:', false],
  [':7233', false],
  ['temporal:65536', false],
  ['https://temporal:7233', false],
  ['temporal:7233/', false],
  ['::1:7233', false],
])('platform: whether %s is host:port is %s', (text, is) => {
  expect(isHostPort(text)).toBe(is);
});

test('platform: an empty value is one that was not given', () => {
  expect(readEnv(SPEC, { ...GOOD, PROBE_PORT: '', TOKEN: '', HOSTS: '' })).toMatchObject({
    PROBE_PORT: 8081,
    TOKEN: undefined,
    HOSTS: [],
  });
});

test.each(['1.5', '1e3', '0x10', ' 80', '80 ', '-1', '65536', 'NaN', '99999999999999999999', '٨٠'])(
  'platform: %j is not a port',
  (text) => {
    expect(problemsOf({ ...GOOD, PROBE_PORT: text })).toHaveLength(1);
  },
);

test('platform: no value is ever in the message, since it may be a secret', () => {
  const secret = fc.string({ minLength: 8 }).map((text) => `s3cr3t-${text}`);
  fc.assert(
    fc.property(secret, (value) => {
      const problems = problemsOf({ DATABASE_URL: value, PROBE_PORT: value, LEVEL: value, LINK: value, NAME: value });
      expect(problems).toHaveLength(4);
      for (const problem of problems) expect(problem).not.toContain('s3cr3t-');
    }),
  );
});

test('platform: every variable of the workers says in words what it is and what it should be', () => {
  for (const { describe: words, expects } of Object.values({ ...WORKER_ENV, ...FILE_ENV })) {
    expect(words).toMatch(/^\S.{8,}[^.]$/);
    expect(expects).not.toBe('');
  }
});

describe('the file of the embedded stack', () => {
  const root = mkdtempSync(path.join(os.tmpdir(), 'stack-env-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(path.join(root, '.devstack'));
  writeFileSync(
    stackEnvFile(root, 'tracc'),
    'DATABASE_URL=postgres://stack\nTEMPORAL_ADDRESS=127.0.0.1:7\n# words\nnot a line\n',
  );

  test('platform: completes what is not set, and what is set wins', () => {
    const env = withStackEnv({ DATABASE_URL: 'postgres://mine', PATH: '/bin' }, { root, tenant: 'tracc' });
    expect(env).toEqual({ DATABASE_URL: 'postgres://mine', TEMPORAL_ADDRESS: '127.0.0.1:7', PATH: '/bin' });
  });

  test('platform: is not read in production, nor for another tenant', () => {
    expect(withStackEnv({ NODE_ENV: 'production' }, { root, tenant: 'tracc' })).toEqual({ NODE_ENV: 'production' });
    expect(withStackEnv({ PROFILE: 'production' }, { root, tenant: 'tracc' })).toEqual({ PROFILE: 'production' });
    expect(withStackEnv({}, { root, tenant: 'timeline' })).toEqual({});
  });
});
