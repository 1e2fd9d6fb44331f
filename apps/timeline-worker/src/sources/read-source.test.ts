import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { type RequestListener, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BlobStore, createBlobStore } from '@backend/shared/blob';
import { type GuardedFetch, createGuardedFetch } from '@backend/shared/http';
import type { GenerationSource } from '../contract';
import { errors } from 'undici';
import { SourceFailure, readSource, sourceFailureOf } from './read-source';

let server: Server;
let host: string;
let answer: RequestListener;
let directory: string;
let blobs: BlobStore;

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  directory = await mkdtemp(path.join(os.tmpdir(), 'read-source-'));
  blobs = createBlobStore(path.join(directory, 'blobs'));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

const identity = { sourceId: 's', title: 'S', tier: 3 } as const;
const read = async (
  source: Partial<GenerationSource>,
  fetch: GuardedFetch = createGuardedFetch({ allowHosts: [host] }),
) =>
  readSource(
    { fetch, blobs, importDirectory: path.join(directory, 'imports') },
    { ...identity, ...source } as GenerationSource,
    new AbortController().signal,
  );
const codeOf = async (source: Partial<GenerationSource>, fetch?: GuardedFetch) =>
  read(source, fetch).then(
    () => 'read',
    (error: unknown) => sourceFailureOf(error)?.code ?? error,
  );
const url = (at: string): Partial<GenerationSource> => ({ kind: 'url', uri: `http://${host}${at}` });

test('ai-timeline 3: what a server sends is read, with the type it says', async () => {
  answer = (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('Hello');
  const { bytes, mediaType } = await read(url('/'));
  expect([Buffer.from(bytes).toString(), mediaType]).toEqual(['Hello', 'text/plain; charset=utf-8']);
});

test('ai-timeline 3: five redirects are followed, a sixth is not', async () => {
  answer = (request, response) => {
    const left = Number(request.url!.slice(1));
    if (left === 0) response.writeHead(200).end('There');
    else response.writeHead(302, { location: `/${left - 1}` }).end();
  };
  expect(await codeOf(url('/5'))).toBe('read');
  expect(await codeOf(url('/6'))).toBe('SourceBlocked');
});

test.each([
  'http://127.0.0.1:1/',
  'http://169.254.169.254/latest',
  'http://[::1]/',
  'file:///etc/passwd',
  'http://user:word@example.org/',
])('ai-timeline 3: a redirect to %s is blocked', async (location) => {
  answer = (_request, response) => response.writeHead(302, { location }).end();
  expect(await codeOf(url('/'))).toBe('SourceBlocked');
});

test('ai-timeline 3: ten MiB are the most, whatever the server says of the length', async () => {
  const tenMiB = Buffer.alloc(10 * 1024 * 1024, 'x');
  answer = (_request, response) => response.writeHead(200).end(tenMiB);
  expect(await codeOf(url('/'))).toBe('read');
  answer = (_request, response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' });
    response.write(tenMiB);
    response.end('x');
  };
  expect(await codeOf(url('/'))).toBe('SourceTooLarge');
  answer = (_request, response) => response.writeHead(200, { 'content-length': String(tenMiB.length + 1) }).write('x');
  expect(await codeOf(url('/'))).toBe('SourceTooLarge');
});

/** 600 MiB of one letter, as the gzip file that a server would send. */
function gzipBomb(): Buffer {
  const member = gzipSync(Buffer.alloc(20 * 1024 * 1024, 'x'));
  return Buffer.concat(Array.from({ length: 30 }, () => member));
}

test('ai-timeline 3: what is sent compressed is counted as it unpacks', async () => {
  answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('Hello'));
  expect(Buffer.from((await read(url('/'))).bytes).toString()).toBe('Hello');
  const bomb = gzipBomb();
  expect(bomb.length).toBeLessThan(1024 * 1024);
  answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
  expect(await codeOf(url('/'))).toBe('SourceTooLarge');
  const twice = gzipSync(bomb);
  answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(twice);
  expect(await codeOf(url('/'))).toBe('SourceTooLarge');
});

test('ai-timeline 3: compressed content that is none, and one in endless layers, is refused without a crash', async () => {
  answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip');
  expect(await codeOf(url('/'))).toBe('SourceUnsupported');
  answer = (_request, response) =>
    response.writeHead(200, { 'content-encoding': Array.from({ length: 200 }, () => 'gzip').join(', ') }).end('x');
  expect(await codeOf(url('/'))).toBe('SourceTimeout');
});

