import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestDatabase } from '@backend/shared/testing';
import { openTestDatabase, testServers } from '../test/support/servers';
import { waitFor } from '../test/support/wait';
import { freePort, launchWorkerProcess, runCommand, startProxy, statusOf } from './stack';

const ABSENT_MS = 20_000;
/** In which a worker that waits has to be ready once its servers answer. */
const READY_MS = 10_000;
let database: TestDatabase;
let directory: string;
let env: Record<string, string>;
let occupied: Server;

beforeAll(async () => {
  database = await openTestDatabase('tracc');
  directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-starts-'));
  occupied = createServer();
  await new Promise<void>((resolve) => occupied.listen(0, '127.0.0.1', resolve));
  env = {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: testServers().temporalAddress!,
    TEMPORAL_NAMESPACE: 'tracc-starts',
  };
});

afterAll(async () => {
  occupied?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

test('reliability R8: a worker that starts 20 s before its servers says which one it waits for, and is ready within 10 s of both', async () => {
  const { host } = new URL(database.workerUrl);
  const toServer = await startProxy(env['TEMPORAL_ADDRESS']!, { isOpen: false });
  const toDatabase = await startProxy(host, { isOpen: false });
  const worker = await launchWorkerProcess('tracc', {
    ...env,
    LOG_LEVEL: 'info',
    TEMPORAL_ADDRESS: toServer.address,
    DATABASE_URL: database.workerUrl.replace(host, toDatabase.address),
  });
  try {
    await waitFor(async () => (await statusOf(worker, '/livez')) === 200, 'the probes to listen');
    await delay(ABSENT_MS);
    expect(await statusOf(worker, '/startupz')).toBe(503);
    expect(await statusOf(worker, '/readyz')).toBe(503);
    expect(worker.output()).toMatch(/waits for a server\. The Temporal server at \S+ cannot be reached/);
    expect(worker.output()).toMatch(/waits for a server\. The database at \S+ cannot be reached/);
    for (const [, pauseMs] of worker.output().matchAll(/"retryInMs":(\d+)/g))
      expect(Number(pauseMs)).toBeLessThanOrEqual(5000);

    await toDatabase.open();
    await toServer.open();
    const from = performance.now();
    await waitFor(async () => (await statusOf(worker, '/readyz')) === 200, 'the worker to be ready');
    expect(performance.now() - from).toBeLessThan(READY_MS);
    expect(await statusOf(worker, '/startupz')).toBe(200);
    expect(await worker.stop()).toBe(0);
  } finally {
    await worker.kill();
    await toServer.close();
    await toDatabase.close();
  }
});

test('reliability R8: a worker without servers gives up after START_DEADLINE_S with 69 and says what is not there', async () => {
  const nobody = `127.0.0.1:${await freePort()}`;
  const { code, err } = await runCommand('tracc', ['worker', 'start'], {
    ...env,
    PROBE_PORT: '0',
    START_DEADLINE_S: '3',
    TEMPORAL_ADDRESS: nobody,
    DATABASE_URL: `postgres://worker@${nobody}/tracc`,
  });
  expect(code).toBe(69);
  expect(err).toBe(
    `tracc: The Temporal server at ${nobody} cannot be reached; check TEMPORAL_ADDRESS and that the server runs. ` +
      `The database at postgres://worker@${nobody}/tracc cannot be reached (ECONNREFUSED); check DATABASE_URL and that PostgreSQL runs. ` +
      'The worker has waited for 3 s (START_DEADLINE_S).\n',
  );
});

test('platform: a namespace that is not there is waited for as its server is', async () => {
  const { code, err } = await runCommand('tracc', ['worker', 'start'], {
    ...env,
    PROBE_PORT: '0',
    START_DEADLINE_S: '6',
    TEMPORAL_NAMESPACE: 'nobodys',
  });
  expect({ code, err }).toEqual({
    code: 69,
    err: expect.stringMatching(
      /^tracc: The Temporal server at \S+ has no namespace nobodys; .*START_DEADLINE_S\)\.\n$/,
    ),
  });
});

test('platform: a worker that is started beside its migration waits for it, and ends with 1 when it never comes', async () => {
  const set = "component = 'tracc'";
  await database.query(`update app.schema_migrations set name = 'away-' || name where ${set}`);
  const sentence = /The database lacks tracc\/0001_\S+.*; run \\?"tracc db migrate\\?" first\./;
  const { code, err } = await runCommand('tracc', ['worker', 'start'], {
    ...env,
    PROBE_PORT: '0',
    START_DEADLINE_S: '2',
  });
  expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(sentence) });

  const worker = await launchWorkerProcess('tracc', { ...env, LOG_LEVEL: 'info' });
  try {
    await waitFor(() => sentence.test(worker.output()), 'the worker to say what it waits for');
    await database.query(`update app.schema_migrations set name = substr(name, 6) where ${set}`);
    await waitFor(async () => (await statusOf(worker, '/readyz')) === 200, 'the worker to be ready');
    expect(await worker.stop()).toBe(0);
  } finally {
    await worker.kill();
  }
});

