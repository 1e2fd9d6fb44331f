import { transientFailure, userFailure } from '@backend/shared/failures';
import { isRetryableStatus, retryAfterMs, withinDeadline } from '@backend/shared/http';
import { Agent, type Response, fetch } from 'undici';
import { FAILURES, TRANSIENT_FAILURES } from '../contract';
import { QUOTA_WORDS, TOO_LONG_WORDS, errorWords } from './provider-errors';
import { AnswerLost, QuestionRefused, QuotaExhausted } from './types';

/** Waits up to this long are the next attempt's delay; for longer ones the workflow sleeps. */
const LONGEST_RETRY_DELAY_MS = 15 * 60 * 1000;
/** A server that says "at once" each time must not be asked a thousand times a second. */
const SHORTEST_RETRY_DELAY_MS = 1000;
/** When the quota is used up and nobody says until when. */
const QUOTA_WAIT_MS = 60 * 60 * 1000;
const LONGEST_QUOTA_WAIT_MS = 7 * 24 * 60 * 60 * 1000;
/** An answer of a few thousand tokens is far below this. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/** How long a call may take is the caller's to say; undici by itself gives up on headers after five minutes. */
const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 10_000 } });

/** The connection was not made, so that nothing was sent. */
const UNREACHED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export interface ProviderRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** For the whole of the call, to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Posts one JSON request to a provider and returns its answer as JSON; undefined for an answer that is not JSON, too large,
 * breaks off or takes too long: such a one is charged for like any other. Trouble is told apart as the activity needs it:
 * `LlmAuth`, `LlmRejected`, `LlmUnavailable` with the provider's delay, {@link AnswerLost}, {@link QuotaExhausted},
 * {@link QuestionRefused}. Neither the key nor the provider's words get into a message.
 */
export async function callProvider({ url, headers, body, timeoutMs, signal }: ProviderRequest): Promise<unknown> {
  return withinDeadline({ timeoutMs, signal }, async (deadline) => {
    const { host } = new URL(url);
    let response: Response;
    try {
      response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        // A key is not carried to wherever an answer points.
        redirect: 'manual',
        signal: deadline,
        dispatcher,
      });
    } catch (error) {
      signal.throwIfAborted();
      if (UNREACHED.has(connectionCode(error)))
        throw transientFailure(TRANSIENT_FAILURES.LlmUnavailable, `${host} cannot be reached.`);
      throw new AnswerLost(`${host} did not answer.`);
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
  if (status === 402 || QUOTA_WORDS.test(words)) return quotaExhausted(waitMs ?? QUOTA_WAIT_MS);
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

function connectionCode(error: unknown): string {
  const code = (error as { cause?: { code?: unknown } }).cause?.code;
  return typeof code === 'string' ? code : '';
}
