import { transientFailure, userFailure } from '@backend/shared/failures';
import { isRetryableStatus, retryAfterMs, withinDeadline } from '@backend/shared/http';
import type { Response } from 'undici';
import { FAILURES, TRANSIENT_FAILURES } from '../contract';
import { isRecord } from './json';
import { QUOTA_WORDS, TOO_LONG_WORDS, errorWords } from './provider-errors';
import { AnswerLost, QuestionRefused, type QuestionSize, QuotaExhausted } from './types';

/** Waits up to this long are the next attempt's delay; for longer ones the workflow sleeps. */
const LONGEST_RETRY_DELAY_MS = 15 * 60 * 1000;
/** A server that says "at once" each time must not be asked a thousand times a second. */
const SHORTEST_RETRY_DELAY_MS = 1000;
/** When the quota is used up and nobody says until when. */
const QUOTA_WAIT_MS = 60 * 60 * 1000;
/** A provider tells how long its limit of calls lasts; money does not come back in seconds, and who adds some resumes the run. */
const LEAST_QUOTA_WAIT_MS = 15 * 60 * 1000;
const LONGEST_QUOTA_WAIT_MS = 7 * 24 * 60 * 60 * 1000;
/** An answer of a few thousand tokens is far below this. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/** Loaded with the first call: a worker starts without it. */
let client: ReturnType<typeof openClient> | undefined;

async function openClient() {
  const { Agent, fetch } = await import('undici');
  // How long a call may take is the caller's to say; undici by itself gives up on headers after five minutes.
  return { fetch, dispatcher: new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 10_000 } }) };
}

/** No connection was made, so that nothing was sent. */
const UNREACHED_CODES: readonly unknown[] = ['ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];
const TLS_CODES = /^(?:CERT_|ERR_TLS|ERR_SSL|EPROTO|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

export interface ProviderRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A request that can be sent once. */
export interface ProviderCall {
  /** Of the body. */
  readonly size: QuestionSize;
  /**
   * Posts it and resolves with the answer as JSON; undefined for an answer that is not JSON, too large, breaks off or takes too long:
   * such a one is charged for like any other. `timeoutMs` is for the whole of the call, to the last byte. Trouble is told apart as the
   * activity needs it: `LlmAuth`, `LlmRejected`, `LlmUnavailable` with the provider's delay, {@link AnswerLost},
   * {@link QuotaExhausted}, {@link QuestionRefused}. Neither the key nor the provider's words get into a message.
   */
  send(bounds: { timeoutMs: number; signal: AbortSignal }): Promise<unknown>;
}

/** Makes one JSON request to a provider ready. Throws `LlmRejected` when its address or its key cannot be sent. */
export function prepareCall({ url, headers, body }: ProviderRequest): ProviderCall {
  const content = JSON.stringify(body);
  const bytes = Buffer.byteLength(content);
  const request = requestOf({
    url,
    headers: { 'content-type': 'application/json', ...headers },
    body: content,
  });
  const size = { bytes, otherBytes: bytes - content.replace(/\P{ASCII}/gu, '').length };
  return { size, send: async (bounds) => send(request, bounds) };
}

interface PostRequest {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

function requestOf(request: PostRequest): PostRequest {
  try {
    const { url, headers, body } = request;
    return { url: new Request(url, { method: 'POST', headers, body }).url, headers, body };
  } catch {
    throw userFailure(FAILURES.LlmRejected, 'No request can be made of LLM_BASE_URL and LLM_API_KEY; check both.');
  }
}

async function send(
  { url, headers, body }: PostRequest,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
) {
  return withinDeadline({ timeoutMs, signal }, async (deadline) => {
    const { host } = new URL(url);
    const { fetch, dispatcher } = await (client ??= openClient());
    let response: Response;
    try {
      // A key is not carried to wherever an answer points.
      const redirect = 'manual';
      response = await fetch(url, { method: 'POST', redirect, headers, body, signal: deadline, dispatcher });
    } catch (error) {
      signal.throwIfAborted();
      throw unansweredBy(host, (error as Error).cause);
    }
    const text = await readBounded(response).catch(() => undefined);
    signal.throwIfAborted();
    const document = text === undefined ? undefined : tryParse(text);
    const status = response.ok ? statusWithin(document) : response.status;
    if (status === undefined) return document;
    throw errorOf({ status, words: errorWords(document), waitMs: waitOf(response), host });
  });
}

/** Some gateways send the error of the provider behind them as a success: the status stands in the document. */
function statusWithin(document: unknown): number | undefined {
  const code = (document as { error?: { code?: unknown } | null } | null | undefined)?.error?.code;
  return typeof code === 'number' && code >= 400 && code < 600 ? code : undefined;
}

function errorOf({
  status,
  words,
  waitMs,
  host,
}: {
  status: number;
  words: string;
  waitMs: number | undefined;
  host: string;
}): Error {
  if (status === 402 || QUOTA_WORDS.test(words))
    return quotaExhausted(Math.max(waitMs ?? QUOTA_WAIT_MS, LEAST_QUOTA_WAIT_MS));
  if (status === 401 || status === 403)
    return userFailure(FAILURES.LlmAuth, `${host} refuses the key of LLM_API_KEY (status ${status}).`);
  if (isRetryableStatus(status)) {
    if (waitMs !== undefined && waitMs > LONGEST_RETRY_DELAY_MS) return quotaExhausted(waitMs);
    return transientFailure(TRANSIENT_FAILURES.LlmUnavailable, `${host} answered ${status}.`, waitMs);
  }
  if (status === 400 || status === 413 || status === 422)
    return new QuestionRefused(status, status === 413 || TOO_LONG_WORDS.test(words));
  return userFailure(FAILURES.LlmRejected, `${host} answered ${status}; check LLM_BASE_URL and the model's name.`);
}

function quotaExhausted(waitMs: number): QuotaExhausted {
  return new QuotaExhausted(Math.min(waitMs, LONGEST_QUOTA_WAIT_MS));
}

/** The wait that the provider asks for. "At once" is no wait: the retries' own, growing one holds. */
function waitOf(response: Response): number | undefined {
  const waitMs = retryAfterMs((name) => response.headers.get(name), Date.now());
  return waitMs ? Math.max(waitMs, SHORTEST_RETRY_DELAY_MS) : undefined;
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What to fail with when no answer began because of `cause`: {@link AnswerLost} unless no connection was made, so that nothing was sent. */
export function unansweredBy(host: string, cause: unknown): Error {
  if (!isUnreached(cause)) return new AnswerLost(`${host} did not answer.`);
  const code = tlsCodeOf(cause);
  const why = code === undefined ? '' : `: no TLS connection can be made (${code})`;
  return transientFailure(TRANSIENT_FAILURES.LlmUnavailable, `${host} cannot be reached${why}.`);
}

function isUnreached(cause: unknown): boolean {
  if (!isRecord(cause)) return false;
  // A name stands for several addresses, each of which was tried.
  const { errors } = cause;
  if (Array.isArray(errors)) return errors.length > 0 && errors.every(isUnreached);
  return cause['syscall'] === 'connect' || UNREACHED_CODES.includes(cause['code']) || tlsCodeOf(cause) !== undefined;
}

function tlsCodeOf(cause: unknown): string | undefined {
  const code = isRecord(cause) ? cause['code'] : undefined;
  return typeof code === 'string' && TLS_CODES.test(code) ? code : undefined;
}
