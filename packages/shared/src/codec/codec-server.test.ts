import { request } from 'node:http';
import { type Socket, connect } from 'node:net';
import { defaultPayloadConverter } from '@temporalio/common';
import { type CodecServer, startCodecServer } from './codec-server';
import { EncryptionCodec } from './encryption-codec';
import { parseKeyRing } from './key-ring';
import { payloadsToJson } from './payload-json';

const RING = parseKeyRing(`a:${Buffer.alloc(32, 1).toString('base64')}`, 'PAYLOAD_KEYS');
const UI = 'http://ui.example:8080';

const open: CodecServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(options: { requestTimeoutMs?: number } = {}): Promise<{ url: string; port: number }> {
  const server = await startCodecServer({
    host: '127.0.0.1',
    port: 0,
    ring: RING,
    namespace: 'tracc',
    uiUrl: `${UI}/some/page`,
    ...options,
  });
  open.push(server);
  return { url: server.url, port: Number(new URL(server.url).port) };
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/** A request with every header as it is given, which fetch does not let one do. */
async function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'POST', headers = { 'content-type': 'application/json' }, body } = options;
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const plain = payloadsToJson([defaultPayloadConverter.toPayload({ note: 'CANARY' })]);
const sealed = async (codec = new EncryptionCodec(RING)) =>
  JSON.stringify(payloadsToJson(await codec.encode([defaultPayloadConverter.toPayload({ note: 'CANARY' })])));

test('platform: the codec server decodes and encodes the JSON form of payloads, also below a namespace', async () => {
  const { url } = await start();
  for (const path of ['/decode', '/tracc/decode', '/codec/tracc/decode']) {
    const { status, body, headers } = await ask(`${url}${path}`, { body: await sealed() });
    expect({ status, body: JSON.parse(body) as unknown }).toEqual({ status: 200, body: plain });
    expect(headers['cache-control']).toBe('no-store');
  }
  const encoded = await ask(`${url}/encode`, { body: JSON.stringify(plain) });
  expect(encoded.body).not.toContain(plain.payloads[0]!.data);
  expect(JSON.parse((await ask(`${url}/decode`, { body: encoded.body })).body)).toEqual(plain);
  expect(JSON.parse((await ask(`${url}/decode`, { body: '{}' })).body)).toEqual({ payloads: [] });
});

test('platform: the pages of the UI may ask, with what they send along', async () => {
  const { url } = await start();
  const preflight = await ask(`${url}/decode`, {
    method: 'OPTIONS',
    headers: { origin: UI, 'access-control-request-method': 'POST', 'access-control-request-private-network': 'true' },
  });
  expect(preflight).toMatchObject({
    status: 204,
    headers: {
      'access-control-allow-origin': UI,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type, x-namespace, authorization',
      'access-control-allow-private-network': 'true',
      vary: 'origin',
    },
  });
  const answer = await ask(`${url}/decode`, {
    headers: { ...JSON_TYPE, origin: UI, 'x-namespace': 'tracc' },
    body: await sealed(),
  });
  expect(answer).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': UI } });
});

test('reliability S18: a page from elsewhere is refused, and its browser shows it nothing', async () => {
  const { url } = await start();
  const body = await sealed();
  for (const origin of ['https://evil.example', 'http://ui.example', 'http://ui.example:8081', 'null', `${UI}.evil`]) {
    for (const method of ['POST', 'OPTIONS']) {
      const answer = await ask(`${url}/decode`, {
        method,
        headers: { ...JSON_TYPE, origin },
        ...(method === 'POST' ? { body } : {}),
      });
      expect(answer.status).toBe(403);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      expect(answer.body).not.toContain(plain.payloads[0]!.data);
    }
  }
});

test('reliability S18: a name that was rebound to this machine is refused', async () => {
  const { url, port } = await start();
  const body = await sealed();
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port + 1}`]) {
    expect(await ask(`${url}/decode`, { headers: { ...JSON_TYPE, host }, body })).toMatchObject({ status: 403 });
  }
  for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`])
    expect(await ask(`${url}/decode`, { headers: { ...JSON_TYPE, host }, body })).toMatchObject({ status: 200 });
});

