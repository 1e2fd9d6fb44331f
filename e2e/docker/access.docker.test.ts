import { cp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type DockerStack, ok, openDockerStack } from './docker-stack';

const BUILD_MS = 15 * 60_000;
let stack: DockerStack;
let identities: string;
/** An identity of an authority that the server has never heard of, under the same names. */
let foreign: string;

beforeAll(async () => {
  stack = await openDockerStack('access');
  identities = path.join(stack.root, 'infra', 'compose', 'identities');
  foreign = path.join(stack.root, 'foreign');
  await stack.run('env');
  await stack.run('identities');
  await cp(identities, foreign, { recursive: true });
  await rm(identities, { recursive: true });
  await stack.run('identities');
  await stack.run('up', '--tls', '--jwt');
  await ok(stack.command('tracc', 'db', 'seed'));
  await ok(stack.command('tracc', 'recurring', 'create', 'rent', '--user', 'demo'));
  await ok(stack.command('timeline', 'db', 'seed'));
}, BUILD_MS);
afterAll(async () => stack?.close(), 120_000);

/** The `temporal` command in a container of the stack's network, as its users have it. */
async function temporal(
  {
    who,
    from = identities,
    token,
    tokensOf = from,
  }: { who?: string; from?: string; token?: string | undefined; tokensOf?: string },
  ...args: string[]
): Promise<{ code: number; said: string }> {
  const certificate =
    who === undefined ? [] : ['--tls-cert-path', '/identity/certificate.pem', '--tls-key-path', '/identity/key.pem'];
  const tls = ['--tls-ca-path', '/identity/ca.pem', '--tls-server-name', 'temporal', ...certificate];
  const meta = token === undefined ? [] : ['--grpc-meta', `authorization=${await tokenOf(token, tokensOf)}`];
  const { code, out, err } = await stack.docker(
    'run',
    '--rm',
    '--network',
    `${stack.env['STACK_NAME']}_default`,
    '--entrypoint',
    'temporal',
    '--volume',
    `${path.join(from, who ?? 'operator')}:/identity:ro`,
    'temporalio/admin-tools:1.32.0',
    ...args,
    '--address',
    'temporal:7233',
    '--command-timeout',
    '10s',
    ...tls,
    ...meta,
  );
  return { code, said: `${out}${err}` };
}

async function tokenOf(who: string, from: string): Promise<string> {
  const text = await readFile(path.join(from, who, 'token.env'), 'utf8');
  return text.trim().replace('TEMPORAL_GRPC_META_AUTHORIZATION=', '');
}

const HEALTH = ['operator', 'cluster', 'health'];

describe('certificates', () => {
  test('platform: the server answers who has a certificate of its authority, and the workers run', async () => {
    expect(await temporal({ who: 'operator', token: 'operator' }, ...HEALTH)).toMatchObject({
      code: 0,
      said: expect.stringContaining('SERVING'),
    });
    for (const tenant of ['tracc', 'timeline'])
      expect((await stack.docker('exec', stack.container(`${tenant}-worker`), tenant, 'worker', 'health')).out).toMatch(
        /^ready/,
      );
  });

  test('platform: who has none, one of another authority, or speaks plainly, is refused', async () => {
    const refusals = {
      'no certificate': await temporal({ token: 'operator' }, ...HEALTH),
      'a foreign certificate': await temporal({ who: 'operator', token: 'operator', from: foreign }, ...HEALTH),
      plaintext: await stack
        .docker(
          'run',
          '--rm',
          '--network',
          `${stack.env['STACK_NAME']}_default`,
          '--entrypoint',
          'temporal',
          'temporalio/admin-tools:1.32.0',
          ...HEALTH,
          '--address',
          'temporal:7233',
          '--command-timeout',
          '10s',
        )
        .then(({ code, out, err }) => ({ code, said: `${out}${err}` })),
    };
    for (const [who, { code, said }] of Object.entries(refusals)) {
      expect([who, code === 0]).toEqual([who, false]);
      expect([who, said.includes('SERVING')]).toEqual([who, false]);
    }
  });
});

