import { transientFailure, userFailure } from '@backend/shared/failures';
import { isRetryableStatus, retryAfterMs } from '@backend/shared/http';
import { FAILURES, TRANSIENT_FAILURES } from '../contract';
import { QuestionRefused, QuotaExhausted } from './types';

/** The part of the standard fetch that a provider needs; tests hand in their own. */
export type ProviderFetch = (url: string, init: RequestInit) => Promise<Response>;

/** What a provider of models is configured with. */
export interface ProviderSettings {
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
  readonly priceInMicroUsdPerMillion: number;
  readonly priceOutMicroUsdPerMillion: number;
}

/** Waits up to this long are the next attempt's delay; for longer ones the workflow sleeps. */
const LONGEST_RETRY_DELAY_MS = 15 * 60 * 1000;
/** When the quota is used up and nobody says until when. */
const QUOTA_WAIT_MS = 60 * 60 * 1000;
const LONGEST_QUOTA_WAIT_MS = 7 * 24 * 60 * 60 * 1000;
/** An answer of a few thousand tokens is far below this. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/**
 * Posts one JSON request to a provider and returns the JSON answer. Trouble is told apart as the activity needs it:
 * `LlmAuth`, `LlmRejected`, `LlmUnavailable` with the provider's delay, {@link QuotaExhausted}, {@link QuestionRefused}.
 * Neither the key nor the provider's words get into a message.
 */
export async function callProvider(
  fetch: ProviderFetch,
  {
    url,
    headers,
    body,
    timeoutMs,
    signal,
  }: { url: string; headers: Record<string, string>; body: unknown; timeoutMs: number; signal: AbortSignal },
): Promise<unknown> {
  const host = new URL(url).host;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      // A key is not carried to wherever an answer points.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    text = await readBounded(response);
  } catch (error) {
    if (signal.aborted) throw error;
    throw transientFailure(TRANSIENT_FAILURES.LlmUnavailable, `${host} did not answer.`);
  }
  if (response.ok) {
    const json = tryParse(text);
    if (json !== undefined) return json;
    throw transientFailure(TRANSIENT_FAILURES.LlmUnavailable, `${host} sent an answer that is not JSON.`);
  }
  throw errorOf({ response, text, host });
}

function errorOf({ response, text, host }: { response: Response; text: string; host: string }): Error {
  const { status } = response;
  const code = errorCode(text);
  const waitMs = retryAfterMs((name) => response.headers.get(name), Date.now());
  if (code === 'insufficient_quota' || code === 'billing_error') {
    return new QuotaExhausted(Math.min(waitMs ?? QUOTA_WAIT_MS, LONGEST_QUOTA_WAIT_MS));
  }
  if (status === 401 || status === 403)
    return userFailure(FAILURES.LlmAuth, `${host} refuses the key of LLM_API_KEY (status ${status}).`);
  if (isRetryableStatus(status)) {
    if (waitMs !== undefined && waitMs > LONGEST_RETRY_DELAY_MS)
      return new QuotaExhausted(Math.min(waitMs, LONGEST_QUOTA_WAIT_MS));
    return transientFailure(TRANSIENT_FAILURES.LlmUnavailable, `${host} answered ${status}.`, waitMs);
  }
  if (status === 400 || status === 413 || status === 422) return new QuestionRefused(status);
  return userFailure(FAILURES.LlmRejected, `${host} answered ${status}; check LLM_BASE_URL and the model's name.`);
}

/** `error.code` or `error.type` of a provider's error document. */
function errorCode(text: string): string | undefined {
  const error = (tryParse(text) as { error?: { code?: unknown; type?: unknown } } | null | undefined)?.error;
  return [error?.code, error?.type].find((value): value is string => typeof value === 'string');
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

/** A count of tokens as a provider reports it; what is not a count is none. */
export function tokenCount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.round(value) : 0;
}

/** The cost of a call by the configured prices, rounded up. */
export function costMicroUsd(
  settings: ProviderSettings,
  { tokensIn, tokensOut }: { tokensIn: number; tokensOut: number },
): number {
  return Math.ceil(
    (tokensIn * settings.priceInMicroUsdPerMillion + tokensOut * settings.priceOutMicroUsdPerMillion) / 1_000_000,
  );
}