test('reliability S18: a body of 10 MB is refused with 413, whether or not it says its length', async () => {
  const { url } = await start();
  const body = Buffer.alloc(10_000_000, 0x20);
  expect(await ask(`${url}/decode`, { headers: JSON_TYPE, body })).toMatchObject({ status: 413 });
  expect(await ask(`${url}/decode`, { headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' }, body })).toMatchObject(
    { status: 413 },
  );
});

test('reliability S18: who sends headers or a body by the drop is answered 408, and others are served meanwhile', async () => {
  const { url, port } = await start({ requestTimeoutMs: 1000 });
  const answers = ['POST /decode HTTP/1.1\r\nHost: ', `POST /decode HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`].map(
    async (head, index) =>
      new Promise<string>((resolve, reject) => {
        let answer = '';
        const socket: Socket = connect(port, '127.0.0.1', () => {
          socket.write(head);
          if (index === 1) socket.write('content-type: application/json\r\ncontent-length: 1000\r\n\r\n{');
        });
        socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
        socket.on('error', reject);
        socket.on('close', () => resolve(answer));
      }),
  );
  expect(await ask(`${url}/decode`, { body: await sealed() })).toMatchObject({ status: 200 });
  for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});

test('reliability S18: of 200 connections that say nothing at most 64 are held', async () => {
  const { port } = await start();
  const sockets = Array.from({ length: 200 }, () => connect(port, '127.0.0.1'));
  let closed = 0;
  await new Promise<void>((resolve) => {
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        closed += 1;
        if (closed === 136) resolve();
      });
    }
  });
  expect(sockets.filter((socket) => !socket.closed)).toHaveLength(64);
  for (const socket of sockets) socket.destroy();
});

test('platform: what cannot be served is refused with a sentence', async () => {
  const { url } = await start();
  const other = new EncryptionCodec(parseKeyRing(`b:${Buffer.alloc(32, 2).toString('base64')}`, 'PAYLOAD_KEYS'));
  const changed = JSON.stringify({
    payloads: [
      { ...(JSON.parse(await sealed()) as typeof plain).payloads[0], data: Buffer.alloc(40).toString('base64') },
    ],
  });
  const refusals: readonly [number, RegExp, Parameters<typeof ask>[1] & { path?: string }][] = [
    [404, /namespace tracc only/, { headers: { ...JSON_TYPE, 'x-namespace': 'other' }, body: '{}' }],
    [404, /namespace tracc only/, { path: '/other/decode', body: '{}' }],
    [404, /nothing else/, { path: '/', body: '{}' }],
    [404, /nothing else/, { path: '/decode/', body: '{}' }],
    [405, /takes POST/, { method: 'GET' }],
    [415, /application\/json/, { headers: { 'content-type': 'text/plain' }, body: '{}' }],
    [415, /application\/json/, { headers: {}, body: '{}' }],
    [400, /JSON form/, { body: '' }],
    [400, /JSON form/, { body: 'null' }],
    [400, /JSON form/, { body: '{"payloads":[{"metadata":{"encoding":1}}]}' }],
    [400, /JSON form/, { body: '{"payloads":["x"]}' }],
    [400, /the key b, which is not among PAYLOAD_KEYS/, { body: await sealed(other) }],
    [400, /cannot be decrypted with the key a/, { body: changed }],
  ];
  for (const [status, sentence, { path = '/decode', ...options }] of refusals) {
    const answer = await ask(`${url}${path}`, options);
    expect(answer.status).toBe(status);
    expect((JSON.parse(answer.body) as { error: string }).error).toMatch(sentence);
  }
});

test('platform: a port that is taken is an error at start', async () => {
  const { port } = await start();
  await expect(
    startCodecServer({ host: '127.0.0.1', port, ring: RING, namespace: 'tracc', uiUrl: UI }),
  ).rejects.toThrow('EADDRINUSE');
});
