import { userFailure } from '@backend/shared/failures';
import { FAILURES, RULES_MODEL } from '../contract';
import { createAnthropicExtractor } from './anthropic';
import { type Limiter, createLimiter } from './limiter';
import { createOpenAiExtractor } from './openai-compatible';
import type { ProviderFetch, ProviderSettings } from './provider-call';
import { rulesExtractor } from './rules';
import type { Extractor } from './types';

/** Who extracts events on this worker. */
export type LlmSettings = { readonly maxConcurrent: number } & (
  | { readonly provider: 'rules' }
  | ({ readonly provider: 'openai' | 'anthropic' } & ProviderSettings)
);

/** The extractor of a model, and the limiter of calls to that model. Throws `ModelUnavailable`. */
export type Extractors = (model: string) => {
  readonly extractor: Extractor;
  readonly limit: Limiter;
  readonly maxConcurrent: number;
};

/** The extractors of a worker: the rules always, and every model of the configured provider. */
export function createExtractors(settings: LlmSettings, fetch: ProviderFetch = globalThis.fetch): Extractors {
  const limiters = new Map<string, Limiter>();
  const { maxConcurrent } = settings;
  return (model) => {
    const limit = limiters.get(model) ?? createLimiter(maxConcurrent);
    limiters.set(model, limit);
    return { extractor: extractorOf(settings, fetch, model), limit, maxConcurrent };
  };
}

function extractorOf(settings: LlmSettings, fetch: ProviderFetch, model: string): Extractor {
  if (model === RULES_MODEL) return rulesExtractor;
  switch (settings.provider) {
    case 'rules':
      throw userFailure(
        FAILURES.ModelUnavailable,
        `The worker has no provider for the model ${model}; set LLM_PROVIDER, or use the model ${RULES_MODEL}.`,
      );
    case 'openai':
      return createOpenAiExtractor(fetch, settings, model);
    case 'anthropic':
      return createAnthropicExtractor(fetch, settings, model);
  }
}
