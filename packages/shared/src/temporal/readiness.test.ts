import { type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createPool } from '../pg';
import { readinessChecks } from './readiness';

const PERMISSION_DENIED = '7';
/** A gRPC message of these bytes. */
const message = (...bytes: number[]) => Buffer.from([0, 0, 0, 0, bytes.length, ...bytes]);

/** Answers a call; without a message it refuses it. */
function answer(stream: ServerHttp2Stream, body?: Buffer): void {
  const head = { ':status': 200, 'content-type': 'application/grpc' };
  if (!body) return stream.respond({ ...head, 'grpc-status': PERMISSION_DENIED }, { endStream: true });
  stream.respond(head, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(body);
}

let server: Http2Server;
afterEach(async () => new Promise((resolve) => server.close(resolve)));

test('platform: a check that the server refuses leaves the connection to the other checks', async () => {
  let connections = 0;
  let refused = 0;
  let sayServing = (): void => undefined;
  server = createServer();
  server.on('session', () => (connections += 1));
  server.on('stream', (stream: ServerHttp2Stream, { ':path': path }: IncomingHttpHeaders) => {
    if (path!.endsWith('/DescribeTaskQueue')) {
      answer(stream);
      refused += 1;
      // By then the refusals of this round have been heard.
      if (refused % 2 === 0) setTimeout(() => sayServing(), 100);
    } else if (path!.endsWith('/Check')) sayServing = () => answer(stream, message(0x08, 0x01));
    else answer(stream, message());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { checks, close } = readinessChecks({
    temporal: { address, namespace: 'own', connection: { address } },
    taskQueue: 'own',
    identity: 'this',
    pool: createPool({ url: 'postgres://nobody@127.0.0.1:1/none', max: 1, name: 'test' }),
    activitiesFull: () => false,
  });
  for (let round = 0; round < 2; round += 1) {
    const [temporal, polls] = await Promise.allSettled([checks['temporal']!(), checks['polls']!()]);
    expect(temporal).toMatchObject({ status: 'fulfilled' });
    expect(polls).toMatchObject({ reason: { message: expect.stringContaining('refused the credentials') } });
  }
  expect(connections).toBe(1);
  await close();
});
