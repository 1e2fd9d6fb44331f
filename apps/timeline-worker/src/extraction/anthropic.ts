import { isRecord } from './json';
import { type Dialect, isCount } from './model-extractor';
import { EVENT_SCHEMA, systemMessage, userMessage } from './prompt';

const API_VERSION = '2023-06-01';

/** Why an answer is not complete, though it is one. */
const CUT_OFF: readonly unknown[] = ['max_tokens', 'model_context_window_exceeded'];

/** Anthropic's messages API. */
export const anthropic: Dialect = {
  provider: 'anthropic',
  path: '/v1/messages',
  headers: (apiKey) => ({ 'anthropic-version': API_VERSION, ...(apiKey ? { 'x-api-key': apiKey } : {}) }),
  body: (question, { model, responseFormat }) => ({
    model,
    max_tokens: question.maxOutputTokens,
    system: systemMessage(question.promptVersion),
    messages: [{ role: 'user', content: userMessage(question) }],
    ...(responseFormat === 'json_schema'
      ? { output_config: { format: { type: 'json_schema', schema: EVENT_SCHEMA } } }
      : {}),
  }),
  readAnswer({ content, stop_reason: reason }) {
    if (!Array.isArray(content)) return undefined;
    if (reason === 'refusal') return { text: '', stop: 'refusal' };
    const texts = content.map((block: unknown) =>
      isRecord(block) && block['type'] === 'text' && typeof block['text'] === 'string' ? block['text'] : '',
    );
    return { text: texts.join(''), stop: CUT_OFF.includes(reason) ? 'length' : 'end' };
  },
  // What is read from or written to the provider's cache is not in input_tokens.
  readUsage: (usage) => ({
    tokensIn: sum(usage['input_tokens'], usage['cache_read_input_tokens'], usage['cache_creation_input_tokens']),
    tokensOut: usage['output_tokens'],
  }),
};

function sum(first: unknown, ...others: unknown[]): unknown {
  return isCount(first) ? others.filter(isCount).reduce((total, count) => total + count, first) : undefined;
}
