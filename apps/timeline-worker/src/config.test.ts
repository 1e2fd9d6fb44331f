import { ConfigError } from '@backend/shared/config';
import { loadConfig } from './config';

const BASE = {
  DATABASE_URL: 'postgres://worker@db/timeline',
  PROFILE: 'production',
  TEMPORAL_API_KEY: 'key',
  PAYLOAD_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
};

test('ai-timeline 23: the default extractor needs no key', () => {
  expect(loadConfig(BASE).llm).toEqual({ provider: 'rules', maxConcurrent: 4 });
});

test('a provider has its public address by default, and its own settings', () => {
  expect(loadConfig({ ...BASE, LLM_PROVIDER: 'anthropic', LLM_API_KEY: 'k' }).llm).toMatchObject({
    baseUrl: 'https://api.anthropic.com',
    apiKey: 'k',
    timeoutMs: 120_000,
    responseFormat: 'json_schema',
    maxTokensField: 'max_completion_tokens',
  });
  expect(
    loadConfig({ ...BASE, LLM_PROVIDER: 'openai', LLM_BASE_URL: 'http://llm:11434/v1', LLM_TIMEOUT_S: '5' }).llm,
  ).toMatchObject({
    baseUrl: 'http://llm:11434/v1',
    apiKey: undefined,
    timeoutMs: 5000,
  });
});

test('ai-timeline 23: a server that knows less is asked in its own way', () => {
  const env = {
    LLM_PROVIDER: 'openai',
    LLM_API_KEY: 'k',
    LLM_RESPONSE_FORMAT: 'json_object',
    LLM_MAX_TOKENS_FIELD: 'max_tokens',
  };
  expect(loadConfig({ ...BASE, ...env }).llm).toMatchObject({
    responseFormat: 'json_object',
    maxTokensField: 'max_tokens',
  });
  expect(() => loadConfig({ ...BASE, ...env, LLM_RESPONSE_FORMAT: 'xml' })).toThrow('LLM_RESPONSE_FORMAT');
});

test('a public provider without a key refuses to start and says what to set', () => {
  expect(() => loadConfig({ ...BASE, LLM_PROVIDER: 'openai' })).toThrow(ConfigError);
  expect(() => loadConfig({ ...BASE, LLM_PROVIDER: 'openai' })).toThrow('LLM_API_KEY');
});

test.each([
  ['LLM_API_KEY', 'sk-ключ'],
  ['LLM_API_KEY', 'sk-1\n'],
  ['LLM_API_KEY', 'sk-“quoted”'],
  ['LLM_BASE_URL', 'https://user:hunter2@llm.example/v1'],
  ['LLM_BASE_URL', 'https://hunter2@llm.example/v1'],
])('ai-timeline 23: a worker does not start with what no request can carry: %s=%j', (name, value) => {
  const env = { ...BASE, LLM_PROVIDER: 'openai', LLM_API_KEY: 'k', [name]: value };
  expect(() => loadConfig(env)).toThrow(ConfigError);
  expect(() => loadConfig(env)).toThrow(name);
  expect(() => loadConfig(env)).not.toThrow(value);
});

test('the tenant has its own Temporal namespace', () => {
  expect(loadConfig(BASE).temporal.namespace).toBe('swaminarayan');
});
