import path from 'node:path';
import { ConfigError, FILE_ENV, WORKER_ENV, type Settings, setting } from '@backend/shared/config';
import { sharedMigrations, type MigrationSet } from '@backend/shared/pg';
import {
  type NamespaceNeeds,
  type TenantSettings,
  searchAttributeList,
  settingsReader,
} from '@backend/shared/temporal';
import { IMPORT_SEARCH_ATTRIBUTES } from '@backend/importer/contract';
import { importerMigrations } from '@backend/importer/repositories';
import { NAMESPACE, SEARCH_ATTRIBUTES, TENANT } from './contract';
import type { LlmSettings } from './extraction';

/** Every variable of timeline beside TEMPORAL_*; `.env.example` lists them with their defaults. */
export const TIMELINE_ENV = {
  ...WORKER_ENV,
  ...FILE_ENV,
  TIMELINE_ID: setting.optionalText('the timeline that commands act on when --timeline is not given'),
  LLM_PROVIDER: setting.oneOf(
    'who extracts events: rules works without a network and a key',
    ['rules', 'openai', 'anthropic'],
    'rules',
  ),
  LLM_BASE_URL: setting.optionalUrl("the start of the provider's address, for example https://api.openai.com/v1", [
    'http:',
    'https:',
  ]),
  LLM_API_KEY: setting.optionalText("the provider's key"),
  LLM_MODEL: setting.optionalText('the model of runs that name none'),
  LLM_TIMEOUT_S: setting.integer('seconds that one call may take', { min: 1, max: 900 }, 120),
  LLM_MAX_CONCURRENT: setting.integer('calls to one model at once', { min: 1, max: 64 }, 4),
  LLM_RESPONSE_FORMAT: setting.oneOf(
    'how the provider is made to answer in JSON; for one that knows no JSON schema, json_object or text',
    ['json_schema', 'json_object', 'text'],
    'json_schema',
  ),
  LLM_MAX_TOKENS_FIELD: setting.oneOf(
    'the field that bounds an answer; older OpenAI-compatible servers know max_tokens only',
    ['max_completion_tokens', 'max_tokens'],
    'max_completion_tokens',
  ),
  LLM_PRICE_IN: setting.integer(
    'millionths of a US dollar for a million tokens of input',
    { min: 0, max: 1_000_000_000 },
    0,
  ),
  LLM_PRICE_OUT: setting.integer(
    'millionths of a US dollar for a million tokens of output',
    { min: 0, max: 1_000_000_000 },
    0,
  ),
};

export interface TimelineConfig extends TenantSettings<typeof TIMELINE_ENV> {
  readonly llm: LlmSettings;
}

const APP_ROOT = path.join(__dirname, '..');

/** Files of the app, the same in `src` (tests) and `dist`. */
export const FILES = {
  workflows: path.join(__dirname, 'workflows'),
  bundle: path.join(APP_ROOT, 'dist', 'workflow-bundle.js'),
  /** The sample sources, next to the apps in the repository. */
  sample: path.join(APP_ROOT, '..', '..', 'examples', 'timeline', 'sources.yaml'),
};

/** Migrations of timeline's database, in the order in which they apply. */
export const MIGRATIONS: readonly MigrationSet[] = [
  sharedMigrations,
  importerMigrations,
  { component: TENANT, directory: path.join(APP_ROOT, 'migrations') },
];

/** What the tenant's namespace has to have; `timeline temporal setup` makes it. */
export const NAMESPACE_NEEDS: Omit<NamespaceNeeds, 'namespace'> = {
  retentionDays: 30,
  searchAttributes: searchAttributeList(SEARCH_ATTRIBUTES, IMPORT_SEARCH_ATTRIBUTES),
};

type Environment = Readonly<Record<string, string | undefined>>;
const reader = settingsReader(TIMELINE_ENV, {
  root: path.join(APP_ROOT, '..', '..'),
  tenant: TENANT,
  namespace: NAMESPACE,
});

/** Reads the app's own variables, for what needs no Temporal server. Throws one ConfigError that names every problem. */
export function loadEnv(source: Environment = process.env): TimelineConfig['env'] {
  return reader.env(source);
}

/** Reads the environment, the app's only place that does. Throws one ConfigError that names every problem. */
export function loadConfig(source: Environment = process.env): TimelineConfig {
  const settings = reader.all(source);
  return Object.freeze({ ...settings, llm: llmSettings(settings.env) });
}

const DEFAULT_BASE_URLS = { openai: 'https://api.openai.com/v1', anthropic: 'https://api.anthropic.com' } as const;

function llmSettings(env: Settings<typeof TIMELINE_ENV>): LlmSettings {
  const common = { maxConcurrent: env.LLM_MAX_CONCURRENT };
  if (env.LLM_PROVIDER === 'rules') return { ...common, provider: 'rules' };
  const problems = llmProblems(env);
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    ...common,
    provider: env.LLM_PROVIDER,
    baseUrl: env.LLM_BASE_URL ?? DEFAULT_BASE_URLS[env.LLM_PROVIDER],
    apiKey: env.LLM_API_KEY,
    timeoutMs: env.LLM_TIMEOUT_S * 1000,
    responseFormat: env.LLM_RESPONSE_FORMAT,
    maxTokensField: env.LLM_MAX_TOKENS_FIELD,
    priceInMicroUsdPerMillion: env.LLM_PRICE_IN,
    priceOutMicroUsdPerMillion: env.LLM_PRICE_OUT,
  };
}

function llmProblems({ LLM_PROVIDER, LLM_API_KEY = '', LLM_BASE_URL }: Settings<typeof TIMELINE_ENV>): string[] {
  const problems: string[] = [];
  // A local server needs no key; the two public ones do.
  if (!LLM_API_KEY && !LLM_BASE_URL)
    problems.push(`LLM_API_KEY is missing: the key of ${LLM_PROVIDER}; without a key set LLM_PROVIDER to rules.`);
  // What a header can carry.
  if (!/^[\x20-\x7e\xa0-\xff]*$/.test(LLM_API_KEY))
    problems.push(
      "LLM_API_KEY is wrong: the provider's key; it should have letters, digits and signs of Latin-1 only.",
    );
  const { username, password } = new URL(LLM_BASE_URL ?? DEFAULT_BASE_URLS.openai);
  if (username || password)
    problems.push('LLM_BASE_URL is wrong: it should hold no user and no password; a key belongs into LLM_API_KEY.');
  return problems;
}
