import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { msToNumber } from '@temporalio/common/lib/time';
import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';

const ROOT = path.join(__dirname, '..');

/** Folders with workflow code: `src/workflows` of an app, `src/workflow` of a package. */
const FOLDERS = ['apps', 'packages']
  .flatMap((group) => readdirSync(path.join(ROOT, group)).map((name) => path.join(ROOT, group, name, 'src')))
  .flatMap((source) => [path.join(source, 'workflows'), path.join(source, 'workflow')])
  .filter((folder) => existsSync(folder));

type Options = ActivityOptions & LocalActivityOptions;

const SETS = FOLDERS.flatMap((folder) => {
  const file = path.join(folder, 'activity-options.ts');
  // What workflows of all tenants share calls no activity of its own.
  if (!existsSync(file)) return [];
  const options = jest.requireActual<Record<string, Options>>(file);
  return Object.entries(options).map(([name, set]) => ({ file: path.relative(ROOT, file), name, set }));
});

/** What is wrong with a set of activity options; nothing when it is bounded. */
function problemsOf({ startToCloseTimeout, scheduleToCloseTimeout, heartbeatTimeout, retry }: Options): string[] {
  const ms = (duration: string | number | undefined): number =>
    duration === undefined ? Number.NaN : msToNumber(duration);
  const [attempt, total, heartbeat] = [ms(startToCloseTimeout), ms(scheduleToCloseTimeout), ms(heartbeatTimeout)];
  const problems: string[] = [];
  if (!(attempt > 0)) problems.push('no bound per attempt');
  if (!(total > 0) && !((retry?.maximumAttempts ?? 0) >= 1)) problems.push('no bound in total');
  if (attempt > total) problems.push('an attempt may take longer than all of them');
  if (heartbeat >= attempt) problems.push('a heartbeat that is never missed');
  if (!(ms(retry?.initialInterval) > 0) || !(ms(retry?.maximumInterval) > 0)) problems.push('pauses that nobody chose');
  if (ms(retry?.maximumInterval) > total) problems.push('a pause longer than the whole');
  if (!retry?.nonRetryableErrorTypes?.length) problems.push('retries of what a retry cannot mend');
  return problems;
}

test('platform: the option sets of every workflow are found', () => {
  expect(FOLDERS.map((folder) => path.relative(ROOT, folder))).toEqual(
    expect.arrayContaining([
      'apps/timeline-worker/src/workflows',
      'apps/tracc-worker/src/workflows',
      'packages/importer/src/workflow',
    ]),
  );
  expect(SETS.length).toBeGreaterThanOrEqual(15);
});

test.each(SETS)('monthly-budget 20: $name in $file is bounded per attempt and in total', ({ set }) => {
  expect(problemsOf(set)).toEqual([]);
});

test.each(SETS)('platform: $name in $file says why its numbers are what they are', ({ file, name }) => {
  const before = readFileSync(path.join(ROOT, file), 'utf8').split(`export const ${name} = `)[0]!;
  expect(before.trimEnd().endsWith('*/')).toBe(true);
});

test('platform: every activity is called with one of these sets, never with options of the spot', () => {
  const calls = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap((file) =>
        [...readFileSync(path.join(folder, file), 'utf8').matchAll(/proxy(?:Local)?Activities<[^>]*>\(([^)]*)\)/g)].map(
          ([, argument]) => argument,
        ),
      ),
  );
  expect(calls.length).toBeGreaterThanOrEqual(15);
  const names = new Set(SETS.map(({ name }) => name));
  expect(calls.filter((argument) => !names.has(argument!))).toEqual([]);
});

test.each([
  ['tracc', 'statusOptions', 'scheduleToCloseTimeout', '30 seconds'],
  ['tracc', 'reportOptions', 'scheduleToCloseTimeout', '5 minutes'],
  ['timeline', 'fetchOptions', 'scheduleToCloseTimeout', '10 minutes'],
  ['timeline', 'extractOptions', 'scheduleToCloseTimeout', '2 hours'],
  ['timeline', 'extractOptions', 'heartbeatTimeout', '1 minute'],
] as const)('monthly-budget 2, ai-timeline 2: %s: the %s have a %s of %s', (tenant, name, field, duration) => {
  const found = SETS.find((each) => each.name === name && each.file.startsWith(`apps/${tenant}-worker`));
  expect(msToNumber(found!.set[field])).toBe(msToNumber(duration));
});

test('monthly-budget 11: an alert is tried ten times, with pauses from 1 s to 1 h', () => {
  const { set } = SETS.find(({ name }) => name === 'alertOptions')!;
  expect(set.retry).toMatchObject({ maximumAttempts: 10, initialInterval: '1 second', maximumInterval: '1 hour' });
});

test.each<[string, Options, string[]]>([
  [
    'nothing',
    {},
    ['no bound per attempt', 'no bound in total', 'pauses that nobody chose', 'retries of what a retry cannot mend'],
  ],
  [
    'an attempt that may be repeated for ever',
    {
      startToCloseTimeout: '1 minute',
      retry: { initialInterval: '1 second', maximumInterval: '1 minute', nonRetryableErrorTypes: ['A'] },
    },
    ['no bound in total'],
  ],
  [
    'attempts without an end',
    {
      scheduleToCloseTimeout: '1 hour',
      retry: { initialInterval: '1 second', maximumInterval: '1 minute', nonRetryableErrorTypes: ['A'] },
    },
    ['no bound per attempt'],
  ],
  [
    'bounds in the wrong order',
    {
      startToCloseTimeout: '2 hours',
      scheduleToCloseTimeout: '1 hour',
      heartbeatTimeout: '3 hours',
      retry: { initialInterval: '1 second', maximumInterval: '2 hours', nonRetryableErrorTypes: ['A'] },
    },
    [
      'an attempt may take longer than all of them',
      'a heartbeat that is never missed',
      'a pause longer than the whole',
    ],
  ],
  [
    'a finite number of attempts',
    {
      startToCloseTimeout: '1 minute',
      retry: {
        maximumAttempts: 3,
        initialInterval: '1 second',
        maximumInterval: '1 minute',
        nonRetryableErrorTypes: ['A'],
      },
    },
    [],
  ],
])('platform: this guard sees %s', (_what, options, problems) => {
  expect(problemsOf(options)).toEqual(problems);
});