describe('tokens', () => {
  const NAMESPACES = { tracc: 'tracc', timeline: 'swaminarayan' } as const;
  const CALLS = {
    start: (namespace: string) => [
      'workflow',
      'start',
      '--type',
      'Nobody',
      '--task-queue',
      'nobody',
      '--workflow-id',
      'matrix',
      '--namespace',
      namespace,
    ],
    describe: (namespace: string) => ['workflow', 'describe', '--workflow-id', 'matrix', '--namespace', namespace],
    signal: (namespace: string) => [
      'workflow',
      'signal',
      '--workflow-id',
      'matrix',
      '--name',
      'x',
      '--namespace',
      namespace,
    ],
    list: (namespace: string) => ['workflow', 'list', '--namespace', namespace],
    'task queue': (namespace: string) => ['task-queue', 'describe', '--task-queue', 'nobody', '--namespace', namespace],
  };
  type Who = 'tracc' | 'timeline' | 'operator' | 'nobody';
  const matrix: { who: Who; namespace: string; call: string; allowed: boolean; said: string }[] = [];

  beforeAll(async () => {
    for (const who of ['tracc', 'timeline', 'operator', 'nobody'] as const)
      for (const namespace of Object.values(NAMESPACES))
        for (const [call, args] of Object.entries(CALLS)) {
          const identity = who === 'nobody' ? 'operator' : who;
          const { code, said } = await temporal(
            { who: identity, token: who === 'nobody' ? undefined : who },
            ...args(namespace),
          );
          matrix.push({ who, namespace, call, allowed: code === 0, said });
        }
    const lines = matrix.map(
      ({ who, namespace, call, allowed }) =>
        `${who.padEnd(9)} ${namespace.padEnd(13)} ${call.padEnd(11)} ${allowed ? 'allowed' : 'refused'}`,
    );
    process.stderr.write(`${lines.join('\n')}\n`);
  }, 400_000);

  test.each(Object.entries(NAMESPACES))('platform: the token of %s opens %s, and no other namespace', (tenant, own) => {
    const rows = matrix.filter(({ who }) => who === tenant);
    expect(rows.filter(({ namespace, allowed }) => (namespace === own) !== allowed)).toEqual([]);
    const refused = rows.filter(({ namespace }) => namespace !== own);
    expect(refused.map(({ said }) => /unauthorized|PermissionDenied/i.test(said))).toEqual(refused.map(() => true));
  });

  test('platform: nobody gets anything without a token, and operators get everything', () => {
    expect(
      matrix.filter(({ who, allowed }) => (who === 'nobody' && allowed) || (who === 'operator' && !allowed)),
    ).toEqual([]);
  });

  test('platform: a token of another key is refused', async () => {
    const forged = await temporal(
      { who: 'tracc', token: 'tracc', tokensOf: foreign },
      'workflow',
      'list',
      '--namespace',
      'tracc',
    );
    expect([forged.code === 0, /unauthorized|PermissionDenied/i.test(forged.said)]).toEqual([false, true]);
  });

  test("platform: a worker with the other tenant's token polls nothing, and ends with a sentence", async () => {
    const { STACK_NAME: name } = stack.env;
    const { code, err, out } = await stack.docker(
      'run',
      '--rm',
      '--network',
      `${name}_default`,
      '--env-file',
      path.join(identities, 'timeline', 'token.env'),
      '--volume',
      `${path.join(identities, 'timeline')}:/identity:ro`,
      ...(await environmentOf('tracc-worker')),
      '-e',
      'START_DEADLINE_S=5',
      'tracc-worker:verify',
    );
    expect(code).not.toBe(0);
    expect(`${out}${err}`).toMatch(/unauthorized|refused|permission/i);
    expect(`${out}${err}`).not.toContain('worker polls');
  }, 90_000);

  /** The settings of a running service, but for its token, as arguments of `docker run`. */
  async function environmentOf(service: string): Promise<string[]> {
    const { out } = await stack.docker('inspect', '--format', '{{json .Config.Env}}', stack.container(service));
    const settings = (JSON.parse(out) as string[]).filter((line) => !line.startsWith('TEMPORAL_GRPC_META'));
    return settings.flatMap((line) => ['-e', line]);
  }
});
