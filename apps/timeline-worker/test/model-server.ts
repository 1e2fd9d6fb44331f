import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { SharedPlaces } from '@backend/shared/pg';
import type { ModelEvent } from '../src/domain/types';
import { type LlmSettings, createExtractors } from '../src/extraction';
import { waitFor } from '../../../test/support/wait';

/** The API that a call speaks: OpenAI's chat completions or Anthropic's messages. */
export type Dialect = 'openai' | 'anthropic';

/** What the server does with one call; by default it answers with a document of the call's dialect that holds no events. */
export interface ModelReply {
  /** 200 by default; 500 and a document with `error` in it from 400 on. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the model says. */
  readonly content?: string;
  /** Why it stops: in the words of the dialect on the wire. */
  readonly stop?: 'end' | 'length' | 'refusal';
  /** What the server counts, and reports unless `usage` says otherwise. */
  readonly tokensIn?: number;
  readonly tokensOut?: number;
  /** Any value in place of the dialect's report of usage; null leaves it out. */
  readonly usage?: unknown;
  /** An error document, as providers send it. */
  readonly error?: { readonly code?: unknown; readonly type?: string; readonly message?: string };
  /** Sent as it is, in place of any document. */
  readonly body?: string | Buffer | Iterable<string | Buffer> | AsyncIterable<string | Buffer>;
  /** Milliseconds until the head of the answer is sent. */
  readonly afterMs?: number;
  /** Milliseconds between two bytes of the answer. */
  readonly dripMs?: number;
  /** Never goes on: the caller has to end the call. */
  readonly hang?: 'beforeHead' | 'afterHead';
  /** Breaks the connection. */
  readonly reset?: 'beforeHead' | 'afterHead';
}

/** A call as the server saw it. */
export interface ModelCall {
  readonly dialect: Dialect;
  readonly model: string;
  /** The source text between the fences. */
  readonly text: string;
  /** Whether an earlier answer is complained of: words of ours after the fence. */
  readonly isRepair: boolean;
  readonly system: string;
  /** Characters of all messages. */
  readonly promptChars: number;
  readonly headers: IncomingMessage['headers'];
  /** Of the body. */
  readonly bytes: number;
  /** The body as it was sent. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** When the last byte of a reply was given to the network; undefined for a call that got none in full. */
  answeredAt: number | undefined;
  /** Whether the caller went away before its reply was complete. */
  aborted: boolean;
  /** What the server counted for a reply that was sent in full with status 200. */
  tokens: { readonly in: number; readonly out: number };
}

/** A provider of models on loopback that does as each test says, for extractors in this process and for worker processes. */
export interface ModelServer {
  readonly url: string;
  /** `127.0.0.1:port` */
  readonly host: string;
  /** Every call since the last {@link reset}, in the order in which they came. */
  readonly calls: ModelCall[];
  /** What a call gets; may take its time. */
  answer: (call: ModelCall) => ModelReply | Promise<ModelReply>;
  /** Calls with a complete reply of status 200: those that a provider would charge for. */
  paid(): ModelCall[];
  /** Input and output tokens of {@link paid} calls, as the server counted them. */
  spent(): number;
  aborted(): number;
  /** Forgets all calls; the answer is {@link sentencesAnswer} again. */
  reset(): void;
  /** Waits until the calls are as wanted. */
  until(isWanted: (calls: readonly ModelCall[]) => boolean, what: string): Promise<void>;
  settings(change?: Partial<Exclude<LlmSettings, { provider: 'rules' }>>): LlmSettings;
  /** Extractors that ask this server, as one worker has them. */
  extractors(
    change?: Parameters<ModelServer['settings']>[0],
    places?: SharedPlaces,
  ): ReturnType<typeof createExtractors>;
  /** LLM_* of a worker process that asks this server. */
  env(dialect?: Dialect): Record<string, string>;
  close(): Promise<void>;
}

export const SECRET_KEY = 'sk-canary-0123456789';

