export { type Extractors, type LlmSettings, createExtractors } from './extractors';
export { type Ask, type ChunkAnswer, type ChunkQuestion, extractChunk } from './extract-chunk';
export { isPromptVersion } from './prompt';
export {
  type Answer,
  AnswerLost,
  type Extractor,
  type PreparedQuestion,
  QuestionRefused,
  QuotaExhausted,
  type QuestionSize,
  type TokenUsage,
} from './types';
export { type Amount, BudgetExhausted, fitOf, mostUsed } from './budget';
export { type Limiter, createLimiter } from './limiter';
