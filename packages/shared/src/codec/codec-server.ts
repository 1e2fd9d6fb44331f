import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Payload } from '@temporalio/common';
import { bracketed } from '../config';
import { EncryptionCodec } from './encryption-codec';
import { UnknownPayloadKeyError, UnreadablePayloadError } from './errors';
import type { KeyRing } from './key-ring';
import { payloadsFromJson, payloadsToJson } from './payload-json';

export interface CodecServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly ring: KeyRing;
  /** The namespace whose payloads are served; a request for another one is refused. */
  readonly namespace: string;
  /** The address of the Temporal Web UI, whose pages alone may ask from a browser. */
  readonly uiUrl: string;
  /** How long a request may take to arrive, and its headers half of it. */
  readonly requestTimeoutMs?: number;
}

export interface CodecServer {
  readonly url: string;
  close(): Promise<void>;
}

// A page of history is 4 MiB at most, and base64 adds a third.
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const MAX_CONNECTIONS = 64;
const REQUEST_TIMEOUT_MS = 10_000;

/** What a request is answered with when it is not served; the sentence is for a person. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Serves the codec to the Temporal Web UI and to `temporal --codec-endpoint`: POST `…/encode` and `…/decode`.
 * Whoever reaches it can decrypt, so it asks where a request comes from: the Host must be this server's own (against DNS
 * rebinding), and the Origin, which every browser sends, the UI's. Rejects when the port is taken.
 */
export async function startCodecServer(options: CodecServerOptions): Promise<CodecServer> {
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const codec = new EncryptionCodec(options.ring);
  const uiOrigin = new URL(options.uiUrl).origin;
  const hosts = new Set<string>();
  const server = createServer(
    { requestTimeout, headersTimeout: requestTimeout / 2, connectionsCheckingInterval: Math.min(1000, requestTimeout) },
    (request, response) => {
      void answer(request, response).catch((error: unknown) => {
        const { status, message } = error instanceof Refusal ? error : new Refusal(500, 'The codec server failed.');
        send(response, status, { error: message });
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!hosts.has((request.headers.host ?? '').toLowerCase()))
      throw new Refusal(403, 'The Host of the request is not this codec server.');
    const { origin } = request.headers;
    if (origin !== undefined && origin !== uiOrigin)
      throw new Refusal(403, 'Only pages of TEMPORAL_UI_URL may ask this codec server.');
    response.setHeader('vary', 'origin');
    if (origin !== undefined) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-allow-credentials', 'true');
    }
    const operation = operationOf(request.url ?? '');
    if (!operation) throw new Refusal(404, 'There is /encode and /decode, and nothing else.');
    if (request.method === 'OPTIONS') return preflight(request, response);
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST, OPTIONS');
      throw new Refusal(405, 'The codec server takes POST.');
    }
    checkNamespace(operation.namespace ?? request.headers['x-namespace']);
    if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
      throw new Refusal(415, 'The body should be application/json.');
    const payloads = payloadsFromJson(await bodyOf(request));
    if (!payloads)
      throw new Refusal(400, 'The body should be {"payloads": […]}, the JSON form of Temporal\'s Payloads.');
    const converted = await convert(operation.name, payloads);
    send(response, 200, payloadsToJson(converted));
  }

  function checkNamespace(named: string | string[] | undefined): void {
    if (named !== undefined && named !== options.namespace)
      throw new Refusal(404, `This codec server has the keys of the namespace ${options.namespace} only.`);
  }

  async function convert(operation: 'encode' | 'decode', payloads: Payload[]): Promise<Payload[]> {
    try {
      return await codec[operation](payloads);
    } catch (error) {
      if (error instanceof UnknownPayloadKeyError || error instanceof UnreadablePayloadError)
        throw new Refusal(400, error.message);
      throw error;
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  for (const host of [options.host, '127.0.0.1', 'localhost', '::1'])
    hosts.add(`${bracketed(host).toLowerCase()}:${port}`);
  return {
    url: `http://${bracketed(options.host)}:${port}`,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** `/decode`, or `/{namespace}/decode`, at any depth. */
function operationOf(url: string): { name: 'encode' | 'decode'; namespace: string | undefined } | undefined {
  const [, namespace, name] = /^(?:.*?\/([^/]+))?\/(encode|decode)$/.exec(url.split('?')[0]!) ?? [];
  if (name !== 'encode' && name !== 'decode') return undefined;
  return { name, namespace: namespace === undefined ? undefined : decoded(namespace) };
}

/** A browser asks before it sends JSON elsewhere; a page of the network may ask for this machine only when told so. */
function preflight(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', 'POST');
  response.setHeader('access-control-allow-headers', 'content-type, x-namespace, authorization');
  response.setHeader('access-control-max-age', '600');
  if (request.headers['access-control-request-private-network'] === 'true')
    response.setHeader('access-control-allow-private-network', 'true');
  response.writeHead(204).end();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const tooLarge = new Refusal(413, `The body should have at most ${MAX_BODY_BYTES} bytes.`);
  if (Number(request.headers['content-length']) > MAX_BODY_BYTES) throw tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // What is left of a body that is too large is read and dropped by node, within the request's time, and the answer arrives.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(`${JSON.stringify(body)}\n`);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
