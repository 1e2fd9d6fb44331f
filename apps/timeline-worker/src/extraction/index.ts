export { type Extractors, type LlmSettings, createExtractors } from './extractors';
export { type ChunkAnswer, extractChunk } from './extract-chunk';
export { isPromptVersion } from './prompt';
export { type Answer, type Extractor, type Question, QuestionRefused, QuotaExhausted } from './types';
export { BudgetExhausted, type Purse, createPurse } from './purse';
export { type Limiter, createLimiter } from './limiter';