test('platform: told to stop while it waits for its servers, a worker ends with 0', async () => {
  const worker = await launchWorkerProcess('tracc', { ...env, TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` });
  await waitFor(async () => (await statusOf(worker, '/livez')) === 200, 'the probes to listen');
  expect(await worker.stop()).toBe(0);
});

describe('platform: a configuration that cannot work ends with 78 and a sentence that names the variable', () => {
  const port = () => String((occupied.address() as AddressInfo).port);
  test.each<[string, () => Record<string, string>, RegExp]>([
    ['a taken port of the probes', () => ({ PROBE_PORT: port() }), /PROBE_PORT/],
    ['an address of another machine', () => ({ PROBE_HOST: '192.0.2.1' }), /PROBE_HOST/],
    ['a taken port of the metrics', () => ({ METRICS_ADDRESS: `127.0.0.1:${port()}` }), /METRICS_ADDRESS/],
    ['metrics at no address', () => ({ METRICS_ADDRESS: 'metrics' }), /METRICS_ADDRESS/],
    ['a database URL of another kind', () => ({ DATABASE_URL: 'mysql://db/tracc' }), /DATABASE_URL/],
    ['a database URL that is none', () => ({ DATABASE_URL: 'postgres://db:port/tracc' }), /DATABASE_URL/],
    ['a URL in place of an address', () => ({ TEMPORAL_ADDRESS: 'https://temporal:7233' }), /TEMPORAL_ADDRESS/],
    ['a word in place of a switch', () => ({ TEMPORAL_TLS: 'yes' }), /TEMPORAL_TLS /],
    ['a file of settings that is not there', () => ({ TEMPORAL_CONFIG_FILE: '/nowhere' }), /TEMPORAL_CONFIG_FILE/],
    ['a certificate without its key', () => ({ TEMPORAL_TLS_CLIENT_CERT_DATA: 'x' }), /TEMPORAL_TLS_CLIENT_KEY_PATH/],
    [
      'a certificate that is none',
      () => ({ TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'x' }),
      /TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
    ],
    [
      'a folder of workflows for a version',
      () => ({ WORKFLOW_SOURCE: 'folder', TEMPORAL_DEPLOYMENT_NAME: 'tracc' }),
      /WORKFLOW_SOURCE/,
    ],
    ['a key of the wrong length', () => ({ PAYLOAD_KEYS: 'k1:c2hvcnQ=' }), /PAYLOAD_KEYS/],
  ])('%s', async (_what, more, name) => {
    const { code, out, err } = await runCommand('tracc', ['worker', 'start'], { ...env, PROBE_PORT: '0', ...more() });
    expect({ code, stack: /\n\s+at /.test(out + err) }).toEqual({ code: 78, stack: false });
    expect(err).toMatch(/^tracc: [^\n]+\n$/);
    expect(err).toMatch(name);
  });

  test('a file of settings that is not TOML, of which nothing is repeated', async () => {
    const file = path.join(directory, 'temporal.toml');
    await writeFile(file, '[profile.default]\napi_key = "s3cr3t\n');
    const { code, err } = await runCommand('tracc', ['worker', 'start'], { ...env, TEMPORAL_CONFIG_FILE: file });
    expect(code).toBe(78);
    expect(err).toMatch(/^tracc: [^\n]*TEMPORAL_CONFIG_FILE[^\n]+\n$/);
    expect(err).not.toContain('s3cr3t');
  });

  test.each([{ PROFILE: 'production' }, { NODE_ENV: 'production' }])(
    'production (%j) without TLS, authorization and payload keys names all three',
    async (profile) => {
      const { code, err } = await runCommand('timeline', ['worker', 'start'], { ...env, ...profile });
      expect(code).toBe(78);
      for (const name of ['TEMPORAL_TLS', 'TEMPORAL_API_KEY', 'PAYLOAD_KEYS'])
        expect(err).toMatch(new RegExp(`^ {2}${name} is missing: [^\\n]+\\.$`, 'm'));
    },
  );

  test('a profile that is misspelt is not taken for the open one', async () => {
    const { code, err } = await runCommand('tracc', ['worker', 'start'], { ...env, PROFILE: 'Production' });
    expect(code).toBe(78);
    expect(err).toMatch(/^ {2}PROFILE is wrong: /m);
    expect(err).toMatch(/^ {2}TEMPORAL_TLS is missing: /m);
  });

  test('the health of a worker is asked with the same exit code, and a migration needs no keys', async () => {
    const production = { ...env, PROFILE: 'production' };
    expect((await runCommand('tracc', ['worker', 'health'], { ...env, PROBE_PORT: 'x' })).code).toBe(78);
    expect(
      (await runCommand('tracc', ['db', 'migrate'], { ...production, DATABASE_OWNER_URL: database.ownerUrl })).code,
    ).toBe(0);
    expect((await runCommand('tracc', ['budget', 'list', '--user', 'u'], production)).code).toBe(2);
  });
});
