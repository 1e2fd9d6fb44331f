import { isRecord } from './json';
import type { Dialect } from './model-extractor';
import { EVENT_SCHEMA, systemMessage, userMessage } from './prompt';

const RESPONSE_FORMATS = {
  json_schema: {
    type: 'json_schema',
    json_schema: { name: 'timeline_events', strict: true, schema: EVENT_SCHEMA },
  },
  json_object: { type: 'json_object' },
  text: undefined,
} as const;

/** OpenAI's chat completions, which most other providers and servers of local models speak too. */
export const openAiCompatible: Dialect = {
  provider: 'openai',
  path: '/chat/completions',
  headers: (apiKey) => (apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
  body: (question, { model, responseFormat, maxTokensField }) => ({
    model,
    messages: [
      { role: 'system', content: systemMessage(question.promptVersion) },
      { role: 'user', content: userMessage(question) },
    ],
    [maxTokensField]: question.maxOutputTokens,
    response_format: RESPONSE_FORMATS[responseFormat],
  }),
  readAnswer({ choices }) {
    const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
    const message = isRecord(choice) ? choice['message'] : undefined;
    if (!isRecord(choice) || !isRecord(message)) return undefined;
    const reason = choice['finish_reason'];
    if (reason === 'content_filter' || message['refusal']) return { text: '', stop: 'refusal' };
    return { text: textOf(message['content']), stop: reason === 'length' ? 'length' : 'end' };
  },
  readUsage: (usage) => ({ tokensIn: usage['prompt_tokens'], tokensOut: usage['completion_tokens'] }),
};

/** A text, or the texts of a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
}
