import { userFailure } from '@backend/shared/failures';
import type { SharedPlaces } from '@backend/shared/pg';
import { FAILURES, RULES_MODEL } from '../contract';
import { anthropic } from './anthropic';
import { type Limiter, createLimiter } from './limiter';
import { type ProviderSettings, createModelExtractor } from './model-extractor';
import { openAiCompatible } from './openai-compatible';
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

/**
 * The extractors of a worker: the rules always, and every model of the configured provider. With `places`, all workers that share
 * them have the calls to a model in common; the rules are asked in the worker itself, and share nothing.
 */
export function createExtractors(settings: LlmSettings, places?: SharedPlaces): Extractors {
  const limiters = new Map<string, Limiter>();
  const { maxConcurrent } = settings;
  const limiterOf = (model: string): Limiter => {
    const own = createLimiter(maxConcurrent);
    if (!places || model === RULES_MODEL) return own;
    return async (work, signal) =>
      own(async () => {
        const giveBack = await places.take(`calls to ${model}`, maxConcurrent, signal);
        try {
          return await work();
        } finally {
          await giveBack();
        }
      }, signal);
  };
  return (model) => {
    const limit = limiters.get(model) ?? limiterOf(model);
    limiters.set(model, limit);
    return { extractor: extractorOf(settings, model), limit, maxConcurrent };
  };
}

const DIALECTS = { openai: openAiCompatible, anthropic } as const;

function extractorOf(settings: LlmSettings, model: string): Extractor {
  if (model === RULES_MODEL) return rulesExtractor;
  if (settings.provider !== 'rules') return createModelExtractor(DIALECTS[settings.provider], settings, model);
  throw userFailure(
    FAILURES.ModelUnavailable,
    `The worker has no provider for the model ${model}; set LLM_PROVIDER, or use the model ${RULES_MODEL}.`,
  );
}
