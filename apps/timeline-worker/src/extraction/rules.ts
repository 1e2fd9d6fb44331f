import { RULES_EXTRACTOR, extractByRules } from '../domain/extract/rules';
import type { Extractor } from './types';

/** The extractor that needs no network: dates and sentences found by rule. */
export const rulesExtractor: Extractor = {
  name: 'rules',
  cacheModel: RULES_EXTRACTOR,
  metered: false,
  costMicroUsd: () => 0,
  prepare: ({ text, pass }) => ({
    size: { bytes: 0, otherBytes: 0 },
    async ask() {
      // The rules find the same things at each reading.
      const events = pass > 1 ? [] : extractByRules({ text });
      return { text: JSON.stringify({ events }), stop: 'end', usage: { tokensIn: 0, tokensOut: 0 } };
    },
  }),
};
