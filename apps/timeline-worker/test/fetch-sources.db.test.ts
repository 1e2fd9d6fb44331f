import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { type BlobStore, createBlobStore } from '@backend/shared/blob';
import { createGuardedFetch } from '@backend/shared/http';
import { createMetrics } from '@backend/shared/telemetry';
import type { TestDatabase } from '@backend/shared/testing';
import { MockActivityEnvironment } from '@temporalio/testing';
import pino from 'pino';
import { failureOf } from '../../../test/support/failure-of';
import { openTestDatabase } from '../../../test/support/servers';
import { waitFor } from '../../../test/support/wait';
import type { Deps } from '../src/activities';
import { fetchHistoricalSources } from '../src/activities/fetch-historical-sources';
import { type GenerationSource, RULES_MODEL, type SourcesOutcome } from '../src/contract';
import { createExtractors } from '../src/extraction';
import { TIMELINE_METRICS } from '../src/metrics';
import { resolveInput } from '../src/workflows/generation-input';
import { endlessPdf, pdf, textAt } from './fixtures/documents/pdf';
import { type TestSite, startSite } from './support';

let database: TestDatabase;
let directory: string;
let blobs: BlobStore;
let site: TestSite;
let canary: TestSite;
let deps: Deps;
const asked: string[] = [];
const canaryAsked: string[] = [];

