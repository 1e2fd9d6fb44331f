import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { newProgram, runCommand } from '@backend/shared/cli';
import type { Scope } from '@backend/shared/pg';
import { WorkflowExecutionAlreadyStartedError, type WorkflowHandle, defaultPayloadConverter } from '@temporalio/client';
import type { DataImportInput, DataImportResult } from '../contract';
import { type ImportOptions, type ImportSession, addImportCommands } from './index';

const RESULT: DataImportResult = {
  status: 'completed_with_errors',
  importId: 'i1',
  rows: 3,
  imported: 2,
  duplicates: 0,
  possibleDuplicates: 0,
  errors: 1,
  skippedBlank: 0,
  pendingSkipped: 0,
  batches: 1,
  byCurrency: {},
  dateFrom: '1817-01-01',
  dateTo: '1818-12-31',
  balance: 'unknown',
  warnings: [],
  rowErrors: [{ line: 3, column: 'date', code: 'InvalidDate', value: 'x', message: 'This is no date.' }],
};

const KNOWN: DataImportInput = {
  importId: 'i1',
  userId: 'o0',
  accountId: 't0',
  source: { ref: 'blob:0', sha256: '0', bytes: 4, filename: 'file.csv' },
};

let directory: string;
let file: string;
let out: string;
let err: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'import-cli-'));
  file = path.join(directory, 'file.csv');
  await writeFile(file, 'a,b\n');
});
afterAll(async () => rm(directory, { recursive: true, force: true }));
beforeEach(() => {
  out = '';
  err = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => jest.restoreAllMocks());

interface Options extends ImportOptions {
  readonly owner?: string;
  readonly target?: string;
}
interface Seen {
  options?: Options;
  input?: DataImportInput;
  workflowId?: string;
  answer?: { workflowId: string; args: unknown };
}

/** Runs the command line against a tenant of the test's own; says what it was asked for. */
async function cli(
  argv: string[],
  {
    result = RESULT,
    known,
    running = false,
  }: { result?: DataImportResult; known?: Partial<DataImportInput>; running?: boolean } = {},
) {
  const seen: Seen = {};
  const handle = (workflowId: string) =>
    ({
      workflowId,
      result: async () => result,
      client: { withAbortSignal: async (_signal: AbortSignal, call: () => Promise<unknown>) => call() },
      fetchHistory: async () => ({
        events: [
          {
            workflowExecutionStartedEventAttributes: {
              input: { payloads: [defaultPayloadConverter.toPayload(known ?? seen.input)] },
            },
          },
        ],
      }),
      query: async () => ({ phase: 'done', rows: 0 }),
      executeUpdate: async (_name: string, { args }: { args: unknown }) => void (seen.answer = { workflowId, args }),
    }) as unknown as WorkflowHandle;
  const scope = (async (_id: string, work: (tx: unknown) => unknown) =>
    work({ query: async () => ({ rows: [] }) })) as unknown as Scope;
  const session = (options: Options) =>
    ({
      ownerId: options.owner ?? 'o0',
      scope,
      blobs: { putFile: async () => ({ ref: 'blob:0', sha256: '0', bytes: 4 }) },
      client: async () => ({ workflow: { getHandle: handle } }),
      start: async (type: string, { workflowId, args }: { workflowId: string; args: [DataImportInput] }) => {
        if (known && !running) throw new WorkflowExecutionAlreadyStartedError('known', workflowId, type);
        Object.assign(seen, { workflowId, input: args[0] });
        return handle(workflowId);
      },
    }) as unknown as ImportSession;
  const program = newProgram('tenant', 'a tenant');
  addImportCommands<Options>(program, {
    tenant: 'tenant',
    description: 'bring a file in',
    ownerOption: ['--owner <id>', 'whose'],
    targetOption: ['--target <id>', 'into what'],
    targetTitle: 'target',
    exampleOptions: '--target t',
    exampleProfile: '{"decimal":","}',
    duplicatesCall: (importId) => `tenant doubles ${importId}`,
    exampleColumn: 'date=When',
    formats: ['csv', 'qif'],
    roles: ['date', 'amount'],
    withSession: async (options, work) => {
      seen.options = options;
      await work(session(options));
    },
    targetOf: ({ target }) => target ?? 't0',
  });
  return { exitCode: await runCommand(program, argv, () => undefined), ...seen };
}

test('the options of an import become its input', async () => {
  const { exitCode, input, workflowId } = await cli([
    'import',
    file,
    '--owner',
    'o1',
    '--target',
    't1',
    '--id',
    'i 1',
    '--abort',
    '--force',
    '--profile',
    '{"decimal":","}',
  ]);
  expect(exitCode).toBe(0);
  expect(workflowId).toBe('tenant/import/i%201');
  expect(input).toEqual({
    importId: 'i 1',
    userId: 'o1',
    accountId: 't1',
    source: { ref: 'blob:0', sha256: '0', bytes: 4, filename: 'file.csv' },
    mode: 'commit',
    onRowError: 'abort',
    profile: { decimal: ',' },
    force: true,
  });
  expect(out).toBe(
    [
      '3 rows of file.csv: 2 imported, 1 refused.',
      'from 1817-01-01 to 1818-12-31',
      '',
      'Rows that were refused',
      '  line 3  date "x": This is no date.',
      '',
    ].join('\n'),
  );
});

test('--preview commits nothing, and an import without an id gets one of its own', async () => {
  const { input } = await cli(['import', '--preview', file]);
  expect(input).toMatchObject({ mode: 'preview', onRowError: 'skip', accountId: 't0' });
  expect(input?.importId).toMatch(/^[0-9a-f]{12}$/);
});

test.each([
  [['import', 'list', '--owner', 'o1']],
  [['import', '--owner', 'o1', 'list']],
  [['import', 'list', '--json', '--owner', 'o1']],
])('the owner is understood wherever it stands: %j', async (argv) => {
  const { exitCode, options } = await cli(argv);
  expect(exitCode).toBe(0);
  expect(options?.owner).toBe('o1');
});

test('an answer reaches the import that asks', async () => {
  for (const said of [
    ['--profile', '{"dateFormat":"DMY"}'],
    ['--date-format', 'DMY'],
  ]) {
    const { exitCode, answer } = await cli(['import', 'answer', 'i1', ...said, '--owner', 'o1'], {
      known: { ...KNOWN, userId: 'o1' },
    });
    expect(exitCode).toBe(0);
    expect(answer).toEqual({ workflowId: 'tenant/import/i1', args: [{ dateFormat: 'DMY' }] });
  }
});

test("nobody gives orders to somebody else's import", async () => {
  const foreign = { known: { ...KNOWN, userId: 'o9' } };
  for (const order of ['show', 'pause', 'resume', 'cancel']) {
    err = '';
    expect((await cli(['import', order, 'i1'], foreign)).exitCode).toBe(1);
    expect(err).toContain('there is no import i1');
  }
  expect((await cli(['import', 'answer', 'i1', '--decimal', ','], foreign)).answer).toBeUndefined();
});

test('data-import 1: single options are a profile, and go before --profile, which may be a file', async () => {
  const json = path.join(directory, 'profile.json');
  await writeFile(json, '{"headerLine":2,"decimal":".","columns":{"date":"Day"}}');
  const { input } = await cli([
    'import',
    file,
    '--profile',
    `@${json}`,
    '--decimal',
    ',',
    '--column',
    'date=When',
    '--column',
    'amount=How much = many',
    '--invert-sign',
    '--encoding',
    'windows-1252',
    '--currency',
    'EUR',
    '--format',
    'QIF',
  ]);
  expect(input?.profile).toEqual({
    headerLine: 2,
    decimal: ',',
    columns: { date: 'When', amount: 'How much = many' },
    invertSign: true,
    encoding: 'windows-1252',
    currency: 'EUR',
  });
  expect(input?.format).toBe('qif');
});

test('an id that was used before gives the result of that import', async () => {
  expect((await cli(['import', file, '--id', 'i1', '--json'], { known: KNOWN })).exitCode).toBe(0);
  expect(JSON.parse(out)).toEqual(RESULT);
  expect(err).toContain('this was done before');
});

test.each([
  ['file', { source: { ...KNOWN.source, sha256: '1' } }],
  ['target', { accountId: 't9' }],
  ['mode', { mode: 'preview' as const }],
  ['user', { userId: 'o9' }],
])('data-import 1: an id of an import of another %s is refused, running or done', async (_what, other) => {
  const sentence = 'the id i1 belongs to an import of another file, target, mode or user; choose another --id';
  for (const running of [true, false]) {
    out = err = '';
    const { exitCode } = await cli(['import', file, '--id', 'i1'], { known: { ...KNOWN, ...other }, running });
    expect(exitCode).toBe(1);
    expect(err).toContain(sentence);
    expect(err).not.toContain('this was done before');
    expect(out).toBe('');
  }
});

test('data-import 12: rows that may be there already are told of, with the command that shows them', async () => {
  await cli(['import', file], { result: { ...RESULT, possibleDuplicates: 2 } });
  const text = out.replace(/\s+/g, ' ');
  expect(text).toContain('2 rows may be there already from another source; look at them: tenant doubles i1');
  out = '';
  await cli(['import', file]);
  expect(out).not.toContain('doubles');
});

test('an import that was aborted fails the command', async () => {
  expect(
    (await cli(['import', file, '--abort'], { result: { ...RESULT, status: 'aborted', imported: 0 } })).exitCode,
  ).toBe(1);
  expect(err).toContain('nothing was stored: 1 row has an error');
});

test.each([
  ['no file', ['import'], 'which file? tenant import FILE --target t'],
  ['a file that is not there', ['import', 'nowhere.csv'], 'the file nowhere.csv cannot be read'],
  ['a directory', ['import', os.tmpdir()], 'cannot be read'],
  [
    'a profile that is no JSON',
    ['import', __filename, '--profile', 'DMY'],
    '--profile should be a JSON object such as {"decimal":","}, or @FILE with one in it, not DMY',
  ],
  ['a profile that is no object', ['import', 'answer', 'i1', '--profile', '[]'], '--profile should be a JSON object'],
  [
    'a profile with a wrong field',
    ['import', __filename, '--profile', '{"dateFormat":5}'],
    '--profile.dateFormat should be',
  ],
  ['an answer without a profile', ['import', 'answer', 'i1'], '--profile is missing'],
  ['a profile in no file', ['import', __filename, '--profile', '@nowhere.json'], 'the file nowhere.json of --profile'],
  [
    'an order of dates',
    ['import', __filename, '--date-format', 'today'],
    '--date-format should be a text with D, M and Y',
  ],
  ['a decimal sign', ['import', __filename, '--decimal', ';'], '--decimal should be a point or a comma'],
  ['a column without a role', ['import', __filename, '--column', 'When'], '--column should be a role and the name of'],
  [
    'a role nobody knows',
    ['import', __filename, '--column', 'day=When'],
    '"day" is no role of a column; there are date, amount',
  ],
  [
    'a format nobody reads',
    ['import', __filename, '--format', 'pdf'],
    '--format should be one of auto, csv, qif, not pdf',
  ],
])('%s is bad usage, in one sentence', async (_case, argv, sentence) => {
  expect((await cli(argv)).exitCode).toBe(2);
  expect(err).toContain(sentence);
});

test('rejects of an import that does not exist fail', async () => {
  expect((await cli(['import', 'rejects', 'i9'])).exitCode).toBe(1);
  expect(err).toContain('there is no import i9');
});
