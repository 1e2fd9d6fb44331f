import { ActivityFailure, RetryState } from '@temporalio/common';
import type { Command } from 'commander';
import { CliFailure, UsageError, newProgram, runCommand } from '.';
import { ConfigError } from '../config';
import { userFailure } from '../failures';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program with one command, `do <what>`, that does what the test gives it. */
async function run(
  argv: readonly string[],
  action: () => Promise<void> | void = () => undefined,
  describe: (error: unknown) => string | undefined = () => undefined,
  secrets?: () => readonly string[],
): Promise<Outcome> {
  const written = { out: '', err: '' };
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((written.out += String(text)))),
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((written.err += String(text)))),
  ];
  const program: Command = newProgram('tracc', 'Your money.');
  const group = program.command('group').description('a group');
  group
    .command('do <what>')
    .option('--count <n>', 'how often')
    .requiredOption('--user <id>', 'whose')
    .addHelpText('after', '\nExample:\n  tracc group do it --user u1')
    .action(async () => action());
  try {
    const code = await runCommand(program, argv, describe, secrets);
    return { code, ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const DO = ['group', 'do', 'it', '--user', 'u1'];
const reject = (error: unknown) => async (): Promise<void> => Promise.reject(error);

test('platform: a command that is done ends with 0 and says nothing on standard error', async () => {
  expect(await run(DO, () => void process.stdout.write('posted\n'))).toEqual({ code: 0, out: 'posted\n', err: '' });
});

test('platform: help ends with 0 and shows an example', async () => {
  const { code, out, err } = await run(['group', 'do', '--help']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('Example:\n  tracc group do it --user u1');
});

test.each([
  ['an unknown command', ['nothing'], /unknown command/],
  ['an unknown option', [...DO, '--bogus'], /unknown option '--bogus'/],
  ['a missing argument', ['group', 'do', '--user', 'u1'], /missing required argument 'what'/],
  ['a missing option', ['group', 'do', 'it'], /required option '--user <id>' not specified/],
  ['an option without its value', ['group', 'do', 'it', '--user'], /argument missing/],
  ['an argument too many', [...DO, 'more'], /too many arguments/],
])('platform: %s ends with 2 and one sentence', async (_what, argv, message) => {
  const action = jest.fn();
  const { code, out, err } = await run(argv, action);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^tracc: [^\n]+\n$/);
  expect(err).toMatch(message);
  expect(action).not.toHaveBeenCalled();
});

test('platform: no command at all ends with 2 and shows the help', async () => {
  const { code, out, err } = await run([]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain('Usage: tracc');
});

test('platform: an error that cannot be worded because the settings are wrong too is told as it is', async () => {
  const describe = () => {
    throw new ConfigError(['A is missing.']);
  };
  expect(await run(DO, reject(new Error('boom')), describe)).toMatchObject({ code: 1, err: 'tracc: boom\n' });
});

test.each([
  [
    'a usage error',
    new UsageError('--month should be a month such as 2026-03'),
    2,
    'tracc: --month should be a month such as 2026-03\n',
  ],
  [
    'an unusable configuration',
    new ConfigError(['A is missing.', 'B is wrong.']),
    2,
    'tracc: The configuration is not usable:\n  A is missing.\n  B is wrong.\n',
  ],
  ['a command that cannot be done', new CliFailure('the worker is not ready'), 1, 'tracc: the worker is not ready\n'],
  ['one that has a code of its own', new CliFailure('no servers', 69), 69, 'tracc: no servers\n'],
  ['any other error', new Error('boom'), 1, 'tracc: boom\n'],
  ['what is not even an error', 'odd', 1, 'tracc: odd\n'],
])('platform: %s has its exit code and no stack', async (_what, error, code, err) => {
  expect(await run(DO, reject(error))).toEqual({ code, out: '', err });
});

test("platform: a workflow's failure is told in the words of its root, not of what wraps it", async () => {
  const root = userFailure('BudgetNotFound', 'There is no budget food.');
  const error = new ActivityFailure('Activity task failed', 'check', '1', RetryState.NON_RETRYABLE_FAILURE, 'w', root);
  expect(await run(DO, reject(error))).toMatchObject({ code: 1, err: 'tracc: There is no budget food.\n' });
});

test("platform: the tenant's own words for an error of its servers go first", async () => {
  const describe = (error: unknown) =>
    (error as Error).message === 'ECONNREFUSED' ? 'The database cannot be reached.' : undefined;
  expect(await run(DO, reject(new Error('ECONNREFUSED')), describe)).toMatchObject({
    code: 1,
    err: 'tracc: The database cannot be reached.\n',
  });
  expect(await run(DO, reject(new Error('other')), describe)).toMatchObject({ err: 'tracc: other\n' });
});

test.each([
  ['before the command', ['--json', ...DO]],
  ['after it', [...DO, '--json']],
])('platform: with --json %s an error is one JSON document', async (_where, argv) => {
  const { code, out, err } = await run(argv, reject(new CliFailure('it is "late"')));
  expect({ code, out, error: JSON.parse(err) as unknown }).toEqual({
    code: 1,
    out: '',
    error: { error: 'it is "late"' },
  });
});

test('platform: with --json bad usage is one JSON document too', async () => {
  const { code, err } = await run(['--json', 'group', 'do', 'it']);
  expect({ code, error: JSON.parse(err) as unknown }).toEqual({
    code: 2,
    error: { error: expect.stringContaining('--user') },
  });
});

test.each([
  ['a server', new Error('no way to hunter22@db')],
  ['the command itself', new CliFailure('no way to hunter22@db')],
  ['its settings', new ConfigError(['no way to hunter22@db'])],
])('platform: what %s says is told without the secrets of the tenant', async (_what, error) => {
  const { err } = await run(DO, reject(error), undefined, () => ['hunter22']);
  expect(err).toContain('no way to [redacted]@db');
});
