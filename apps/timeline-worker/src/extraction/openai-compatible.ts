import { EVENT_SCHEMA, repairMessage, systemMessage, userMessage } from './prompt';
import { type ProviderFetch, type ProviderSettings, callProvider, costMicroUsd, tokenCount } from './provider-call';
import type { Answer, Extractor, Question } from './types';

interface ChatCompletion {
  choices?: { finish_reason?: string | null; message?: { content?: string | null; refusal?: string | null } }[];
  usage?: { prompt_tokens?: unknown; completion_tokens?: unknown };
}

/** A model behind any endpoint that speaks OpenAI's chat completions (`{baseUrl}/chat/completions`), with a JSON schema. */
export function createOpenAiExtractor(fetch: ProviderFetch, settings: ProviderSettings, model: string): Extractor {
  const url = `${settings.baseUrl.replace(/\/$/, '')}/chat/completions`;
  return {
    name: `openai:${model}`,
    cacheModel: model,
    metered: true,
    costMicroUsd: (tokens) => costMicroUsd(settings, tokens),
    async ask(question, signal) {
      const completion = (await callProvider(fetch, {
        url,
        headers: settings.apiKey ? { authorization: `Bearer ${settings.apiKey}` } : {},
        body: {
          model,
          messages: messagesOf(question),
          max_completion_tokens: question.maxOutputTokens,
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'timeline_events', strict: true, schema: EVENT_SCHEMA },
          },
        },
        timeoutMs: settings.timeoutMs,
        signal,
      })) as ChatCompletion;
      const tokens = {
        tokensIn: tokenCount(completion.usage?.prompt_tokens),
        tokensOut: tokenCount(completion.usage?.completion_tokens),
      };
      return { ...read(completion), ...tokens, costMicroUsd: costMicroUsd(settings, tokens) };
    },
  };
}

function messagesOf(question: Question) {
  return [
    { role: 'system', content: systemMessage(question.promptVersion) },
    { role: 'user', content: userMessage(question) },
    ...(question.repair
      ? [
          { role: 'assistant', content: question.repair.answer },
          { role: 'user', content: repairMessage(question.repair.problem) },
        ]
      : []),
  ];
}

function read(completion: ChatCompletion): Pick<Answer, 'text' | 'stop'> {
  const choice = completion.choices?.[0];
  const text = typeof choice?.message?.content === 'string' ? choice.message.content : '';
  if (choice?.finish_reason === 'content_filter' || choice?.message?.refusal) return { text: '', stop: 'refusal' };
  return { text, stop: choice?.finish_reason === 'length' ? 'length' : 'end' };
}
