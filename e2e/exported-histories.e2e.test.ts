import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestDatabase } from '@backend/shared/testing';
import { addUser } from '../apps/tracc-worker/test/support';
import { openTestDatabase, testServers } from '../test/support/servers';
import { readUntil } from '../test/support/wait';
import { type WorkerProcess, runCommand, startWorkerProcess } from './stack';

// What an installation has run, exported from its server and replayed with the workflows as they are. Payloads are encrypted.
jest.setTimeout(180_000);
const ROOT = path.join(__dirname, '..');
const USER = 'ana-maria-of-the-exports';
let database: TestDatabase;
let directory: string;
let file: string;
let env: Record<string, string>;
let worker: WorkerProcess;

beforeAll(async () => {
  database = await openTestDatabase('tracc');
  await addUser(database, USER, 'UTC');
  await database.query(
    `insert into budgets (budget_id, user_id, name, currency, zone, limit_minor, rollover_since)
     values ('food', $1, 'Food', 'EUR', 'UTC', 10000, '2025-01')`,
    [USER],
  );
  await database.query(`insert into budget_categories (user_id, budget_id, category_id) values ($1, 'food', 'food')`, [
    USER,
  ]);
  directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-exports-'));
  file = path.join(directory, 'tracc.jsonl');
  env = {
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: testServers().temporalAddress!,
    TEMPORAL_NAMESPACE: 'tracc-exports',
    PAYLOAD_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    TRACC_USER: USER,
  };
  worker = await startWorkerProcess('tracc', env);
});
afterAll(async () => {
  await worker?.stop();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
const script = async (name: string, ...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { cwd: ROOT, env: { ...process.env, ...env } };
    const child = execFile(process.execPath, [`scripts/${name}.mjs`, 'tracc', ...args], options, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
/** The server lists what has ended a moment later. */
const exportAll = async (wanted: string): Promise<Ended> =>
  readUntil(
    async () => script('export-histories', '--to', file),
    ({ code, out }) => code !== 0 || out.endsWith(wanted),
    { what: wanted, boundMs: 120_000 },
  );
const lines = async () => (await readFile(file, 'utf8')).trimEnd().split('\n');
const check = async (month: string) => {
  const { code, err } = await runCommand('tracc', ['budget', 'check', month], env);
  expect([code, code === 0 ? '' : err]).toEqual([0, '']);
};

test('platform: closed executions are exported as lines of JSON, which replay, and of which none can be read without the key', async () => {
  await check('2025-01');
  await check('2025-02');
  expect(await script('export-histories', '--to', file)).toMatchObject({
    code: 0,
    err: expect.stringContaining('✓ exporting'),
  });
  await exportAll(', 2 in all\n');
  const [first] = (await lines()).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(Object.keys(first!)).toEqual([
    'workflowId',
    'runId',
    'workflowType',
    'status',
    'startTime',
    'closeTime',
    'history',
  ]);
  expect(await script('check-histories', file)).toMatchObject({ code: 0, out: '2 of 2 histories replay\n' });
});

test('platform: an export that was interrupted goes on, and what is there is not fetched again', async () => {
  const before = await lines();
  await check('2025-03');
  // As it is left by a process that was killed while it wrote a line.
  await rename(file, `${file}.part`);
  await appendFile(`${file}.part`, `${before[0]!.slice(0, 500)}`);
  await exportAll(', 3 in all\n');
  const after = await lines();
  expect(after.slice(0, 2)).toEqual(before);
  expect(new Set(after.map((line) => (JSON.parse(line) as { runId: string }).runId)).size).toBe(3);
  expect((await script('check-histories', file)).out).toBe('3 of 3 histories replay\n');
});

test('platform: a history that these workflows would not have made is named', async () => {
  const [first, ...rest] = await lines();
  const altered = first!.replaceAll('"checkBudgetStatus"', '"checkBudgetState"');
  expect(altered).not.toBe(first);
  await writeFile(file, `${[altered, ...rest].join('\n')}\n`);
  const { code, out } = await script('check-histories', file);
  expect(code).toBe(1);
  expect(out).toMatch(/^tracc\/budget\/.+: .*(Nondeterminism|nondeterminism)/s);
  expect(out).toMatch(/2 of 3 histories replay\n$/);
});

test('platform: wrong use is a sentence', async () => {
  expect(await script('export-histories')).toMatchObject({
    code: 1,
    err: expect.stringContaining('give a tenant and a file'),
  });
  expect(await script('check-histories', '/nowhere/x.jsonl')).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is no /nowhere/x.jsonl'),
  });
});
