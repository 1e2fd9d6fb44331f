export { type Extractors, type LlmSettings, createExtractors } from './extractors';
export { type ChunkAnswer, extractChunk } from './extract-chunk';
export { isPromptVersion } from './prompt';
export { type Answer, type Extractor, type Question, QuestionRefused, QuotaExhausted } from './types';
