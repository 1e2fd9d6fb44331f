import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  type DataImportResult,
  IMPORT_HANDLERS,
  type ImportProgress,
  type ImportQuestion,
  importWorkflowId,
} from '@backend/importer/contract';
import type { TestDatabase } from '@backend/shared/testing';
import { Client, Connection } from '@temporalio/client';
import { addUser } from '../apps/tracc-worker/test/support';
import { openTestDatabase, testServers } from '../test/support/servers';
import { waitFor } from '../test/support/wait';
import { type WorkerProcess, startWorkerProcess } from './stack';

// What people see of an import: the command lines are typed into a shell as they would type them, against real workers.

const ROOT = path.join(__dirname, '..');
const PREVIEWS = path.join(__dirname, 'previews');
const TENANTS = ['tracc', 'timeline'] as const;
const CURRENCIES = ['EUR', 'USD', 'INR', 'HUF', 'JPY'];
type Tenant = (typeof TENANTS)[number];

const databases = {} as Record<Tenant, TestDatabase>;
const envs = {} as Record<Tenant, Record<string, string>>;
const workers: WorkerProcess[] = [];
let directory: string;
let connection: Connection;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'import-preview-'));
  const { temporalAddress } = testServers();
  connection = await Connection.connect({ address: temporalAddress! });
  for (const tenant of TENANTS) {
    const database = await openTestDatabase(tenant);
    databases[tenant] = database;
    envs[tenant] = {
      DATABASE_URL: database.workerUrl,
      BLOB_DIR: path.join(directory, tenant),
      IMPORT_DIR: directory,
      TEMPORAL_ADDRESS: temporalAddress!,
      TEMPORAL_NAMESPACE: `${tenant}-previews`,
      TRACC_USER: 'u1',
      TIMELINE_ID: 'swaminarayan',
    };
  }
  await addUser(databases.tracc, 'u1');
  await addUser(databases.tracc, 'u2');
  for (const currency of CURRENCIES) {
    await databases.tracc.query(
      `insert into accounts (user_id, account_id, name, kind, currency) values ('u1', $1, $1, 'checking', $2)`,
      [currency.toLowerCase(), currency],
    );
  }
  await databases.timeline.query(`insert into timelines (timeline_id, topic) values ('swaminarayan', 'his life')`);
  workers.push(...(await Promise.all(TENANTS.map(async (tenant) => startWorkerProcess(tenant, envs[tenant])))));
});

afterAll(async () => {
  await Promise.all(workers.map(async (worker) => worker.stop()));
  await connection?.close();
  for (const tenant of TENANTS) await databases[tenant]?.drop();
  await rm(directory, { recursive: true, force: true });
});

/** What a shell says to a line in which `tracc` and `timeline` are the commands; in the folder of the sample files. */
async function typed(
  line: string,
  more: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const tenant = line.startsWith('timeline') ? 'timeline' : 'tracc';
  const bin = path.join(ROOT, 'apps', `${tenant}-worker`, 'bin', `${tenant}.js`);
  const options = { cwd: PREVIEWS, env: { ...process.env, NODE_ENV: 'test', ...envs[tenant], ...more } };
  const script = `${tenant}() { "${process.execPath}" "${bin}" "$@"; }; ${line}`;
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', script], options, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

/** The text without what is another one each time: ids that the command makes, and where files are kept. */
const steady = (text: string) =>
  text.replace(/rejects [0-9a-f]{12} /g, 'rejects ID ').replace(/^ {2}\/.*\/[0-9a-f]{64}$/gm, '  /BLOB');

const storedRows = async () =>
  (await databases.tracc.query<{ rows: number }>('select count(*)::int as rows from transactions'))[0]!.rows;

/** Columns of a terminal that a line takes: letters of double width take two, marks over or under another letter none. */
const columnsOf = (line: string) =>
  line.replace(/\p{Mn}/gu, '').replace(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\u3000-\u303f\uff01-\uff60]/gu, 'xx')
    .length;

