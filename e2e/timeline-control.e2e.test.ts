import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestDatabase } from '@backend/shared/testing';
import { type ModelServer, startModelServer } from '../apps/timeline-worker/test/model-server';
import { openTestDatabase, testServers } from '../test/support/servers';
import { readUntil } from '../test/support/wait';
import { type WorkerProcess, runCommand, startWorkerProcess } from './stack';

const TIMELINE = 'town';
const CHUNKS = 6;
let database: TestDatabase;
let directory: string;
let model: ModelServer;
let worker: WorkerProcess;
let env: Record<string, string>;
let list: string;

// Each step is a command, a process of its own.
jest.setTimeout(180_000);

beforeAll(async () => {
  database = await openTestDatabase('timeline');
  directory = await mkdtemp(path.join(os.tmpdir(), 'timeline-control-'));
  model = await startModelServer();
  env = {
    ...model.env(),
    DATABASE_URL: database.workerUrl,
    BLOB_DIR: path.join(directory, 'blobs'),
    IMPORT_DIR: directory,
    TEMPORAL_ADDRESS: testServers().temporalAddress!,
    TEMPORAL_NAMESPACE: 'timeline-control',
    TIMELINE_ID: TIMELINE,
  };
  const text = Array.from(
    { length: CHUNKS },
    (_, index) =>
      `${'The chronicle tells of quiet years and good harvests. '.repeat(3)}The ${'bridge mill temple school market harbour'.split(' ')[index]} of the town was finished in ${1800 + index}.`,
  );
  await writeFile(path.join(directory, 'chronicle.txt'), text.join('\n\n'));
  list = path.join(directory, 'sources.yaml');
  await writeFile(
    list,
    `timelineId: ${TIMELINE}
topic: A town
budget: { maxTotalTokens: 10 }
maxOutputTokensPerCall: 1000
chunk: { maxChars: 260, overlapChars: 0 }
sources:
  - { sourceId: chronicle, title: Chronicle, tier: 1, kind: blob, path: chronicle.txt }
`,
  );
  worker = await startWorkerProcess('timeline', env);
});

afterAll(async () => {
  await worker?.stop();
  await model?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

const timeline = async (...args: string[]) => runCommand('timeline', args, env);
const json = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { code, out, err } = await timeline(...args, '--json');
  expect({ code, err }).toEqual({ code: 0, err: expect.anything() });
  return JSON.parse(out) as Record<string, unknown>;
};
/** Starts a request that has no budget for its first call, of a model of its own, and comes back when it waits for more. */
async function exhausted(request: string): Promise<void> {
  const { code, err } = await timeline(
    'generate',
    list,
    '--request',
    request,
    '--model',
    `model-${request}`,
    '--watch',
  );
  expect(code).toBe(1);
  expect(err).toContain(`timeline generate add-budget ${request} --timeline ${TIMELINE} --tokens N`);
}

test('ai-timeline 10, 19: a request that waits for budget is listed, shown, given more, watched to its end and shown again', async () => {
  await exhausted('poor');
  expect(await json('generate', 'show', 'poor')).toMatchObject({
    requestId: 'poor',
    status: 'running',
    progress: { phase: 'budgetExhausted', chunksDone: 0, chunksTotal: CHUNKS, sources: { ok: 1, failed: [] } },
  });
  const shown = await timeline('generate', 'show', 'poor');
  expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/phase +budgetExhausted/) });
  expect((await timeline('generate', 'list')).out).toMatch(/poor +\S+ \S+ UTC +A town +\S+ +running/);
  await readUntil(
    async () => (await timeline('generate', 'list', '--status', 'budgetExhausted')).out,
    (out) => /poor +\S+ \S+ UTC +A town +\S+ +budgetExhausted/.test(out),
    { what: 'the list of requests that wait for budget' },
  );
  expect((await timeline('generate', 'list', '--open', '--timeline', 'village')).out).toBe(
    'there are no such requests\n',
  );

  const added = await timeline('generate', 'add-budget', 'poor', '--tokens', '100000');
  expect(added).toMatchObject({ code: 0, out: `poor has more budget; ${CHUNKS} chunks are left\n` });
  const watched = await timeline('generate', 'show', 'poor', '--watch');
  expect(watched).toMatchObject({ code: 0, out: expect.stringMatching(/events published +6/) });
  expect(await json('generate', 'show', 'poor')).toMatchObject({ status: 'completed', published: CHUNKS });
  expect((await timeline('generate', 'list')).out).toMatch(/poor .* completed/);

  for (const order of ['cancel', 'pause', 'resume'])
    expect(await timeline('generate', order, 'poor')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/ended|is running/),
    });
});

test('ai-timeline 7: a request that waits for budget is cancelled, and says what it has', async () => {
  await exhausted('dropped');
  const { code, out } = await timeline('generate', 'cancel', 'dropped');
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('cancelled, extracted by') });
  expect((await timeline('generate', 'list')).out).toMatch(/dropped .* cancelled/);
});

test('ai-timeline 19: a request is paused and resumed', async () => {
  await exhausted('paused');
  expect(await timeline('generate', 'pause', 'paused')).toMatchObject({
    code: 0,
    out: `paused paused, 0 of ${CHUNKS} chunks done\ntimeline generate resume paused --timeline ${TIMELINE} goes on\n`,
  });
  await timeline('generate', 'add-budget', 'paused', '--tokens', '100000');
  await readUntil(
    async () => ((await json('generate', 'show', 'paused'))['progress'] as { phase: string } | undefined)?.phase,
    (phase) => phase === 'paused',
    { what: 'the request to be paused' },
  );
  expect(await timeline('generate', 'resume', 'paused')).toMatchObject({ code: 0 });
  expect(await timeline('generate', 'show', 'paused', '--watch')).toMatchObject({
    code: 0,
    out: expect.stringContaining('completed, extracted by'),
  });
});

test.each([
  ['show', /no request none of the timeline town/],
  ['cancel', /no request none of the timeline town/],
  ['pause', /no request none of the timeline town/],
])('ai-timeline 19: generate %s of a request that nobody made is one sentence', async (order, sentence) => {
  expect(await timeline('generate', order, 'none')).toMatchObject({ code: 1, err: expect.stringMatching(sentence) });
});

test.each([[['--tokens', '0']], [['--tokens', 'many']], [['--cost', '-1']]])(
  'ai-timeline 10: add-budget %j is bad usage',
  async (args) => {
    expect((await timeline('generate', 'add-budget', 'none', ...args)).code).toBe(2);
  },
);

test('ai-timeline 1: a range that is no EDTF is bad usage, before anything is started', async () => {
  const wrong = path.join(directory, 'range.yaml');
  await writeFile(
    wrong,
    `timelineId: ranged\ntopic: T\nmodel: rules\nrange: yesterday\nsources:\n  - { sourceId: s, title: S, tier: 1, kind: blob, path: chronicle.txt }\n`,
  );
  expect(await timeline('generate', wrong)).toMatchObject({
    code: 2,
    err: expect.stringContaining('range should be an EDTF interval'),
  });
  expect(await database.query('select 1 from timelines where timeline_id = $1', ['ranged'])).toEqual([]);
});
