import { isRecord } from './json';

/** Nothing is left to pay with; waiting for a minute mends nothing. */
export const QUOTA_WORDS =
  /\binsufficient_quota\b|\bbilling_error\b|credit balance is too low|insufficient (?:balance|credits|funds)/i;

/** The question has more tokens than the model can read. */
export const TOO_LONG_WORDS =
  /\bcontext_length_exceeded\b|\bexceed_context_size_error\b|prompt is too long|maximum context length|context (?:window|size)/i;

/** Longer messages are no messages. */
const MAX_CHARS = 2000;

/** Code, type and message of an error document, as OpenAI, Anthropic, Google and gateways to them shape it; for searching in only. */
export function errorWords(document: unknown): string {
  const outer: unknown = Array.isArray(document) ? document[0] : document;
  const error = isRecord(outer) ? (outer['error'] ?? outer) : outer;
  if (typeof error === 'string') return error.slice(0, MAX_CHARS);
  if (!isRecord(error)) return '';
  return ['code', 'type', 'message']
    .map((field) => error[field])
    .filter((value): value is string => typeof value === 'string')
    .join(' ')
    .slice(0, MAX_CHARS);
}