const FILES = [
  ['german', 'eur', 'semicolons, a preamble, windows-1252, a bad row'],
  ['american', 'usd', 'month first, quoted thousands'],
  ['indian', 'inr', 'Dr and Cr, lakhs, day first'],
  ['french', 'eur', 'debit and credit, a byte order mark'],
  ['hungarian', 'huf', 'tabs, whole amounts with spaces'],
  ['hindi', 'inr', 'a header in Hindi'],
  ['gujarati', 'inr', 'a header and digits in Gujarati'],
  ['japanese', 'jpy', 'letters of double width'],
  ['card', 'eur', 'no sign and no decimals in any amount'],
  ['hostile', 'eur', 'escape sequences for the terminal'],
] as const;

test.each(FILES)('data-import 17: the preview of %s.csv says how the file is read (%s, %s)', async (name, account) => {
  const before = await storedRows();
  const { code, out } = await typed(`tracc import ${name}.csv --account ${account} --preview`);
  expect(steady(out)).toBe(expected(name, out));
  expect(code).toBe(0);
  expect(
    steady(out)
      .split('\n')
      .filter((line) => columnsOf(line) > 80),
  ).toEqual([]);
  // Nothing that a terminal obeys.
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  expect(await storedRows()).toBe(before);
});

const QUESTIONS = [
  ['ambiguous-dates', 'day or month first'],
  ['ambiguous-amounts', 'decimals or thousands'],
  ['no-header', 'columns by position'],
  ['unknown-header', 'columns by names that nobody knows'],
] as const;

test.each(QUESTIONS)(
  'data-import 5, 6, 7, 17: the preview of %s.csv asks (%s), and what it says to type answers it',
  async (name) => {
    const asked = await typed(`tracc import ${name}.csv --account eur --preview --id ask-${name}`);
    expect(asked.code).toBe(1);
    expect(asked.err).toContain(`${name}.csv cannot be imported before that is answered`);
    expect(asked.out).toBe(expected(name, asked.out));
    // It waits for nobody.
    const { status } = await handleOf('tracc', `ask-${name}`).describe();
    expect(status.name).toBe('COMPLETED');

    const next = asked.out.split('\n').filter((each) => each.startsWith('  tracc import '));
    expect(next.length).toBeGreaterThan(0);
    for (const answer of next) {
      const answered = await typed(answer.trim());
      expect({ code: answered.code, preview: answered.out.split('\n')[0] }).toEqual({
        code: 0,
        preview: `Preview of ${name}.csv: nothing was stored.`,
      });
      expect(answered.out).toContain(' rows, no errors\n');
    }
  },
);

test('data-import 17: with --json a preview that asks has the question, and the first rows of the file', async () => {
  const { code, out } = await typed('tracc import ambiguous-dates.csv --account eur --preview --json');
  expect(code).toBe(1);
  const { needsInput, ...result } = JSON.parse(out) as DataImportResult & { needsInput: ImportQuestion };
  expect(result).toMatchObject({ status: 'cancelled', imported: 0 });
  expect(needsInput).toMatchObject({
    code: 'AmbiguousDateFormat',
    choices: ['DMY', 'MDY'],
    readings: ['3 April 2026', '4 March 2026'],
    header: ['Date', 'Details', 'Amount'],
  });
  expect(needsInput.understood).toMatchObject({
    dates: { order: 'open', proof: { line: 2, value: '03/04/2026' } },
    amounts: [{ decimal: '.', from: 'proof' }],
    head: [
      { line: 2, cells: ['03/04/2026', 'Coffee', '-3.20'] },
      { line: 3, cells: ['05/06/2026', 'Train', '-18.00'] },
      { line: 4, cells: ['07/08/2026', 'Refund', '12.00'] },
    ],
  });
});

test('data-import 17, 20: a preview of events says which of them will wait for review', async () => {
  const { code, out } = await typed('timeline import events.csv --preview');
  expect(steady(out)).toBe(expected('events', out));
  expect(code).toBe(0);
  const rows = await databases.timeline.query('select 1 from events');
  expect(rows).toEqual([]);
});

