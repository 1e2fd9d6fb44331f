import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UsageError } from '@backend/shared/cli';
import { type BlobStore, createBlobStore } from '@backend/shared/blob';
import { FILES } from '../config';
import { resolveInput } from '../workflows/generation-input';
import { readSourceList, toInput } from './source-list';

let directory: string;
let blobs: BlobStore;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'source-list-'));
  blobs = createBlobStore(path.join(directory, 'blobs'));
});
afterAll(async () => rm(directory, { recursive: true, force: true }));

async function list(yaml: string) {
  const file = path.join(directory, 'list.yaml');
  await writeFile(file, yaml);
  return readSourceList(file);
}

test('the sample list becomes an input that the workflow takes, its files in the blob store', async () => {
  const input = await toInput(await readSourceList(FILES.sample), { blobs });
  expect(resolveInput(input)).toMatchObject({
    timelineId: 'swaminarayan',
    review: 'low',
    range: '1700/2030',
    model: 'rules',
  });
  expect(input.sources).toHaveLength(6);
  for (const source of input.sources)
    expect(source).toMatchObject({ kind: 'blob', ref: expect.stringMatching(/^blob:[0-9a-f]{64}$/) });
  expect(input.sources[3]).toMatchObject({ mediaType: 'text/html' });
  expect(JSON.stringify(input)).not.toContain(directory);
});

test('with a base address, sources of kind url are fetched from there', async () => {
  const input = await toInput(await readSourceList(FILES.sample), { blobs, baseUrl: 'http://127.0.0.1:8000/files' });
  expect(input.sources[3]).toMatchObject({ kind: 'url', uri: 'http://127.0.0.1:8000/files/sources/04-visitors.html' });
  expect(input.sources[0]).toMatchObject({ kind: 'blob' });
});

test('common rules: the same list asked for twice is the same request, another list is another', async () => {
  const sample = await readSourceList(FILES.sample);
  const first = await toInput(sample, { blobs });
  expect((await toInput(sample, { blobs })).requestId).toBe(first.requestId);
  expect((await toInput({ ...sample, topic: 'Other' }, { blobs })).requestId).not.toBe(first.requestId);
  expect((await toInput(sample, { blobs, requestId: 'mine' })).requestId).toBe('mine');
});

const HEAD = 'timelineId: t\ntopic: T\n';
test.each([
  ['no YAML', 'a: [', 'YAML'],
  ['no list', '- a', 'timelineId'],
  ['no timelineId', 'topic: T\nsources: [{}]', 'timelineId'],
  ['no topic', 'timelineId: t\nsources: [{}]', 'topic'],
  ['no sources', `${HEAD}sources: []`, 'sources'],
  ['an unknown setting', `${HEAD}minconfidence: 1\nsources: [{sourceId: s}]`, 'minconfidence'],
  ['an unknown field', `${HEAD}sources: [{sourceId: s, url: x}]`, 'sources[0]'],
  ['a path that is no text', `${HEAD}sources: [{sourceId: s, path: 7}]`, 'sources[0].path'],
])('common rules: a list with %s is bad usage and the sentence names it', async (_what, yaml, named) => {
  const problem = await list(yaml).catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(UsageError);
  expect((problem as Error).message).toContain(named);
});

test('a file that is not there is named', async () => {
  await expect(readSourceList(path.join(directory, 'none.yaml'))).rejects.toThrow('none.yaml');
  const listed = await list(`${HEAD}sources: [{sourceId: s, title: S, tier: 1, kind: text, path: none.txt}]`);
  await expect(toInput(listed, { blobs })).rejects.toThrow('none.txt');
});
