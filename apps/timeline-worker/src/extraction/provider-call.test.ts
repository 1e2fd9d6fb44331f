import { failureType, rootFailure } from '@backend/shared/failures';
import { createExtractors } from './extractors';
import type { ProviderFetch } from './provider-call';
import { type Question, QuestionRefused, QuotaExhausted } from './types';

const KEY = 'sk-canary';
const QUESTION: Question = {
  text: 'In 1801 the bridge was opened.',
  model: 'm',
  promptVersion: '1',
  pass: 1,
  maxOutputTokens: 300,
};
const never = new AbortController().signal;

function provider(name: 'openai' | 'anthropic', fetch: ProviderFetch) {
  const prices = { priceInMicroUsdPerMillion: 3_000_000, priceOutMicroUsdPerMillion: 15_000_000 };
  const settings = {
    provider: name,
    maxConcurrent: 4,
    baseUrl: 'https://llm.example/',
    apiKey: KEY,
    timeoutMs: 1000,
    ...prices,
  } as const;
  return createExtractors(settings, fetch)('m').extractor;
}

const json = (value: unknown, init: ResponseInit = {}) => new Response(JSON.stringify(value), init);
const outcome = async (response: () => Response): Promise<unknown> =>
  provider('openai', async () => response())
    .ask(QUESTION, never)
    .catch((error: unknown) => error);

test('ai-timeline 23: the OpenAI-compatible request and answer', async () => {
  const fetch = jest.fn<Promise<Response>, Parameters<ProviderFetch>>(async () =>
    json({
      choices: [{ finish_reason: 'stop', message: { content: '{"events":[]}' } }],
      usage: { prompt_tokens: 11, completion_tokens: 7 },
    }),
  );
  const answer = await provider('openai', fetch).ask(QUESTION, never);
  expect(answer).toEqual({ text: '{"events":[]}', stop: 'end', tokensIn: 11, tokensOut: 7, costMicroUsd: 138 });
  const [url, init] = fetch.mock.calls[0]!;
  expect(url).toBe('https://llm.example/chat/completions');
  expect(new Headers(init.headers).get('authorization')).toBe(`Bearer ${KEY}`);
  const body = JSON.parse(init.body as string) as {
    messages: { role: string; content: string }[];
    response_format: { type: string };
    tools?: unknown;
  };
  expect(body).toMatchObject({
    model: 'm',
    max_completion_tokens: 300,
    response_format: { type: 'json_schema', json_schema: { strict: true } },
  });
  expect(body.tools).toBeUndefined();
  expect(body.messages.map(({ role }) => role)).toEqual(['system', 'user']);
  expect(body.messages[0]!.content).not.toContain('1801');
});

