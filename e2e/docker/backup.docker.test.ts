import { appendFile, cp, readdir, rm, truncate } from 'node:fs/promises';
import path from 'node:path';
import { csvSample } from '../import-samples';
import { type DockerStack, ok, openDockerStack } from './docker-stack';
import { expectExact, startImport } from './long-work';

const BUILD_MS = 15 * 60_000;
const ROWS = 150_000;
let stack: DockerStack;
let backups: string;
beforeAll(async () => {
  stack = await openDockerStack('backup');
  backups = path.join(stack.root, 'infra', 'compose', 'backups');
  await stack.run('up');
  await ok(stack.command('tracc', 'db', 'seed'));
}, BUILD_MS);
afterAll(async () => stack?.close(), 120_000);

const showGym = async (): Promise<object> =>
  JSON.parse(await ok(stack.command('tracc', 'recurring', 'show', 'gym', '--user', 'demo', '--json'))) as object;

test('platform: a backup of the running stack is restored into a new one, in which all that was open goes on and ends exact', async () => {
  const gym = [
    'gym',
    '--amount',
    '-19.80',
    '--account',
    'checking',
    '--start',
    '2099-01-31',
    '--schedule',
    'monthly 31',
  ];
  await ok(stack.command('tracc', 'recurring', 'create', ...gym, '--user', 'demo'));
  const sleeping = await showGym();
  const importing = await startImport(stack, csvSample(ROWS));
  await importing.untilHalfDone();

  const made = await stack.run('backup');
  expect(made).toMatch(/^2\d{3}-\d\d-\d\dT\d\d-\d\d-\d\dZ: \d+\.\d MiB in infra\/compose\/backups$/m);
  // What is done after the backup is lost, and no more.
  await ok(stack.command('tracc', 'recurring', 'pause', 'gym', '--user', 'demo'));
  await stack.run('down', '--volumes');

  await stack.run('up');
  expect(await stack.command('tracc', 'recurring', 'show', 'gym', '--user', 'demo')).toMatchObject({ code: 1 });
  expect(await stack.run('restore', '--yes')).toMatch(/^the stack is as it was on 2/);
  await expectExact(importing);
  expect(await showGym()).toEqual(sleeping);
  expect(
    await ok(stack.command('tracc', 'budget', 'report', '2025-11', '--user', 'demo', '--out', stack.root)),
  ).toContain('report, revision 1');
}, 900_000);

test('platform: a backup that is damaged is refused with a sentence before anything is changed', async () => {
  const [name] = (await readdir(backups)) as [string];
  const running = async () => (await stack.compose('ps', '--quiet')).out;
  const before = await running();
  const refused = async (damage: (directory: string) => Promise<unknown>, sentence: string) => {
    const damaged = '2099-01-01T00-00-00Z';
    await cp(path.join(backups, name), path.join(backups, damaged), { recursive: true });
    await damage(path.join(backups, damaged));
    const { code, err } = await stack.script('restore', damaged, '--yes');
    expect([code, err]).toEqual([1, expect.stringContaining(sentence)]);
    await rm(path.join(backups, damaged), { recursive: true });
  };
  await refused(async (at) => truncate(path.join(at, 'tracc.dump'), 100), 'tracc.dump has 100 bytes and should have');
  await refused(async (at) => rm(path.join(at, 'temporal.dump')), 'temporal.dump is missing');
  await refused(async (at) => rm(path.join(at, 'manifest.json')), 'is no backup: it has no manifest.json');
  await refused(async (at) => appendFile(path.join(at, 'manifest.json'), '}'), 'its manifest.json cannot be read');
  expect((await stack.script('restore', name)).err).toContain('say --yes to do it');
  expect(await running()).toBe(before);
}, 120_000);
