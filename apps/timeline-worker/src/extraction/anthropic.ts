import { EVENT_SCHEMA, repairMessage, systemMessage, userMessage } from './prompt';
import { type ProviderFetch, type ProviderSettings, callProvider, costMicroUsd, tokenCount } from './provider-call';
import type { Answer, Extractor, Question } from './types';

interface MessagesAnswer {
  stop_reason?: string | null;
  content?: { type?: string; text?: unknown }[];
  usage?: {
    input_tokens?: unknown;
    output_tokens?: unknown;
    cache_read_input_tokens?: unknown;
    cache_creation_input_tokens?: unknown;
  };
}

const API_VERSION = '2023-06-01';

/** A model behind Anthropic's messages API (`{baseUrl}/v1/messages`). */
export function createAnthropicExtractor(fetch: ProviderFetch, settings: ProviderSettings, model: string): Extractor {
  const url = `${settings.baseUrl.replace(/\/$/, '')}/v1/messages`;
  return {
    name: `anthropic:${model}`,
    cacheModel: model,
    metered: true,
    costMicroUsd: (tokens) => costMicroUsd(settings, tokens),
    async ask(question, signal) {
      const message = (await callProvider(fetch, {
        url,
        headers: { 'anthropic-version': API_VERSION, ...(settings.apiKey ? { 'x-api-key': settings.apiKey } : {}) },
        body: {
          model,
          max_tokens: question.maxOutputTokens,
          system: systemMessage(question.promptVersion),
          messages: messagesOf(question),
          output_config: { format: { type: 'json_schema', schema: EVENT_SCHEMA } },
        },
        timeoutMs: settings.timeoutMs,
        signal,
      })) as MessagesAnswer;
      const { usage } = message;
      const tokens = {
        tokensIn:
          tokenCount(usage?.input_tokens) +
          tokenCount(usage?.cache_read_input_tokens) +
          tokenCount(usage?.cache_creation_input_tokens),
        tokensOut: tokenCount(usage?.output_tokens),
      };
      return { ...read(message), ...tokens, costMicroUsd: costMicroUsd(settings, tokens) };
    },
  };
}

function messagesOf(question: Question) {
  return [
    { role: 'user', content: userMessage(question) },
    ...(question.repair
      ? [
          { role: 'assistant', content: question.repair.answer },
          { role: 'user', content: repairMessage(question.repair.problem) },
        ]
      : []),
  ];
}

function read(message: MessagesAnswer): Pick<Answer, 'text' | 'stop'> {
  const text = (message.content ?? [])
    .map((block) => (block.type === 'text' && typeof block.text === 'string' ? block.text : ''))
    .join('');
  if (message.stop_reason === 'refusal') return { text: '', stop: 'refusal' };
  return { text, stop: message.stop_reason === 'max_tokens' ? 'length' : 'end' };
}
