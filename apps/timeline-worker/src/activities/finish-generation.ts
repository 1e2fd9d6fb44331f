import { failureType } from '@backend/shared/failures';
import {
  type AITimelineGenerationResult,
  type ExtractionSummary,
  FAILURES,
  type GenerationStatus,
  type SourcesOutcome,
  type StoredOutcome,
} from '../contract';
import { findRequest, finishRequest, sumCalls } from '../repositories';
import type { Deps } from './deps';
import { type RequestId, loadRequest, summarise } from './load-request';

/**
 * Ends a request: counts its chunks and calls in the database, since a cancelled extraction has stored some that no result
 * tells of, and writes the result. Run again it writes the same. A run that ended before it had a request has counts of 0.
 */
export async function finishGeneration(
  deps: Deps,
  {
    timelineId,
    requestId,
    model,
    status,
    sources,
    stored,
  }: RequestId & { model: string; status: GenerationStatus; sources: SourcesOutcome; stored: StoredOutcome },
): Promise<AITimelineGenerationResult> {
  const ended = await deps.scope(timelineId, async (tx) => {
    const summary = (await findRequest(tx, requestId))
      ? await summaryOf(deps, tx, { requestId, model })
      : nothing(model);
    const result: AITimelineGenerationResult = { status, sources, ...summary, ...stored };
    await finishRequest(tx, { requestId, status, result });
    return result;
  });
  deps.metrics.generations.add(1, { status });
  return ended;
}

async function summaryOf(
  deps: Deps,
  tx: Parameters<typeof loadRequest>[1],
  { requestId, model }: { requestId: string; model: string },
): Promise<ExtractionSummary> {
  try {
    const { units, provider } = await loadRequest(deps, tx, requestId);
    return await summarise(tx, { requestId, units, extractor: provider.extractor });
  } catch (error) {
    // A worker that has lost its provider in the middle of a run cannot tell its chunks, but what it has used.
    if (failureType(error) !== FAILURES.ModelUnavailable) throw error;
    const { calls, tokensIn, tokensOut, costMicroUsd } = await sumCalls(tx, requestId);
    return { ...nothing(model), calls, tokens: { in: tokensIn, out: tokensOut }, costMicroUsd };
  }
}

function nothing(model: string): ExtractionSummary {
  return {
    extractor: model,
    chunks: { total: 0, done: 0, failed: 0, refused: 0 },
    remainingChunks: 0,
    remaining: [],
    calls: 0,
    cachedCalls: 0,
    tokens: { in: 0, out: 0 },
    costMicroUsd: 0,
    extracted: 0,
  };
}
