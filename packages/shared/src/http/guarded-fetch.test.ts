import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { AddressBlocked, checkAddress, createGuardedFetch } from '.';

interface Site {
  readonly host: string;
  readonly url: string;
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers'] }[];
  answer: (request: IncomingMessage, response: ServerResponse) => void;
}

const servers: Server[] = [];

async function site(answer: Site['answer'] = (_request, response) => response.end('hello')): Promise<Site> {
  const made = { answer, requests: [] as Site['requests'] };
  const server = createServer((request, response) => {
    made.requests.push({ method: request.method!, url: request.url!, headers: request.headers });
    made.answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(made, { host, url: `http://${host}` });
}

const redirect =
  (location: string, status = 302): Site['answer'] =>
  (_request, response) =>
    void response.writeHead(status, { location }).end();

let receiver: Site;
let bystander: Site;
beforeAll(async () => {
  receiver = await site();
  bystander = await site();
});
beforeEach(() => {
  receiver.requests.length = 0;
  bystander.requests.length = 0;
  receiver.answer = (_request, response) => response.end('hello');
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const strict = createGuardedFetch({ allowHosts: [] });

test('ai-timeline 3: an address on the allow-list is called, and only under exactly that host and port', async () => {
  const guarded = createGuardedFetch({ allowHosts: [receiver.host] });
  expect(await (await guarded(`${receiver.url}/a?b=c`)).text()).toBe('hello');
  expect(receiver.requests.map(({ url }) => url)).toEqual(['/a?b=c']);
  const port = receiver.host.split(':')[1]!;
  await expect(guarded(bystander.url)).rejects.toThrow(AddressBlocked);
  await expect(guarded(`http://localhost:${port}`)).rejects.toThrow(AddressBlocked);
  await expect(guarded(`http://[::ffff:127.0.0.1]:${port}`)).rejects.toThrow(AddressBlocked);
  expect(receiver.requests).toHaveLength(1);
  expect(bystander.requests).toEqual([]);
});

test('ai-timeline 3: without an allow-list nothing listens that would be reached on this machine', async () => {
  await expect(strict(receiver.url)).rejects.toThrow('is not a public address');
  await expect(strict(receiver.url.replace('127.0.0.1', 'localhost'))).rejects.toThrow(
    'resolves to an address that is not public',
  );
  expect(receiver.requests).toEqual([]);
});

test.each([
  'http://10.0.0.1/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.1.1/',
  'http://100.64.0.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://168.63.129.16/machine/',
  'http://[::ffff:168.63.129.16]/machine/',
  'http://0.0.0.0/',
  'http://0/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://198.18.0.1/',
  'http://240.0.0.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://127.1/',
  'http://127.0.0.1./',
  'http://\u2460\u2461\u2466.0.0.1/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[::127.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[2002:7f00:1::]/',
  'http://[fe80::1]/',
  'http://[fc00::1]/',
  'http://[fd12:3456::1]/',
  'http://[fec0::1]/',
  'http://[ff02::1]/',
])('ai-timeline 3: %s is refused without a connection', async (url) => {
  await expect(strict(url)).rejects.toThrow(AddressBlocked);
});

test('ai-timeline 3: no spelling of a private IPv4 address passes', async () => {
  const privates = fc.constantFrom(0x0a_00_00_00, 0x7f_00_00_00, 0xa9_fe_00_00, 0xac_10_00_00, 0xc0_a8_00_00);
  const spellings = fc.constantFrom<(address: number) => string>(
    (address) => String(address),
    (address) => `0x${address.toString(16)}`,
    (address) => `0${address.toString(8)}`,
    (address) => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.'),
    (address) => `0x${(address >>> 24).toString(16)}.${address & 0xff_ff_ff}`,
    (address) => `[::ffff:${(address >>> 16).toString(16)}:${(address & 0xff_ff).toString(16)}]`,
  );
  await fc.assert(
    fc.asyncProperty(privates, fc.integer({ min: 0, max: 0xff_ff }), spellings, async (network, host, spell) => {
      await expect(strict(`http://${spell(network + host)}/`)).rejects.toThrow(AddressBlocked);
    }),
  );
});

test.each([
  'ftp://example.org/',
  'file:///etc/passwd',
  'gopher://example.org/',
  'data:text/plain,x',
  'javascript:1',
  'example.org',
  '//example.org/',
  'http://',
  '',
])('ai-timeline 3: %j is not an http(s) URL', async (url) => {
  await expect(strict(url)).rejects.toThrow(AddressBlocked);
});

test.each(['user@', 'user:secret@', ':secret@'])(
  'ai-timeline 3: a URL with the user info %j is refused, also for a host that is allowed',
  async (userInfo) => {
    const guarded = createGuardedFetch({ allowHosts: [receiver.host] });
    const error = await guarded(`http://${userInfo}${receiver.host}/?token=hidden`).catch(
      (refused: unknown) => refused,
    );
    expect(error).toBeInstanceOf(AddressBlocked);
    expect((error as Error).message).not.toMatch(/secret|hidden/);
    expect(receiver.requests).toEqual([]);
  },
);

test('ai-timeline 3: every redirect is checked, and one to a private address reaches nobody', async () => {
  const guarded = createGuardedFetch({ allowHosts: [receiver.host] });
  for (const target of [
    bystander.url,
    bystander.url.replace('127.0.0.1', 'localhost'),
    'http://169.254.169.254/',
    'file:///etc/passwd',
  ]) {
    receiver.answer = redirect(target);
    await expect(guarded(receiver.url)).rejects.toThrow(AddressBlocked);
  }
  expect(bystander.requests).toEqual([]);
});

test('ai-timeline 3: five redirects are followed, a sixth is not', async () => {
  const guarded = createGuardedFetch({ allowHosts: [receiver.host] });
  receiver.answer = (request, response) => {
    const left = Number(request.url!.slice(1));
    if (left > 0) response.writeHead(307, { location: `/${left - 1}` });
    response.end(`left ${left}`);
  };
  expect(await (await guarded(`${receiver.url}/5`)).text()).toBe('left 0');
  expect(receiver.requests).toHaveLength(6);
  await expect(guarded(`${receiver.url}/6`)).rejects.toThrow('more than 5 redirects');
  await expect(guarded(`${receiver.url}/1`, { maxRedirects: 0 })).rejects.toThrow('more than 0 redirects');
});

test('ai-timeline 3: a redirect to another origin is not told the key, one within the origin is', async () => {
  const guarded = createGuardedFetch({ allowHosts: [receiver.host, bystander.host] });
  const init = {
    method: 'POST',
    body: '{}',
    headers: {
      authorization: 'Bearer k',
      'X-Api-Key': 'k',
      'idempotency-key': 'i',
      'content-type': 'application/json',
    },
  };
  receiver.answer = redirect(`${bystander.url}/there`, 307);
  await guarded(receiver.url, init);
  expect(bystander.requests).toHaveLength(1);
  expect(bystander.requests[0]).toMatchObject({
    method: 'POST',
    headers: { 'idempotency-key': 'i', 'content-type': 'application/json' },
  });
  expect(bystander.requests[0]!.headers).not.toHaveProperty('authorization');
  expect(bystander.requests[0]!.headers).not.toHaveProperty('x-api-key');

  receiver.answer = (request, response) =>
    request.url === '/' ? redirect('/again', 303)(request, response) : void response.end('done');
  expect(await (await guarded(receiver.url, init)).text()).toBe('done');
  expect(receiver.requests.at(-1)).toMatchObject({
    method: 'GET',
    url: '/again',
    headers: { authorization: 'Bearer k' },
  });
});

test('ai-timeline 3: a redirect without a usable location is an answer or a refusal, never a crash', async () => {
  const guarded = createGuardedFetch({ allowHosts: [receiver.host] });
  receiver.answer = (_request, response) => void response.writeHead(304).end();
  expect((await guarded(receiver.url)).status).toBe(304);
  receiver.answer = redirect('http://[');
  await expect(guarded(receiver.url)).rejects.toThrow(AddressBlocked);
});

test('ai-timeline 3: the time limit covers the answer and its body, and the caller can stop earlier', async () => {
  const guarded = createGuardedFetch({ allowHosts: [receiver.host] });
  receiver.answer = () => undefined;
  await expect(guarded(receiver.url, { timeoutMs: 50 })).rejects.toMatchObject({ name: 'TimeoutError' });
  receiver.answer = (_request, response) => void response.write('begun');
  // Time enough for the answer to begin, also on a busy machine.
  const response = await guarded(receiver.url, { timeoutMs: 2000 });
  await expect(response.text()).rejects.toMatchObject({ name: 'TimeoutError' });
  await expect(guarded(receiver.url, { signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow('stopped');
});

test('ai-timeline 3: the time limit is kept, whatever else makes the process tidy up its memory', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const guarded = createGuardedFetch({ allowHosts: [receiver.host] });
  receiver.answer = (_request, response) => void response.write('begun');
  const response = await guarded(receiver.url, { signal: new AbortController().signal, timeoutMs: 2000 });
  const collecting = setInterval(collect, 100);
  await expect(response.text().finally(() => clearInterval(collecting))).rejects.toMatchObject({
    name: 'TimeoutError',
  });
});

test('ai-timeline 3: a port that belongs to another protocol is refused, also on a host that is allowed', async () => {
  const guarded = createGuardedFetch({ allowHosts: ['127.0.0.1:25'] });
  await expect(guarded('http://127.0.0.1:25/')).rejects.toThrow(AddressBlocked);
});

test('ai-timeline 3: a server that does not answer at all is an error of the network, not a blocked address', async () => {
  const closed = await site();
  const server = servers.pop()!;
  await new Promise((resolve) => server.close(resolve));
  const guarded = createGuardedFetch({ allowHosts: [closed.host] });
  const error = await guarded(closed.url).catch((refused: unknown) => refused);
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(AddressBlocked);
});

test('monthly-budget 11: an address can be checked before it is ever called, with the same answer', async () => {
  for (const url of [
    receiver.url,
    'http://localhost/',
    'http://10.0.0.1/',
    'ftp://example.org/',
    'http://a:b@example.org/',
  ]) {
    await expect(checkAddress(url, { allowHosts: [] })).rejects.toThrow(AddressBlocked);
  }
  await expect(checkAddress(receiver.url, { allowHosts: [receiver.host] })).resolves.toBeUndefined();
  await expect(checkAddress('https://1.1.1.1/hook', { allowHosts: [] })).resolves.toBeUndefined();
  await expect(checkAddress('https://no-such-name.invalid/', { allowHosts: [] })).resolves.toBeUndefined();
  expect(receiver.requests).toEqual([]);
});