test('ai-timeline 3: redirects that lead in a circle over two hosts end after five', async () => {
  const other = createServer((_request, response) => response.writeHead(302, { location: `http://${host}/` }).end());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const otherHost = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  let calls = 0;
  answer = (_request, response) => {
    calls += 1;
    response.writeHead(302, { location: `http://${otherHost}/` }).end();
  };
  expect(await codeOf(url('/'), createGuardedFetch({ allowHosts: [host, otherHost] }))).toBe('SourceBlocked');
  expect(calls).toBe(3);
  other.closeAllConnections();
  await new Promise((resolve) => other.close(resolve));
});

test.each([400, 401, 403, 404, 410])('ai-timeline 3: an answer of %d is not found', async (status) => {
  answer = (_request, response) => response.writeHead(status).end();
  expect(await codeOf(url('/'))).toBe('SourceNotFound');
});

test('a server in trouble is asked again', async () => {
  let calls = 0;
  answer = (_request, response) => (calls++ === 0 ? response.writeHead(503).end() : response.writeHead(200).end('Now'));
  expect(await codeOf(url('/'))).toBe('read');
});

test('ai-timeline 3: a source that takes too long, or asks to come back after the time it has, is a timeout', async () => {
  answer = (_request, response) => response.writeHead(429, { 'retry-after': '60' }).end();
  expect(await codeOf(url('/'))).toBe('SourceTimeout');
  const late: GuardedFetch = async () =>
    Promise.reject(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  expect(await codeOf(url('/'), late)).toBe('SourceTimeout');
});

test('ai-timeline 3: a host that cannot be connected to is tried again, and that it did not send is not said of it', async () => {
  const refused = new TypeError('fetch failed', { cause: new errors.ConnectTimeoutError() });
  let calls = 0;
  const slow: GuardedFetch = async (...request) =>
    calls++ === 0 ? Promise.reject(refused) : createGuardedFetch({ allowHosts: [host] })(...request);
  answer = (_request, response) => response.end('There');
  expect(await codeOf(url('/'), slow)).toBe('read');
  const never: GuardedFetch = async () => Promise.reject(refused);
  const error = await read(url('/'), never).catch((caught: unknown) => caught);
  expect(sourceFailureOf(error)).toEqual({
    code: 'SourceTimeout',
    message: `${host} cannot be reached (UND_ERR_CONNECT_TIMEOUT).`,
  });
});

test('a failure is told in no more than 300 characters', () => {
  const { message } = sourceFailureOf(new SourceFailure('SourceNotFound', 'x'.repeat(1000)))!;
  expect(message).toBe('x'.repeat(300));
});

// The memory of a process is a file that anyone may open and whose first page cannot be read.
(process.platform === 'linux' ? describe : describe.skip)('with a file that cannot be read', () => {
  test('a disk that fails is no source that is missing', async () => {
    const reading = readSource(
      { fetch: createGuardedFetch({ allowHosts: [] }), blobs, importDirectory: '/proc/self' },
      { ...identity, kind: 'blob', ref: 'file:mem' },
      new AbortController().signal,
    );
    await expect(reading).rejects.toMatchObject({ code: 'EIO' });
  });
});

test('what is not the fault of the source is not hidden', async () => {
  const controller = new AbortController();
  answer = () => controller.abort(new Error('cancelled'));
  const reading = readSource(
    { fetch: createGuardedFetch({ allowHosts: [host] }), blobs, importDirectory: directory },
    { ...identity, kind: 'url', uri: `http://${host}/` },
    controller.signal,
  );
  await expect(reading).rejects.toThrow();
  expect(sourceFailureOf(new Error('disk full'))).toBeUndefined();
});

test('data-import 21: a file is read from below the import directory and from nowhere else', async () => {
  const imports = path.join(directory, 'imports');
  await mkdir(imports);
  await writeFile(path.join(imports, 'a.html'), '<p>A</p>');
  await writeFile(path.join(directory, 'secret.txt'), 'secret');
  await symlink(path.join(directory, 'secret.txt'), path.join(imports, 'link.txt'));
  expect(await read({ kind: 'blob', ref: 'file:a.html' })).toMatchObject({ mediaType: 'text/html' });
  for (const ref of ['file:../secret.txt', 'file:link.txt', `file:${directory}/secret.txt`, `blob:${'0'.repeat(64)}`]) {
    expect([ref, await codeOf({ kind: 'blob', ref })]).toEqual([ref, 'SourceNotFound']);
  }
});
