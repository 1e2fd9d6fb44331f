import { isStorable } from '../domain/text/normalise';
import { SHARED_FAILURES, userFailure } from '@backend/shared/failures';
import {
  type AITimelineGenerationInput,
  type AddedBudget,
  DEFAULT_PROMPT_VERSION,
  type GenerationSettings,
  type GenerationSource,
  LIMITS,
  RULES_MODEL,
  type TokenBudget,
} from '../contract';
import { DEFAULT_CALENDAR } from '../domain/types';

const CALENDAR_VALUES = {
  samvatYear: ['kartikadi', 'chaitradi', 'ashadhadi'],
  month: ['amanta', 'purnimanta'],
  gregorianFrom: ['1582-10-15', '1752-09-14'],
} as const;

const ID = /^[\p{L}\p{N}._:@-]{1,100}$/u;

/**
 * The settings of a run with every default filled in. Throws `InvalidInput` with one sentence that names the field, its
 * problem and what would be right. Pure: commands call it before they start anything.
 */
export function resolveInput(input: AITimelineGenerationInput): GenerationSettings {
  if (typeof input !== 'object' || input === null) throw refuse('the input should be one object.');
  checkId('timelineId', input.timelineId);
  checkId('requestId', input.requestId);
  if (!isText(input.topic, 1000)) throw refuse('topic should be a text of 1 to 1,000 characters.');
  if (!input.carry) checkSources(input.sources);
  const bytes = new TextEncoder().encode(JSON.stringify(input)).length;
  if (bytes > LIMITS.inputBytes)
    throw refuse(`the input should be at most ${LIMITS.inputBytes} bytes of JSON, not ${bytes}; give texts as blobs.`);

  const model = input.model ?? RULES_MODEL;
  if (!isText(model, 200)) throw refuse('model should be the name of a model, or rules.');
  const budget = budgetOf(input, model);
  if (model !== RULES_MODEL) {
    if (input.maxOutputTokensPerCall === undefined) throw refuse('maxOutputTokensPerCall should be given for a model.');
  }
  const { promptVersion = DEFAULT_PROMPT_VERSION, review = 'low', minConfidence = 0.8, range = null } = input;
  if (!isText(promptVersion, 50)) throw refuse('promptVersion should be a text such as 1.');
  if (!['none', 'low', 'all'].includes(review)) throw refuse('review should be none, low or all.');
  if (typeof minConfidence !== 'number' || !(minConfidence >= 0 && minConfidence <= 1)) {
    throw refuse('minConfidence should be a number from 0 to 1.');
  }
  if (range !== null && !isText(range, 100)) throw refuse('range should be an EDTF interval such as 1700/2030.');
  checkCalendar('calendar', input.calendar);

  const maxChars = integer('chunk.maxChars', input.chunk?.maxChars ?? 4000, 200, 20_000);
  const overlapChars = integer(
    'chunk.overlapChars',
    input.chunk?.overlapChars ?? Math.min(400, Math.floor(maxChars / 10)),
    0,
    maxChars / 2,
  );
  return {
    timelineId: input.timelineId,
    requestId: input.requestId,
    topic: input.topic,
    model,
    promptVersion,
    budget,
    chunk: { maxChars, overlapChars },
    passes: integer('passes', input.passes ?? 1, 1, 3),
    maxOutputTokensPerCall: integer('maxOutputTokensPerCall', input.maxOutputTokensPerCall ?? 4000, 100, 200_000),
    calendar: { ...DEFAULT_CALENDAR, ...input.calendar },
    range,
    review,
    minConfidence,
  };
}

/** The rules cost nothing and need no budget; a model without one would never be asked. */
function budgetOf({ budget }: AITimelineGenerationInput, model: string): TokenBudget {
  const isFree = model === RULES_MODEL;
  if (isFree && budget === undefined) return { maxTotalTokens: 0 };
  if (typeof budget !== 'object' || budget === null)
    throw refuse('budget should be an object, and given for a model: {maxTotalTokens}.');
  const { maxTotalTokens, maxCostMicroUsd }: Partial<TokenBudget> = budget;
  return {
    maxTotalTokens: integer(
      'budget.maxTotalTokens',
      isFree ? (maxTotalTokens ?? 0) : maxTotalTokens,
      isFree ? 0 : 1,
      1_000_000_000,
    ),
    ...(maxCostMicroUsd === undefined
      ? {}
      : { maxCostMicroUsd: integer('budget.maxCostMicroUsd', maxCostMicroUsd, 0, 1_000_000_000_000) }),
  };
}