test('data-import 17: with --json a preview is one document with rows, reading and errors', async () => {
  const { code, out } = await typed('tracc import german.csv --account eur --preview --json');
  expect(code).toBe(0);
  const result = JSON.parse(out) as DataImportResult;
  expect(result).toMatchObject({
    status: 'completed_with_errors',
    rows: 5,
    imported: 0,
    errors: 1,
    skippedBlank: 1,
    rowErrors: [{ line: 11, column: 'Buchungstag', code: 'InvalidDate', value: '31.02.2026' }],
    understood: {
      format: 'csv',
      encoding: { name: 'windows-1252', from: 'fallback', sample: { line: 5, value: 'Begünstigter/Auftraggeber' } },
      delimiter: { sign: ';', from: 'content' },
      headerLine: 5,
      skippedTop: 4,
      unused: ['Wertstellung', 'IBAN'],
      dates: { column: 'Buchungstag', order: 'DMY', from: 'proof', proof: { line: 8, value: '13.03.2026' } },
      amounts: [{ role: 'amount', decimal: ',', from: 'proof', proof: { line: 6, value: '-4,80' } }],
      totals: { byCurrency: { EUR: { inMinor: '248000', outMinor: '-20615' } } },
    },
  });
  expect(result.preview).toHaveLength(4);
});

test('data-import 14: an import that asks waits for its answer, and is shown by its id before and after', async () => {
  const waiting = typed('tracc import ambiguous-dates.csv --account usd --id asks');
  await questionOf('asks');
  const shown = await typed('tracc import show asks');
  expect(shown.out).toContain('waits for an answer');
  expect(shown.out).toContain('    DMY  3 April 2026\n    MDY  4 March 2026\n');
  expect(shown.out).toContain('  tracc import answer asks --date-format MDY\n');
  expect((await typed('tracc import answer asks --date-format MDY')).out).toContain('answered asks');

  const { code, out, err } = await waiting;
  expect(code).toBe(0);
  expect(out).toBe(
    '3 rows of ambiguous-dates.csv: 3 imported.\n12.00 USD in, -21.20 USD out, from 2026-03-04 to 2026-07-08\n',
  );
  expect(err).toContain('The import of ambiguous-dates.csv waits for an answer.');
  expect(err).toContain('  tracc import answer asks --date-format DMY\n');

  const after = await typed('tracc import show asks');
  expect(after.out).toContain('status  completed\n');
  expect(after.out).toContain('dates     month first, as you said');
  expect(after.out).toContain('3 rows of ambiguous-dates.csv: 3 imported.');
});

test('data-import 14: an import is paused, resumed and cancelled by its id, and by nobody else', async () => {
  const waiting = typed('tracc import ambiguous-amounts.csv --account usd --id stops');
  await questionOf('stops');
  expect((await typed('tracc import pause stops')).out).toContain('paused stops');
  expect(JSON.parse((await typed('tracc import show stops --json')).out)).toMatchObject({
    status: 'running',
    progress: { phase: 'paused', needsInput: { code: 'AmbiguousNumberFormat' } },
  });
  const other = await typed('tracc import cancel stops', { TRACC_USER: 'u2' });
  expect(other).toMatchObject({ code: 1, err: 'tracc: there is no import stops\n' });
  expect((await typed('tracc import resume stops')).out).toContain('resumed stops');
  const { code, out } = await typed('tracc import cancel stops');
  expect({ code, out }).toEqual({ code: 0, out: 'Cancelled: nothing of ambiguous-amounts.csv was imported.\n' });
  expect((await waiting).out).toBe(out);
  const late = await typed('tracc import pause stops');
  expect(late).toMatchObject({ code: 1, err: 'tracc: the import stops has ended already\n' });
});

