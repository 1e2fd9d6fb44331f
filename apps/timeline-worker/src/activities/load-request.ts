import { createHash } from 'node:crypto';
import { userFailure } from '@backend/shared/failures';
import type { Queryable } from '@backend/shared/pg';
import { type ExtractionSummary, FAILURES, type GenerationSettings } from '../contract';
import { chunkText } from '../domain/text/chunk';
import type { Chunk } from '../domain/types';
import type { Extractor, Extractors } from '../extraction';
import {
  type ChunkState,
  type RequestText,
  findRequest,
  readChunkStates,
  readRequestTexts,
  sumCalls,
} from '../repositories';
import type { Deps } from './deps';

export interface RequestId {
  readonly timelineId: string;
  readonly requestId: string;
}

/** One piece of text that is to be read once, in one pass. */
export interface Unit {
  readonly cacheKey: string;
  readonly sourceId: string;
  readonly pass: number;
  readonly chunk: Chunk;
}

/** A request with everything it works on; the same at each call, since texts and settings do not change. */
export interface LoadedRequest {
  readonly settings: GenerationSettings;
  readonly texts: readonly RequestText[];
  readonly units: readonly Unit[];
  readonly provider: ReturnType<Extractors>;
}

/** Reads a request and cuts its texts. Fails with `RequestNotFound` or `ModelUnavailable`. */
export async function loadRequest(
  deps: Pick<Deps, 'extractors'>,
  tx: Queryable,
  requestId: string,
): Promise<LoadedRequest> {
  const request = await findRequest(tx, requestId);
  if (!request)
    throw userFailure(FAILURES.RequestNotFound, `There is no generation request ${requestId} of this timeline.`);
  const { settings } = request;
  const texts = await readRequestTexts(tx, requestId);
  const provider = deps.extractors(settings.model);
  const units = planUnits({ settings, texts, cacheModel: provider.extractor.cacheModel });
  return { settings, texts, units, provider };
}

/** The chunks of a request, source by source and pass by pass. */
export function planUnits({
  settings,
  texts,
  cacheModel,
}: {
  settings: Pick<GenerationSettings, 'chunk' | 'passes' | 'promptVersion'>;
  texts: readonly Pick<RequestText, 'sourceId' | 'text'>[];
  cacheModel: string;
}): Unit[] {
  return texts.flatMap(({ sourceId, text }) => {
    const chunks = chunkText({ text, ...settings.chunk });
    return Array.from({ length: settings.passes }, (_, index) => index + 1).flatMap((pass) =>
      chunks.map((chunk) => ({
        cacheKey: cacheKeyOf({ chunk, sourceId, model: cacheModel, promptVersion: settings.promptVersion, pass }),
        sourceId,
        pass,
        chunk,
      })),
    );
  });
}

/** What an answer is kept under: everything that the question is made of (ai-timeline 5). */
export function cacheKeyOf({
  chunk,
  sourceId,
  model,
  promptVersion,
  pass,
}: {
  chunk: Pick<Chunk, 'text' | 'start'>;
  sourceId: string;
  model: string;
  promptVersion: string;
  pass: number;
}): string {
  return createHash('sha256')
    .update(JSON.stringify([chunk.text, chunk.start, sourceId, model, promptVersion, pass]))
    .digest('hex');
}

const MAX_NAMED_REMAINING = 100;

/** Where the request stands, counted from what is stored. */
export async function summarise(
  tx: Queryable,
  { requestId, units, extractor }: { requestId: string; units: readonly Unit[]; extractor: Pick<Extractor, 'name'> },
): Promise<ExtractionSummary> {
  const states = await readChunkStates(tx, { requestId, cacheKeys: units.map(({ cacheKey }) => cacheKey) });
  const usage = await sumCalls(tx, requestId);
  const finished = units.flatMap(({ cacheKey }) => states.get(cacheKey) ?? []);
  const remaining = units.filter(({ cacheKey }) => !states.has(cacheKey));
  const count = (outcome: ChunkState['outcome']) => finished.filter((state) => state.outcome === outcome).length;
  return {
    extractor: extractor.name,
    chunks: { total: units.length, done: count('done'), failed: count('failed'), refused: count('refused') },
    remainingChunks: remaining.length,
    remaining: remaining
      .slice(0, MAX_NAMED_REMAINING)
      .map(({ sourceId, chunk, pass }) => ({ sourceId, start: chunk.start, pass })),
    calls: usage.calls,
    cachedCalls: finished.filter((state) => state.requestId !== requestId).length,
    tokens: { in: usage.tokensIn, out: usage.tokensOut },
    costMicroUsd: usage.costMicroUsd,
    extracted: finished.reduce((sum, { events }) => sum + events, 0),
  };
}