test('ai-timeline 23: the messages API request and answer', async () => {
  const fetch = jest.fn<Promise<Response>, Parameters<ProviderFetch>>(async () =>
    json({
      stop_reason: 'end_turn',
      content: [
        { type: 'text', text: '{"events":' },
        { type: 'text', text: '[]}' },
      ],
      usage: { input_tokens: 11, output_tokens: 7, cache_read_input_tokens: 2 },
    }),
  );
  const answer = await provider('anthropic', fetch).ask(
    { ...QUESTION, repair: { answer: 'x', problem: 'no JSON.' } },
    never,
  );
  expect(answer).toEqual({ text: '{"events":[]}', stop: 'end', tokensIn: 13, tokensOut: 7, costMicroUsd: 144 });
  const [url, init] = fetch.mock.calls[0]!;
  expect(url).toBe('https://llm.example/v1/messages');
  expect(new Headers(init.headers).get('x-api-key')).toBe(KEY);
  const body = JSON.parse(init.body as string) as { system: string; messages: { role: string }[] };
  expect(body).toMatchObject({ model: 'm', max_tokens: 300, output_config: { format: { type: 'json_schema' } } });
  expect(body.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
});

test.each([
  ['openai', { choices: [{ finish_reason: 'length', message: { content: '{"eve' } }] }, 'length'],
  ['openai', { choices: [{ finish_reason: 'content_filter', message: { content: null } }] }, 'refusal'],
  ['openai', { choices: [{ finish_reason: 'stop', message: { content: null, refusal: 'No.' } }] }, 'refusal'],
  ['openai', {}, 'end'],
  ['anthropic', { stop_reason: 'max_tokens', content: [{ type: 'text', text: '{' }] }, 'length'],
  ['anthropic', { stop_reason: 'refusal', content: [] }, 'refusal'],
  ['anthropic', {}, 'end'],
] as const)('ai-timeline 8: %s %j stops with %s', async (name, body, stop) => {
  expect(await provider(name, async () => json(body)).ask(QUESTION, never)).toMatchObject({
    stop,
    tokensIn: 0,
    tokensOut: 0,
  });
});

test.each([401, 403])('ai-timeline 9: %d is LlmAuth and never retried', async (status) => {
  const error = await outcome(() => json({ error: { message: KEY } }, { status }));
  expect(failureType(error)).toBe('LlmAuth');
  expect(rootFailure(error)!.nonRetryable).toBe(true);
});

test("ai-timeline 9: a provider's wait of up to 15 minutes is the next delay, a longer one a quota", async () => {
  const limited = async (headers: Record<string, string>) => outcome(() => json({}, { status: 429, headers }));
  expect(rootFailure(await limited({ 'retry-after': '900' }))).toMatchObject({
    type: 'LlmUnavailable',
    nonRetryable: false,
    nextRetryDelay: 900_000,
  });
  expect(rootFailure(await limited({ 'retry-after-ms': '1500', 'retry-after': '900' }))).toMatchObject({
    nextRetryDelay: 1500,
  });
  expect(await limited({ 'retry-after': '901' })).toMatchObject({ resumeAfterMs: 901_000 });
  expect(await limited({ 'retry-after': '901' })).toBeInstanceOf(QuotaExhausted);
  expect(
    await outcome(() =>
      json({ error: { code: 'insufficient_quota' } }, { status: 429, headers: { 'retry-after': '5' } }),
    ),
  ).toBeInstanceOf(QuotaExhausted);
});

test.each([408, 409, 425, 429, 500, 502, 503, 529])('ai-timeline 9: %d is retried', async (status) => {
  const failure = rootFailure(await outcome(() => json({}, { status })));
  expect(failure).toMatchObject({ type: 'LlmUnavailable', nonRetryable: false });
});

test.each([
  [400, QuestionRefused],
  [413, QuestionRefused],
  [422, QuestionRefused],
])('%d is about this question only', async (status, type) => {
  expect(await outcome(() => json({}, { status }))).toBeInstanceOf(type);
});

test.each([402, 404, 405])('%d ends the run', async (status) => {
  expect(rootFailure(await outcome(() => json({}, { status })))).toMatchObject({
    type: 'LlmRejected',
    nonRetryable: true,
  });
});

test('an answer that is no JSON, too large, or never comes is retried; none of its words get into the message', async () => {
  for (const response of [new Response(KEY), new Response('"'.padEnd(3 * 1024 * 1024, 'x'))]) {
    const failure = rootFailure(await outcome(() => response))!;
    expect(failure.type).toBe('LlmUnavailable');
    expect(failure.message).not.toContain(KEY);
  }
  const failure = rootFailure(
    await provider('openai', async () => Promise.reject(new TypeError(`fetch failed ${KEY}`)))
      .ask(QUESTION, never)
      .catch((error: unknown) => error),
  )!;
  expect(failure).toMatchObject({ type: 'LlmUnavailable', message: 'llm.example did not answer.' });
});

test('ai-timeline 7: cancelling ends the call with the reason of the cancel', async () => {
  const controller = new AbortController();
  const pending = provider(
    'openai',
    async (_url, init) =>
      new Promise((_resolve, reject) =>
        init.signal!.addEventListener('abort', () => reject(init.signal!.reason as Error)),
      ),
  ).ask(QUESTION, controller.signal);
  controller.abort(new Error('cancelled'));
  await expect(pending).rejects.toThrow('cancelled');
});

test('ai-timeline 23: without a provider only the rules extract, and they need no network', async () => {
  const fetch = jest.fn();
  const extractors = createExtractors({ provider: 'rules', maxConcurrent: 4 }, fetch);
  const { extractor } = extractors('rules');
  const answer = await extractor.ask(
    { ...QUESTION, text: 'The new bridge over the river was opened on 3 May 1801.' },
    never,
  );
  expect(JSON.parse(answer.text)).toMatchObject({ events: [{ dateText: '3 May 1801' }] });
  expect({ tokensIn: answer.tokensIn, metered: extractor.metered, name: extractor.name }).toEqual({
    tokensIn: 0,
    metered: false,
    name: 'rules',
  });
  expect(fetch).not.toHaveBeenCalled();
  expect(() => extractors('some-model')).toThrow(expect.objectContaining({ type: 'ModelUnavailable' }));
});