test('data-import 13, 16: an import that waits for a revert says so, and how one that was cut off goes on', async () => {
  const countOf = async (accountId: string) =>
    (await databases.tracc.query('select 1 from transactions where account_id = $1', [accountId])).length;
  const before = await countOf('inr');
  expect((await typed('tracc import indian.csv --account inr --id left')).code).toBe(0);
  const after = await countOf('inr');
  expect(after).toBeGreaterThan(before);
  // As a revert leaves it whose workflow was terminated.
  await databases.tracc.query(`update imports set status = 'reverting' where import_id = 'left'`);
  const waiting = typed('tracc import hindi.csv --account inr --id next --watch');
  const shown = async () => (await typed('tracc import show next')).out.replace(/\s+/g, ' ');
  await waitFor(
    async () => (await shown()).includes('waits Import left into inr is being reverted;'),
    'what it waits for',
  );
  expect(await countOf('inr')).toBe(after);

  expect((await typed('tracc import revert left')).code).toBe(0);
  const { code, err } = await waiting;
  expect(code).toBe(0);
  // Said once, however often it was looked at.
  expect(err.match(/hindi\.csv waits: Import left into inr is being reverted;/g)).toHaveLength(1);
  expect(err).toContain('goes on with import revert left.');
  expect((await typed('tracc import show next')).out).not.toContain('waits');
  await typed('tracc import revert next');
});

test('data-import 3, 15, 19: an import says in words what it came to, and where the refused rows are', async () => {
  const first = await typed('tracc import german.csv --account eur --id words');
  expect(first.code).toBe(0);
  expect(steady(first.out)).toBe(expected('german-imported', first.out));
  const again = await typed('tracc import german.csv --account eur');
  expect(again.out).toBe(
    'Nothing to do: this file was imported before, as words (4 rows). --force imports\nit again.\n',
  );
  const preview = await typed('tracc import german.csv --account eur --preview');
  expect(preview.out).toContain('The same file was imported before, as words');

  const rejects = path.join(directory, 'mine.csv');
  expect(await typed(`tracc import rejects words --out ${rejects}`)).toMatchObject({ code: 0, out: `${rejects}\n` });
  expect(await readFile(rejects, 'utf8')).toContain('31.02.2026');
  const list = (await typed('tracc import list')).out.split('\n');
  expect(list[0]).toMatch(/^id +begun +file +account +status +rows +imported +duplicates +refused$/);
  expect(list.find((line) => line.startsWith('words'))).toMatch(/german\S+ +eur +completed +5 +4 +0 +1$/);
});

test('data-import 2: an import that failed is shown with its reason', async () => {
  expect((await typed('tracc import german.csv --account nowhere --id lost')).code).toBe(1);
  const { code, out } = await typed('tracc import show lost');
  expect(code).toBe(0);
  expect(out).toContain('status  failed\n');
  expect(out).toContain('There is no open account nowhere.');
  expect((await typed('tracc import show never')).err).toBe('tracc: there is no import never\n');
});

function handleOf(tenant: Tenant, importId: string) {
  return new Client({ connection, namespace: `${tenant}-previews` }).workflow.getHandle(
    importWorkflowId({ tenant, importId }),
  );
}

/** Waits until an import asks something. */
async function questionOf(importId: string): Promise<void> {
  await waitFor(
    async () =>
      handleOf('tracc', importId)
        .query<ImportProgress>(IMPORT_HANDLERS.progress)
        .then(
          ({ needsInput }) => needsInput !== undefined,
          () => false,
        ),
    `the question of ${importId}`,
  );
}

/** The text that was looked at and found right. `WRITE_PREVIEWS=1` writes it anew, to be looked at again. */
function expected(name: string, seen: string): string {
  const file = path.join(PREVIEWS, `${name}.txt`);
  if (process.env['WRITE_PREVIEWS']) writeFileSync(file, steady(seen));
  return readFileSync(file, 'utf8');
}

test('every expected text belongs to a file', () => {
  const names = readdirSync(PREVIEWS).map((file) => path.parse(file).name.replace('-imported', ''));
  expect([...new Set(names)].toSorted()).toEqual(
    [...FILES.map(([name]) => name), ...QUESTIONS.map(([name]) => name), 'events'].toSorted(),
  );
});