export async function startModelServer(): Promise<ModelServer> {
  const calls: ModelCall[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('error', () => undefined);
    request.on('end', () => {
      const call = readCall(request, Buffer.concat(parts));
      calls.push(call);
      response.on('close', () => (call.aborted = !response.writableFinished));
      // A caller who has gone away is no failure of the server.
      answerCall(call, response).catch(() => response.destroy());
    });
  });

  async function answerCall(call: ModelCall, response: ServerResponse): Promise<void> {
    const reply = await model.answer(call);
    response.on('finish', () => {
      call.answeredAt = Date.now();
      if ((reply.status ?? 200) === 200) call.tokens = { in: reply.tokensIn ?? 100, out: reply.tokensOut ?? 20 };
    });
    await send(response, call.dialect, reply);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const url = `http://${host}`;
  const baseUrl = (dialect: Dialect) => (dialect === 'openai' ? `${url}/v1` : url);
  const paid = () => calls.filter(({ tokens }) => tokens.in + tokens.out > 0);

  const model: ModelServer = {
    url,
    host,
    calls,
    answer: sentencesAnswer,
    paid,
    spent: () => paid().reduce((sum, { tokens }) => sum + tokens.in + tokens.out, 0),
    aborted: () => calls.filter(({ aborted }) => aborted).length,
    reset() {
      calls.length = 0;
      model.answer = sentencesAnswer;
    },
    until: async (isWanted, what) => waitFor(() => isWanted(calls), what),
    settings: (change = {}) => ({
      provider: 'openai',
      maxConcurrent: 4,
      baseUrl: baseUrl(change.provider ?? 'openai'),
      apiKey: SECRET_KEY,
      timeoutMs: 20_000,
      priceInMicroUsdPerMillion: 1_000_000,
      priceOutMicroUsdPerMillion: 2_000_000,
      responseFormat: 'json_schema',
      maxTokensField: 'max_completion_tokens',
      ...change,
    }),
    extractors: (change, places) => createExtractors(model.settings(change), places),
    env: (dialect = 'openai') => ({
      LLM_PROVIDER: dialect,
      LLM_BASE_URL: baseUrl(dialect),
      LLM_API_KEY: SECRET_KEY,
      LLM_MODEL: 'stub-1',
    }),
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return model;
}

interface Body {
  readonly model: string;
  readonly system?: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

function readCall({ url, headers }: IncomingMessage, sent: Buffer): ModelCall {
  const body = JSON.parse(sent.toString()) as Body;
  const system = body.system ?? body.messages.find(({ role }) => role === 'system')?.content ?? '';
  const user = body.messages.find(({ role }) => role === 'user')?.content ?? '';
  const fenced = /<source-(\w+)>\n([\s\S]*)\n<\/source-\1>([\s\S]*)/.exec(user);
  const dialects: Readonly<Record<string, Dialect>> = { '/v1/chat/completions': 'openai', '/v1/messages': 'anthropic' };
  const dialect = dialects[url ?? ''];
  if (!dialect) throw new Error(`no model answers at ${url}`);
  return {
    dialect,
    model: body.model,
    text: fenced?.[2] ?? '',
    isRepair: (fenced?.[3] ?? '') !== '',
    system,
    promptChars: body.messages.reduce((sum, { content }) => sum + content.length, body.system?.length ?? 0),
    headers,
    bytes: sent.length,
    request: { ...body },
    receivedAt: Date.now(),
    answeredAt: undefined,
    aborted: false,
    tokens: { in: 0, out: 0 },
  };
}

async function send(response: ServerResponse, dialect: Dialect, reply: ModelReply): Promise<void> {
  const { status = reply.error ? 500 : 200, headers = {}, dripMs } = reply;
  if (reply.afterMs) await delay(reply.afterMs);
  if (reply.hang === 'beforeHead') return;
  if (reply.reset === 'beforeHead') return breakConnection(response);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.flushHeaders();
  if (reply.hang === 'afterHead') return;
  if (reply.reset === 'afterHead') {
    response.write('{"id": "');
    // What is written together with the end of a connection may be lost.
    await delay(20);
    return breakConnection(response);
  }
  const document = reply.body ?? JSON.stringify(documentOf(dialect, reply, status));
  const parts = typeof document === 'string' || Buffer.isBuffer(document) ? [document] : document;
  await pipeline(Readable.from(dripMs === undefined ? parts : byteByByte(parts, dripMs)), response);
}

async function* byteByByte(
  parts: Iterable<string | Buffer> | AsyncIterable<string | Buffer>,
  pauseMs: number,
): AsyncGenerator<Buffer> {
  for await (const part of parts) {
    for (const byte of Buffer.from(part)) {
      yield Buffer.of(byte);
      await delay(pauseMs);
    }
  }
}

function breakConnection(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

const STOP_WORDS = {
  openai: { end: 'stop', length: 'length', refusal: 'content_filter' },
  anthropic: { end: 'end_turn', length: 'max_tokens', refusal: 'refusal' },
} as const;

function documentOf(dialect: Dialect, reply: ModelReply, status: number): unknown {
  const { content = '{"events":[]}', stop = 'end', tokensIn = 100, tokensOut = 20, error } = reply;
  if (error || status >= 400) {
    const document = { error: error ?? { type: 'server_error' } };
    return dialect === 'openai' ? document : { type: 'error', ...document };
  }
  const reported =
    dialect === 'openai'
      ? { prompt_tokens: tokensIn, completion_tokens: tokensOut }
      : { input_tokens: tokensIn, output_tokens: tokensOut };
  const { usage = reported } = reply;
  const answer =
    dialect === 'openai'
      ? { choices: [{ finish_reason: STOP_WORDS.openai[stop], message: { role: 'assistant', content } }] }
      : { type: 'message', stop_reason: STOP_WORDS.anthropic[stop], content: [{ type: 'text', text: content }] };
  return { ...answer, ...(usage === null ? {} : { usage }) };
}

/** An answer with one event for each sentence that ends in `in <year>.` */
export function sentencesAnswer(
  { text }: Pick<ModelCall, 'text'>,
  change: (event: ModelEvent) => unknown = (event) => event,
): ModelReply {
  const events = [...text.matchAll(/[^.]*? in (\d{4})\./g)].map(([sentence, year]) =>
    change({
      title: sentence.trim().slice(0, 60),
      summary: sentence.trim(),
      dateText: year!,
      places: [],
      people: [],
      quotes: [sentence.trim()],
      confidence: 0.9,
    }),
  );
  return { content: JSON.stringify({ events }) };
}
