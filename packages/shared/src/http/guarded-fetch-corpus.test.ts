import { type Server, type Socket, createServer } from 'node:net';
import type { LookupAddress } from 'node:dns';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AddressBlocked, createGuardedFetch } from '.';
import type { Resolve } from './guarded-fetch';

/** Listens on this machine where nobody may come: every connection counts, whatever is said on it. */
const connections: string[] = [];
const canaries: Server[] = [];
let port: number;

beforeAll(async () => {
  port = await listen('127.0.0.1', 0);
  // A machine without IPv6 has no loopback there that could be reached.
  await listen('::1', port).catch(() => undefined);
});
beforeEach(() => void connections.splice(0));
afterAll(async () => {
  for (const server of canaries) await new Promise((resolve) => server.close(resolve));
});

async function listen(address: string, at: number): Promise<number> {
  const server = createServer((socket: Socket) => {
    connections.push(address);
    socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, address, resolve);
  });
  canaries.push(server);
  return (server.address() as AddressInfo).port;
}

const PUBLIC = '93.184.215.14';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1', '::1'],
  'canary.localhost': ['127.0.0.1'],
  'six.example': ['::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'unspecified.example': ['0.0.0.0'],
  'private.example': ['10.0.0.7'],
  'shared.example': ['100.64.1.1'],
  'link.example': ['fe80::1%lo'],
  'unique.example': ['fd00::1'],
  'metadata.example': ['169.254.169.254'],
  'azure.example': ['168.63.129.16'],
  'alibaba.example': ['100.100.100.200'],
  'aws6.example': ['fd00:ec2::254'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'teredo.example': ['2001:0:7f00:1::'],
  'sixtofour.example': ['2002:7f00:1::'],
  'documentation.example': ['2001:db8::1'],
  'nonsense.example': ['not an address'],
  'first-public.example': [PUBLIC, '127.0.0.1'],
  'last-public.example': ['127.0.0.1', PUBLIC],
  'public-and-six.example': [PUBLIC, '::1'],
};

const answerWith = (addresses: readonly string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

const resolve: Resolve = (hostname, _options, callback) => {
  const addresses = NAMES[hostname];
  if (addresses) callback(null, answerWith(addresses));
  else callback(Object.assign(new Error(`no such name: ${hostname}`), { code: 'ENOTFOUND' }), []);
};

const LITERALS = [
  '127.0.0.1',
  '127.0.0.2',
  '127.1',
  '127.0.1',
  '2130706433',
  '017700000001',
  '0177.0.0.1',
  '0x7f000001',
  '0x7f.0x0.0x0.0x1',
  '0x7F.1',
  '127.0.0.1.',
  '%31%32%37.0.0.1',
  '\uff11\uff12\uff17.0.0.1',
  '127\u30020\u30020\u30021',
  '\u2460\u2461\u2466.0.0.1',
  '0',
  '0.0.0.0',
  '255.255.255.255',
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:169.254.169.254]',
  '[::127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[2002:7f00:1::]',
  '[fe80::1]',
  '[fd00:ec2::254]',
];

const corpus = (): string[] => [
  ...LITERALS.map((host) => `http://${host}:${port}/`),
  ...Object.keys(NAMES).map((name) => `http://${name}:${port}/`),
  `http://user@127.0.0.1:${port}/`,
  `http://public.example@127.0.0.1:${port}/`,
  `http://127.0.0.1:${port}\\@public.example/`,
  `http:127.0.0.1:${port}/`,
  `http:\\\\127.0.0.1:${port}/`,
  `ht\ntp://127.0.0.1:${port}/`,
  `https://127.0.0.1:${port}/`,
  `HTTP://LOCALHOST:${port}/`,
  `gopher://127.0.0.1:${port}/`,
  `file://127.0.0.1:${port}/etc/passwd`,
  `ws://127.0.0.1:${port}/`,
  `dict://127.0.0.1:${port}/`,
];

/** A refusal needs no answer from anybody: it comes long before the time is over, also on a busy machine. */
const timeoutMs = 10_000;

const nameOf = (error: Error): string => error.name;

test('ai-timeline 3: of a corpus of addresses on this machine and its network not one is called', async () => {
  const urls = corpus();
  expect(urls.length).toBeGreaterThanOrEqual(60);
  const guarded = createGuardedFetch({ allowHosts: [], resolve });
  const outcomes: [string, string][] = [];
  for (const url of urls) outcomes.push([url, await guarded(url, { timeoutMs }).then(String, nameOf)]);
  expect(outcomes).toEqual(urls.map((url) => [url, 'AddressBlocked']));
  expect(connections).toEqual([]);
});

test('ai-timeline 3: the same corpus is not called by way of a redirect from a server that may be', async () => {
  const urls = corpus();
  const server = createHttpServer((request, response: ServerResponse) => {
    const { searchParams } = new URL(request.url!, 'http://here');
    response.writeHead(302, { location: encodeURI(searchParams.get('to')!).replaceAll('%25', '%') }).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const allowed = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const guarded = createGuardedFetch({ allowHosts: [allowed], resolve });
  const outcomes: [string, string][] = [];
  for (const url of urls) {
    // A relative reference stays on the server that may be called: a circle, which ends after five.
    const call = guarded(`http://${allowed}/?to=${encodeURIComponent(url)}`, { timeoutMs });
    outcomes.push([url, await call.then(String, nameOf)]);
  }
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  expect(outcomes).toEqual(urls.map((url) => [url, 'AddressBlocked']));
  expect(connections).toEqual([]);
});

test('ai-timeline 3: a canary that may be called is called, so that it would have told', async () => {
  const open = createGuardedFetch({ allowHosts: [`127.0.0.1:${port}`], resolve });
  await expect(open(`http://127.0.0.1:${port}/`, { timeoutMs })).rejects.toThrow('fetch failed');
  expect(connections).toEqual(['127.0.0.1']);
});

/** A name that answers with another address each time, and then with the last one for ever. */
function rebinding(...answers: readonly LookupAddress[]): { resolve: Resolve; asked: () => number } {
  let asked = 0;
  return {
    asked: () => asked,
    resolve: (_hostname, _options, callback) => {
      const address = answers[Math.min(asked, answers.length - 1)]!;
      asked += 1;
      callback(null, [address]);
    },
  };
}
/** Said to be of the wrong family, so that no packet leaves for it: the connection fails at once. */
const PUBLIC_UNREACHABLE = { address: PUBLIC, family: 6 };
const HERE = { address: '127.0.0.1', family: 4 };

test('ai-timeline 3: a name that is public when it is checked and private afterwards is asked once for each connection', async () => {
  const name = rebinding(PUBLIC_UNREACHABLE, HERE);
  const guarded = createGuardedFetch({ allowHosts: [], resolve: name.resolve });
  const url = `http://rebind.example:${port}/`;
  // A second question before the connection would have led to this machine.
  await expect(guarded(url, { timeoutMs })).rejects.toThrow('fetch failed');
  expect(name.asked()).toBe(1);
  await expect(guarded(url, { timeoutMs })).rejects.toThrow(AddressBlocked);
  expect(name.asked()).toBe(2);
  expect(connections).toEqual([]);
});

test.each([1, 2, 5])('ai-timeline 3: a name that turns private at redirect %d is not followed', async (turn) => {
  const server = createHttpServer((request, response: ServerResponse) => {
    const step = Number(request.url!.slice(1)) + 1;
    const host = step < turn ? allowed : `rebind.example:${port}`;
    response.writeHead(302, { location: `http://${host}/${step}` }).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const allowed = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const name = rebinding(HERE, PUBLIC_UNREACHABLE);
  const guarded = createGuardedFetch({ allowHosts: [allowed], resolve: name.resolve });
  await expect(guarded(`http://${allowed}/0`, { timeoutMs })).rejects.toThrow(
    'resolves to an address that is not public',
  );
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  expect(name.asked()).toBe(1);
  expect(connections).toEqual([]);
});

test('ai-timeline 3: a name on the allow-list says nothing of another port of the same host', async () => {
  const guarded = createGuardedFetch({ allowHosts: [`canary.localhost:${port + 1}`], resolve });
  await expect(guarded(`http://canary.localhost:${port}/`, { timeoutMs })).rejects.toThrow(AddressBlocked);
  expect(connections).toEqual([]);
});
