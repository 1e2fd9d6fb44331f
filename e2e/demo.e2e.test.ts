import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = path.join(__dirname, '..');
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'tenants-demo-'));
});
afterAll(async () => rm(directory, { recursive: true, force: true }));

interface DemoDocument {
  readonly temporal: { readonly version: string; readonly address: string };
  readonly postgres: { readonly version: string };
  readonly workflows: readonly {
    readonly type: string;
    readonly workflowId: string;
    readonly status: string;
    readonly durationMs: number;
    readonly result: unknown;
  }[];
  readonly files: readonly string[];
}

const demo = async (): Promise<DemoDocument> => {
  const { stdout } = await run(process.execPath, [path.join(ROOT, 'scripts', 'demo.mjs'), '--json'], {
    env: { ...process.env, DEMO_DIRECTORY: directory },
    timeout: 120_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as DemoDocument;
};

// The demo itself counts the effects in PostgreSQL and fails when a figure is off, in the second run as in the first.
test('the demo completes all four workflows, and a second run has no effect twice', async () => {
  for (const pass of ['first', 'second']) {
    const document = await demo();
    expect([pass, new Set(document.workflows.map(({ type }) => type))]).toEqual([
      pass,
      new Set([
        'MonthlyBudgetWorkflow',
        'RecurringTransactionWorkflow',
        'DataImportWorkflow',
        'AITimelineGenerationWorkflow',
      ]),
    ]);
    expect(document.workflows.filter(({ status }) => status !== 'COMPLETED')).toEqual([]);
    expect(document.temporal.version).toMatch(/^\d+\.\d+/);
    expect(document.postgres.version).toMatch(/^\d+/);
    expect(document.files.length).toBeGreaterThanOrEqual(6);
    for (const file of document.files) expect((await readFile(file)).length).toBeGreaterThan(0);
  }
}, 240_000);
