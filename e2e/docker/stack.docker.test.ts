import path from 'node:path';
import { csvSample } from '../import-samples';
import { type DockerStack, ok, openDockerStack } from './docker-stack';
import { expectExact, startGeneration, startImport } from './long-work';

const BUILD_MS = 15 * 60_000;
const SERVICES = ['postgres', 'temporal', 'ui', 'tracc-worker', 'timeline-worker'];
const ROWS = 60_000;
let stack: DockerStack;
beforeAll(async () => {
  stack = await openDockerStack('stack');
}, BUILD_MS);
afterAll(async () => stack?.close(), 120_000);

test(
  'platform: from nothing to a stack whose every service is healthy',
  async () => {
    expect(await stack.run('up')).toMatch(/^Temporal Web UI +http:\/\/127\.0\.0\.1:\d+$/m);
    await stack.run('down', '--volumes');
    // The images are built by now: what is waited for is the stack.
    await ok(stack.compose('up', '--detach', '--wait', '--wait-timeout', '60'));
    for (const service of SERVICES) {
      const health = await stack.docker('inspect', '--format', '{{.State.Health.Status}}', stack.container(service));
      expect([service, health.out.trim()]).toEqual([service, 'healthy']);
    }
    await stack.run('up');
  },
  BUILD_MS,
);

test.each(['tracc', 'timeline'])(
  'platform: the worker of %s is nobody, and can write where it should only',
  async (tenant) => {
    const worker = stack.container(`${tenant}-worker`);
    const format =
      '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} {{.HostConfig.Memory}}';
    const { out } = await stack.docker('inspect', '--format', format, worker);
    expect(out).toMatch(/^[1-9]\d*:\d+ true \[ALL\] \[no-new-privileges:true\] [1-9]\d+$/m);
    const inside = async (command: string) => stack.docker('exec', worker, 'sh', '-c', command);
    expect((await inside('touch /app/x /usr/local/bin/x')).err).toMatch(/Read-only file system/);
    expect(await inside('touch /data/blobs/x /tmp/x && rm /data/blobs/x /tmp/x')).toMatchObject({ code: 0 });
    expect((await inside('cat /proc/1/status')).out).toMatch(/^CapEff:\t0+$/m);
    expect((await inside('command -v npm gcc make curl || echo none')).out.trim()).toBe('none');
    expect(await inside(`${tenant} worker health`)).toMatchObject({ code: 0, out: expect.stringMatching(/^ready/) });
  },
);

test('platform: all four workflows run through it, from this machine', async () => {
  await ok(stack.command('tracc', 'db', 'seed'));
  await ok(stack.command('timeline', 'db', 'seed'));
  expect(
    await ok(stack.command('tracc', 'budget', 'report', '2025-11', '--user', 'demo', '--out', stack.root)),
  ).toContain('report, revision 1');
  await ok(stack.command('tracc', 'recurring', 'create', 'rent', '--user', 'demo'));
  const bank = path.join(stack.root, 'examples', 'bank', 'first-national-2025.csv');
  await ok(stack.command('tracc', 'import', bank, '--account', 'usd', '--user', 'demo'));
  const sources = path.join(stack.root, 'examples', 'timeline', 'sources.yaml');
  expect(await ok(stack.command('timeline', 'generate', sources))).toContain('completed');
}, 180_000);

test('platform: down and up again keeps everything', async () => {
  const state = async () => ({
    transactions: await stack.sql('tracc', 'select count(*)::int n, sum(amount_minor)::text sum from transactions'),
    events: await stack.sql('timeline', 'select count(*)::int n from events'),
    templates: JSON.parse(await ok(stack.command('tracc', 'recurring', 'list', '--user', 'demo', '--json'))) as unknown,
  });
  const before = await state();
  await stack.run('down');
  expect(await stack.command('tracc', 'budget', 'list', '--user', 'demo')).toMatchObject({ code: 2 });
  await stack.run('up');
  expect(await state()).toEqual(before);
}, 240_000);

test('platform: a stack that is restarted in the middle of an import and of a timeline run ends exact', async () => {
  const sample = csvSample(ROWS);
  const importing = await startImport(stack, sample);
  const generating = await startGeneration(stack);
  await Promise.all([importing.untilHalfDone(), generating.untilHalfDone()]);
  await ok(stack.compose('restart', '--timeout', '30'));
  await expectExact(importing);
  await expectExact(generating);
}, 400_000);
