import { PassThrough } from 'node:stream';
import { type ImportOptions, addImportCommands } from '@backend/importer/cli';
import { newProgram, runCommand } from '@backend/shared/cli';
import { TENANT } from '../src/contract';
import { USER } from './import-fixtures';
import { file, newAccount, numbersOf, range, rig, run, useRevertRig } from './revert-fixtures';

useRevertRig();

let out = '';
let err = '';
const { stdin } = process;
const { isTTY } = process.stderr;
beforeEach(() => {
  out = err = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => {
  jest.restoreAllMocks();
  atTerminal(stdin, isTTY);
});

function atTerminal(input: NodeJS.ReadableStream, isTerminal: boolean): void {
  Object.defineProperty(process, 'stdin', { value: input, configurable: true });
  Object.defineProperty(process.stderr, 'isTTY', { value: isTerminal, configurable: true });
}

/** Sits at the terminal and types an answer to whatever is asked; null ends the input. */
function answer(text: string | null): void {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  input.end(text);
  atTerminal(input, true);
}

/** Runs `import revert` on the rig's worker and database. */
const command = async (...argv: string[]) => importCommand('revert', ...argv);

async function importCommand(...argv: string[]): Promise<number> {
  const program = newProgram('tracc', 'tracc');
  addImportCommands<ImportOptions>(program, {
    tenant: TENANT,
    description: 'bring a file in',
    ownerOption: ['--user <id>', 'whose'],
    exampleOptions: '',
    exampleProfile: '{}',
    duplicatesCall: (importId) => importId,
    exampleColumn: 'date=Date',
    formats: ['csv'],
    roles: ['date', 'amount'],
    targetOf: () => 'checking',
    withSession: async (_options, work) =>
      work({
        ownerId: USER,
        scope: rig.database.scope,
        blobs: rig.blobs,
        client: async () => rig.env.client,
        start: async (type, options) => rig.start(type, { ...options, args: [...(options.args ?? [])] }),
      }),
  });
  return runCommand(program, ['import', ...argv], () => undefined);
}

async function importRows(importId: string, rows: number): Promise<string> {
  const accountId = await newAccount();
  await run(file(1, rows), { importId, accountId });
  return accountId;
}
const edit = async (importId: string, numbers: readonly number[]) =>
  rig.database.query(`update transactions set notes = 'x' where import_id = $1 and description = any ($2)`, [
    importId,
    numbers.map((n) => `purchase ${n}`),
  ]);

test('data-import 16: the command says in words how many rows went and why others stay', async () => {
  await importRows('words', 1207);
  await edit('words', [1, 2, 3]);
  expect(await command('words')).toBe(0);
  expect(out).toBe('1,204 rows deleted, 3 kept because you edited them\n');
  out = '';
  // Asked again it says the same.
  expect(await command('words')).toBe(0);
  expect(out).toBe('1,204 rows deleted, 3 kept because you edited them\n');
});

test('data-import 16: one row is one row, and nothing is said of edits when there were none', async () => {
  await importRows('one', 2);
  await edit('one', [2]);
  expect(await command('one')).toBe(0);
  expect(out).toBe('1 row deleted, 1 kept because you edited it\n');
  await importRows('none', 2);
  out = '';
  expect(await command('none')).toBe(0);
  expect(out).toBe('2 rows deleted\n');
});

test('data-import 16: --json gives the figures', async () => {
  await importRows('json', 2);
  expect(await command('json', '--json')).toBe(0);
  expect(JSON.parse(out)).toEqual({ importId: 'json', deleted: 2, keptEdited: 0 });
});

test('data-import 16: an import that does not exist is named', async () => {
  expect(await command('nobody')).toBe(1);
  expect(err).toBe('tracc: there is no import nobody\n');
});

test('data-import 16: at a terminal it asks, and deletes only when told to', async () => {
  const accountId = await importRows('asked', 1200);
  for (const text of ['n\n', '\n', 'what?\n', null]) {
    err = '';
    answer(text);
    expect(await command('asked')).toBe(1);
    expect(err).toContain(`Delete the 1,200 rows of bank.csv from ${accountId}, except those that you edited? [y/N]`);
    expect(err).toContain('nothing was deleted');
  }
  expect(await numbersOf(accountId)).toEqual(range(1, 1200));
  answer('y\n');
  expect(await command('asked')).toBe(0);
  expect(await numbersOf(accountId)).toEqual([]);
});

test('data-import 16: with --yes, or when it was reverted before, it does not ask', async () => {
  await importRows('yes', 2);
  answer(null);
  expect(await command('yes', '--yes')).toBe(0);
  expect(await command('yes')).toBe(0);
  expect(err).not.toContain('[y/N]');
  expect(out).toBe('2 rows deleted\n2 rows deleted\n');
});

test('data-import 16: a reverted import is shown with what went and what stays, not with its old success', async () => {
  await importRows('shown', 20);
  await edit('shown', [4]);
  await command('shown');
  out = '';
  expect(await importCommand('show', 'shown')).toBe(0);
  expect(out).toContain('reverted');
  expect(out).toContain('\n19 rows deleted, 1 kept because you edited it.\n');
  expect(out).not.toContain('imported');
  out = '';
  await importCommand('show', 'shown', '--json');
  expect(JSON.parse(out)).toMatchObject({ status: 'reverted', revert: { deleted: 19, keptEdited: 1 } });
  // As one is whose workflow was ended in the middle.
  await rig.database.query(
    `update imports set status = 'reverting', deleted_rows = 7, kept_rows = null where import_id = 'shown'`,
  );
  out = '';
  await importCommand('show', 'shown');
  expect(out).toContain('\n7 rows deleted so far; tracc import revert shown goes on with it.\n');
});
