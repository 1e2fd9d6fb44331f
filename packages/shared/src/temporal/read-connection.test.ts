import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connectionSecrets, temporalSettings } from '.';

const directory = mkdtempSync(path.join(os.tmpdir(), 'read-connection-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  const place = path.join(directory, name);
  writeFileSync(place, text);
  return place;
};
/** Nobody's own settings. */
const NONE = { TEMPORAL_CONFIG_FILE: file('none.toml', '[profile.default]\n') };
const PAYLOAD_KEYS = `k1:${Buffer.alloc(32).toString('base64')}`;

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    temporalSettings({ ...NONE, ...env }, { namespace: 'own' });
    return [];
  } catch (error) {
    return (error as { problems: readonly string[] }).problems;
  }
};

test('platform: without settings the server is the one of this machine', () => {
  expect(temporalSettings(NONE, { namespace: 'own' })).toMatchObject({ address: '127.0.0.1:7233', namespace: 'own' });
});

test('reliability S10: keys that came from files are known as secrets too', () => {
  const toml = file(
    'keys.toml',
    '[profile.cloud]\naddress = "cloud:7233"\napi_key = "from-toml"\n[profile.cloud.grpc_meta]\nx-gate = "Bearer at-the-gate"\ntemporal-namespace = "own.account"\n',
  );
  const keys = file('payload-keys', `${PAYLOAD_KEYS}\n`);
  const settings = temporalSettings(
    { TEMPORAL_CONFIG_FILE: toml, TEMPORAL_PROFILE: 'cloud', PAYLOAD_KEYS_FILE: keys },
    { namespace: 'own' },
  );
  expect(connectionSecrets(settings)).toEqual([
    'from-toml',
    'Bearer at-the-gate',
    'at-the-gate',
    Buffer.alloc(32).toString('base64'),
  ]);
});

test('platform: a profile of temporal.toml is as good as variables, and they win', () => {
  const toml = file(
    'temporal.toml',
    '[profile.cloud]\naddress = "cloud:7233"\nnamespace = "theirs"\napi_key = "secret"\n',
  );
  const env = { TEMPORAL_CONFIG_FILE: toml, TEMPORAL_PROFILE: 'cloud', PROFILE: 'production', PAYLOAD_KEYS };
  expect(temporalSettings(env, { namespace: 'own' })).toMatchObject({
    address: 'cloud:7233',
    connection: { tls: true, apiKey: 'secret' },
  });
  expect(temporalSettings({ ...env, TEMPORAL_ADDRESS: 'mine:1' }, { namespace: 'own' }).address).toBe('mine:1');
});

test.each([
  ['an address without a port', { TEMPORAL_ADDRESS: 'temporal' }, /^TEMPORAL_ADDRESS is wrong/],
  ['a URL', { TEMPORAL_ADDRESS: 'grpc://temporal:7233' }, /^TEMPORAL_ADDRESS is wrong/],
  ['a switch that would be taken for off', { TEMPORAL_TLS: 'yes' }, /^TEMPORAL_TLS is wrong/],
  ['a file of settings that is not there', { TEMPORAL_CONFIG_FILE: '/nowhere.toml' }, /^TEMPORAL_CONFIG_FILE is wrong/],
  ['a profile that is not in it', { TEMPORAL_PROFILE: 'cloud' }, /^TEMPORAL_CONFIG_FILE is wrong: .*TEMPORAL_PROFILE/],
  [
    'a certificate that is not there',
    { TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere.pem' },
    /^TEMPORAL_TLS_SERVER_CA_CERT_PATH is wrong/,
  ],
  ['text that is no certificate', { TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'x' }, /^TEMPORAL_TLS_SERVER_CA_CERT_PATH \(or/],
])('platform: %s is named', (_what, env, sentence) => {
  expect(problemsOf(env)).toEqual([expect.stringMatching(sentence)]);
});

test('platform: of a client certificate both halves have to be given, and be PEM', () => {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const key = { TEMPORAL_TLS_CLIENT_KEY_PATH: file('key.pem', privateKey) };
  const noConfigFile = { TEMPORAL_CONFIG_FILE: '', XDG_CONFIG_HOME: directory };
  expect(problemsOf({ ...noConfigFile, ...key })).toEqual([
    expect.stringMatching(/^TEMPORAL_TLS_CLIENT_CERT_PATH is missing/),
  ]);
  expect(problemsOf({ ...key, TEMPORAL_TLS_CLIENT_CERT_DATA: 'x' })).toEqual([
    expect.stringMatching(/^TEMPORAL_TLS_CLIENT_CERT_PATH \(or TEMPORAL_TLS_CLIENT_CERT_DATA\) is wrong/),
  ]);
});

describe('the production profile', () => {
  const production = { PROFILE: 'production', PAYLOAD_KEYS };
  const missing = (env: Record<string, string>) =>
    problemsOf({ ...production, ...env }).map((problem) => problem.split(' ')[0]);

  test.each<[Record<string, string>, string[]]>([
    [{}, ['TEMPORAL_TLS', 'TEMPORAL_API_KEY']],
    [{ PAYLOAD_KEYS: '' }, ['TEMPORAL_TLS', 'TEMPORAL_API_KEY', 'PAYLOAD_KEYS']],
    [{ TEMPORAL_TLS: 'true' }, ['TEMPORAL_API_KEY']],
    [{ TEMPORAL_TLS_SERVER_NAME: 'frontend' }, ['TEMPORAL_API_KEY']],
    [{ TEMPORAL_API_KEY: 'key' }, []],
    [{ TEMPORAL_API_KEY: 'key', TEMPORAL_TLS: 'false' }, ['TEMPORAL_TLS']],
    [{ TEMPORAL_API_KEY: 'key', PAYLOAD_KEYS: '' }, ['PAYLOAD_KEYS']],
  ])('platform: with %j it misses %j', (env, names) => {
    expect(missing(env)).toEqual(names);
  });

  test('platform: is what NODE_ENV says when nobody says otherwise; the local one misses nothing', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toHaveLength(3);
    expect(problemsOf({ NODE_ENV: 'production', PROFILE: 'local' })).toEqual([]);
    expect(problemsOf({})).toEqual([]);
  });
});