/** Throws `InvalidInput` unless it adds to a bound that the budget has. Pure. */
export function checkAddedBudget(more: AddedBudget, { maxCostMicroUsd }: TokenBudget): void {
  if (typeof more !== 'object' || more === null)
    throw refuse('the budget should be an object: {tokens, costMicroUsd}.');
  const { tokens, costMicroUsd } = more;
  if (tokens === undefined && costMicroUsd === undefined) throw refuse('tokens or costMicroUsd should be given.');
  if (tokens !== undefined) integer('tokens', tokens, 1, 1_000_000_000);
  if (costMicroUsd === undefined) return;
  integer('costMicroUsd', costMicroUsd, 1, 1_000_000_000_000);
  if (maxCostMicroUsd === undefined)
    throw refuse('costMicroUsd is for a run with budget.maxCostMicroUsd; give tokens.');
}

function checkSources(sources: unknown): asserts sources is readonly GenerationSource[] {
  if (!Array.isArray(sources) || sources.length === 0) throw refuse('sources should be a list of at least one source.');
  if (sources.length > LIMITS.sources)
    throw refuse(`sources should be at most ${LIMITS.sources}, not ${sources.length}.`);
  const ids = new Set<string>();
  for (const [index, source] of (sources as GenerationSource[]).entries()) {
    const at = `sources[${index}]`;
    if (typeof source !== 'object' || source === null) throw refuse(`${at} should be an object.`);
    checkId(`${at}.sourceId`, source.sourceId);
    if (ids.has(source.sourceId)) throw refuse(`${at}.sourceId should be unique, ${source.sourceId} is there twice.`);
    ids.add(source.sourceId);
    if (!isText(source.title, 500)) throw refuse(`${at}.title should be a text of 1 to 500 characters.`);
    if (![1, 2, 3].includes(source.tier)) throw refuse(`${at}.tier should be 1, 2 or 3.`);
    checkCalendar(`${at}.calendar`, source.calendar);
    checkPlace(at, source);
  }
}

function checkPlace(at: string, source: GenerationSource): void {
  switch (source.kind) {
    case 'url':
      if (!isText(source.uri, 2000) || !/^https?:\/\//i.test(source.uri))
        throw refuse(`${at}.uri should be an http or https address.`);
      return;
    case 'blob':
      if (!isText(source.ref, 1000) || !/^(blob:[0-9a-f]{64}$|file:.)/.test(source.ref)) {
        throw refuse(`${at}.ref should be blob:<sha256>, or file:<path below the import directory>.`);
      }
      return;
    case 'text':
      if (typeof source.text !== 'string' || source.text.trim() === '')
        throw refuse(`${at}.text should be a text that is not empty.`);
      return;
    default:
      throw refuse(`${at}.kind should be url, blob or text.`);
  }
}

function checkCalendar(field: string, calendar: unknown): void {
  if (calendar === undefined || calendar === null) return;
  if (typeof calendar !== 'object') throw refuse(`${field} should be an object.`);
  for (const [name, value] of Object.entries(calendar)) {
    const allowed: readonly string[] | undefined = CALENDAR_VALUES[name as keyof typeof CALENDAR_VALUES];
    if (!allowed) throw refuse(`${field} has no setting ${name}; it has ${Object.keys(CALENDAR_VALUES).join(', ')}.`);
    if (!allowed.includes(value as string)) throw refuse(`${field}.${name} should be one of ${allowed.join(', ')}.`);
  }
}

function checkId(field: string, value: unknown): void {
  if (typeof value !== 'string' || !ID.test(value)) {
    throw refuse(`${field} should be 1 to 100 letters, digits or . _ : @ -`);
  }
}

function isText(value: unknown, maxChars: number): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= maxChars && isStorable(value);
}

function integer(field: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw refuse(`${field} should be an integer from ${min} to ${max}.`);
  }
  return value;
}

function refuse(problem: string) {
  return userFailure(SHARED_FAILURES.InvalidInput, problem);
}