beforeAll(async () => {
  database = await openTestDatabase('timeline');
  directory = await mkdtemp(path.join(os.tmpdir(), 'fetch-sources-'));
  blobs = createBlobStore(directory);
  canary = await startSite((request, response) => {
    canaryAsked.push(request.url!);
    response.end('a secret of 1999');
  });
  site = await startSite((request, response) => {
    asked.push(request.url!);
    answer(request, response);
  });
  deps = {
    scope: database.scope,
    blobs,
    fetch: createGuardedFetch({ allowHosts: [site.host] }),
    extractors: createExtractors({ provider: 'rules', maxConcurrent: 4 }),
    importDirectory: directory,
    metrics: createMetrics(TIMELINE_METRICS).metrics,
    log: pino({ level: 'silent' }),
  };
});
beforeEach(() => {
  asked.splice(0);
  hanging = true;
});
afterAll(async () => {
  await site.close();
  await canary.close();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

const BOOK = pdf({ pages: [textAt([60, 780], ['On 3 April 1781 he was born at Chhapaiya.'])] });
const PAGE = `<h1>Loj</h1><p>In 1799 he came to Loj.</p><!--${'-'.repeat(9 * 1024 * 1024)}-->`;

let hanging = true;
/** Requests that are open and get no answer. */
let hung = 0;

/** Pages of a site that does what sites do; `/never` begins and does not go on, `/drip` goes on for ever. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  switch (request.url) {
    case '/book':
      return void response.writeHead(200, { 'content-type': 'application/pdf' }).end(BOOK);
    case '/page':
      return void response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    case '/damaged':
      return void response.writeHead(200, { 'content-type': 'application/pdf' }).end(BOOK.subarray(0, 40));
    case '/exhausting':
      return void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(`[${'{},'.repeat(3_000_000)}"words"]`);
    case '/inside':
      return void response.writeHead(302, { location: `${canary.url}/secret` }).end();
    case '/gone':
      return void response.writeHead(404).end();
    case '/never':
      response.writeHead(200, { 'content-type': 'text/plain' }).write('In 1802 ');
      return void (hanging || response.end('it went on.'));
    case '/hang':
      hung += 1;
      return void response.on('close', () => (hung -= 1));
    case '/when-hanging':
      return void waitFor(() => hung > 0, 'another request to hang').then(() => response.end('In 1803.'));
    case '/drip': {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const timer = setInterval(() => response.write('In 1801. '), 500);
      return void response.on('close', () => clearInterval(timer));
    }
    default:
      return void response.writeHead(500).end();
  }
}

const url = (name: string): GenerationSource => ({
  sourceId: name,
  title: name,
  tier: 2,
  kind: 'url',
  uri: `${site.url}/${name}`,
});
const words = {
  sourceId: 'words',
  title: 'W',
  tier: 3,
  kind: 'text',
  text: 'In 1826 he wrote.',
} satisfies GenerationSource;

async function fetchSources(
  timelineId: string,
  sources: readonly GenerationSource[],
  env = scheduled(),
  change: Partial<Deps> = {},
) {
  const settings = resolveInput({ timelineId, requestId: 'r1', topic: 'A life', model: RULES_MODEL, sources });
  const given = { ...deps, ...change };
  return (await env.run(async () => fetchHistoricalSources(given, { settings, sources }))) as SourcesOutcome;
}

/** An attempt of the activity, so long after it was first scheduled. */
function scheduled(agoMs = 0): MockActivityEnvironment {
  return new MockActivityEnvironment({ scheduledTimestampMs: Date.now() - agoMs });
}

const storedTexts = async (timelineId: string) =>
  database.query<{
    id: string;
    text: string | null;
    sha256: string | null;
    code: string | null;
    original: { ref: string };
  }>(
    `select r.source_id as id, t.text, t.sha256, r.failure_code as code, t.original from request_sources r
     left join source_texts t on t.timeline_id = r.timeline_id and t.sha256 = r.text_sha256
     where r.timeline_id = $1 order by r.position`,
    [timelineId],
  );

test('ai-timeline 3: sources that hang, crash their reader or lead inside are listed, and no other is lost', async () => {
  const env = scheduled();
  let beats = 0;
  env.on('heartbeat', () => (beats += 1));
  const outcome = await fetchSources(
    'mixed',
    ['never', 'drip', 'exhausting', 'damaged', 'inside', 'gone', 'book', 'page'].map(url).concat(words),
    env,
  );
  expect(outcome.ok).toBe(3);
  expect(outcome.failed.map(({ sourceId, code }) => [sourceId, code])).toEqual([
    ['never', 'SourceTimeout'],
    ['drip', 'SourceTimeout'],
    ['exhausting', 'SourceUnsupported'],
    ['damaged', 'SourceUnsupported'],
    ['inside', 'SourceBlocked'],
    ['gone', 'SourceNotFound'],
  ]);
  for (const { message } of outcome.failed) expect(message).toMatch(/^[A-Z\d].*\.$/);
  expect(canaryAsked).toEqual([]);
  // One at entry, then one every three seconds of the thirty that two sources take.
  expect(beats).toBeGreaterThan(5);

  const stored = (await storedTexts('mixed')).filter(({ text }) => text !== null);
  expect(stored.map(({ id, text }) => [id, text])).toEqual([
    ['book', 'On 3 April 1781 he was born at Chhapaiya.'],
    ['page', 'Loj\n\nIn 1799 he came to Loj.'],
    ['words', 'In 1826 he wrote.'],
  ]);
  for (const { text, sha256 } of stored) expect(createHash('sha256').update(text!).digest('hex')).toBe(sha256);
  const [book] = stored;
  expect(book!.original).toMatchObject({ bytes: BOOK.length, sha256: createHash('sha256').update(BOOK).digest('hex') });
}, 120_000);

test('ai-timeline 3: when every source fails, the run ends with what is wrong', async () => {
  expect(await failureOf(fetchSources('none', [url('gone'), url('inside'), url('damaged')]))).toBe('NoUsableSources');
});

const LATE = { code: 'SourceTimeout', message: 'The sources before it took the time that one run may have.' };
const ALLOWED_MS = 8.5 * 60_000;

test('ai-timeline 3: sources for which the run has no time left are listed, and those that were read are kept', async () => {
  const hangingOnes = Array.from({ length: 9 }, (_, index) => ({ ...url('never'), sourceId: `never-${index}` }));
  const outcome = await fetchSources('late', [words, ...hangingOnes], scheduled(ALLOWED_MS));
  expect(outcome).toEqual({ ok: 1, failed: hangingOnes.map(({ sourceId }) => ({ sourceId, ...LATE })) });
  expect((await storedTexts('late')).map(({ text }) => text)).toEqual([words.text, ...hangingOnes.map(() => null)]);
});

test('ai-timeline 3: documents that take all the time a reader may have cost a run no source that was read', async () => {
  const files = Array.from({ length: 4 }, (_, index): GenerationSource => {
    const sourceId = `endless-${index}`;
    return { sourceId, title: sourceId, tier: 3, kind: 'blob', ref: 'file:endless.pdf' };
  });
  await writeFile(path.join(directory, 'endless.pdf'), endlessPdf());
  const outcome = await fetchSources('busy', [words, ...files], scheduled(ALLOWED_MS - 2000));
  expect(outcome).toEqual({ ok: 1, failed: files.map(({ sourceId }) => ({ sourceId, ...LATE })) });
});

test('ai-timeline 3: when the store fails, nothing is read on that nobody waits for', async () => {
  const broken = path.join(directory, 'broken');
  await writeFile(broken, 'no directory');
  const running = fetchSources('broken', [url('hang'), url('when-hanging')], scheduled(), {
    blobs: createBlobStore(broken),
  });
  await expect(running).rejects.toMatchObject({ code: 'EEXIST' });
  await waitFor(() => asked.includes('/hang') && hung === 0, 'the request that hangs to be given up', 15_000);
  expect(await storedTexts('broken')).toEqual([]);
});

test('ai-timeline 7: a cancelled fetch ends while a source hangs, and the next attempt asks only for what is missing', async () => {
  const env = scheduled();
  const running = fetchSources('cancelled', [url('book'), url('never')], env);
  running.catch(() => undefined);
  await waitFor(
    async () => (await storedTexts('cancelled')).length === 1 && asked.includes('/never'),
    'one source to be stored and the other one to hang',
  );
  env.cancel();
  await expect(running).rejects.toThrow('CANCELLED');
  expect((await storedTexts('cancelled')).map(({ id }) => id)).toEqual(['book']);

  asked.splice(0);
  hanging = false;
  expect(await fetchSources('cancelled', [url('book'), url('never')])).toEqual({ ok: 2, failed: [] });
  expect(asked).toEqual(['/never']);
});
