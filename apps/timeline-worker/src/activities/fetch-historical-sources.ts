import { withPulse } from '@backend/shared/activity';
import { createHash } from 'node:crypto';
import { SHARED_FAILURES, userFailure } from '@backend/shared/failures';
import {
  FAILURES,
  type GenerationSettings,
  type GenerationSource,
  LIMITS,
  type SourceFailureCode,
  type SourcesOutcome,
} from '../contract';
import { edtfBounds } from '../domain/dates/edtf';
import { createLimiter, isPromptVersion } from '../extraction';
import {
  dropRequestSource,
  listRequestSources,
  openRequest,
  recordRequestSource,
  saveText,
  upsertSource,
  upsertTimeline,
} from '../repositories';
import { readDocument, readSource, sourceFailureOf } from '../sources';
import type { Deps } from './deps';

/** Sources read at once: 50 of them, 30 s each, fit into half of the mission's 10 minutes. */
const PARALLEL = 6;

/**
 * Opens the request and reads its sources: each is stored as fetched (blob) and as NFC text with its SHA-256, in a
 * transaction of its own, so a retry goes on with those that have no outcome yet. A source that cannot be read is listed
 * with its code. Fails with `NoUsableSources`, `ModelUnavailable`, `InvalidInput` or `IdempotencyConflict`.
 */
export async function fetchHistoricalSources(
  deps: Deps,
  { settings, sources }: { settings: GenerationSettings; sources: readonly GenerationSource[] },
): Promise<SourcesOutcome> {
  checkSettings(deps, settings);
  const { timelineId, requestId } = settings;
  return withPulse(async (pulse) => {
    const known = await deps.scope(timelineId, async (tx) => {
      await upsertTimeline(tx, settings.topic);
      if (!(await openRequest(tx, settings, sources))) {
        throw userFailure(
          SHARED_FAILURES.IdempotencyConflict,
          `The request ${requestId} of timeline ${timelineId} was made before with other settings.`,
        );
      }
      return listRequestSources(tx, requestId);
    });
    const have = new Set(known.map(({ sourceId }) => sourceId));
    const limit = createLimiter(PARALLEL);
    const missing = [...sources.entries()].filter(([, source]) => !have.has(source.sourceId));
    await Promise.all(
      missing.map(async ([position, source]) =>
        limit(async () => {
          pulse.step({ source: source.sourceId });
          await fetchOne(deps, { settings, source, position, signal: pulse.signal });
        }, pulse.signal),
      ),
    );
    return settleSources(deps, settings);
  });
}

function checkSettings(deps: Deps, settings: GenerationSettings): void {
  // Fails for a model that this worker cannot ask, before anything is fetched.
  const { extractor } = deps.extractors(settings.model);
  if (extractor.metered && !isPromptVersion(settings.promptVersion)) {
    throw userFailure(
      SHARED_FAILURES.InvalidInput,
      `promptVersion ${settings.promptVersion} is not known to this worker.`,
    );
  }
  const isFree = extractor.costMicroUsd({ tokensIn: 1_000_000, tokensOut: 1_000_000 }) === 0;
  if (extractor.metered && isFree && settings.budget.maxCostMicroUsd !== undefined) {
    throw userFailure(
      SHARED_FAILURES.InvalidInput,
      'budget.maxCostMicroUsd cannot be kept: this worker knows no prices; set LLM_PRICE_IN and LLM_PRICE_OUT, or give maxTotalTokens only.',
    );
  }
  if (settings.range !== null && !edtfBounds(settings.range)) {
    throw userFailure(
      SHARED_FAILURES.InvalidInput,
      `range should be an EDTF interval such as 1700/2030, not ${JSON.stringify(settings.range)}.`,
    );
  }
}

async function fetchOne(
  deps: Deps,
  {
    settings,
    source,
    position,
    signal,
  }: { settings: GenerationSettings; source: GenerationSource; position: number; signal: AbortSignal },
): Promise<void> {
  const read = await readText(deps, source, signal);
  await deps.scope(settings.timelineId, async (tx) => {
    const { sourceId, title, tier, kind, calendar = null } = source;
    await upsertSource(tx, { sourceId, title, tier, kind, uri: kind === 'url' ? source.uri : null });
    if ('text' in read) await saveText(tx, read);
    await recordRequestSource(tx, { requestId: settings.requestId, sourceId, position, calendar, outcome: read });
  });
}

async function readText(deps: Deps, source: GenerationSource, signal: AbortSignal) {
  try {
    const document = await readSource(deps, source, signal);
    const text = await readDocument(document, { signal });
    const original = await deps.blobs.put(document.bytes);
    return { text, sha256: createHash('sha256').update(text).digest('hex'), original };
  } catch (error) {
    const failure = sourceFailureOf(error);
    if (!failure) throw error;
    return failure;
  }
}

/** Sums up, in the order of the request; a source that would go over the limit of all texts is left out. */
async function settleSources(deps: Deps, { timelineId, requestId }: GenerationSettings): Promise<SourcesOutcome> {
  return deps.scope(timelineId, async (tx) => {
    const failed: { sourceId: string; code: SourceFailureCode; message: string }[] = [];
    let [ok, chars] = [0, 0];
    for (const row of await listRequestSources(tx, requestId)) {
      if (row.failureCode !== null) {
        failed.push({ sourceId: row.sourceId, code: row.failureCode, message: row.failureMessage ?? '' });
        continue;
      }
      if (chars + (row.chars ?? 0) > LIMITS.textChars) {
        const failure = {
          sourceId: row.sourceId,
          code: 'SourceTooLarge',
          message: 'The sources before it hold as much text as one run may have.',
        } as const;
        await dropRequestSource(tx, { requestId, ...failure });
        failed.push(failure);
        continue;
      }
      ok += 1;
      chars += row.chars ?? 0;
    }
    if (ok === 0) {
      const reasons = failed.slice(0, 5).map(({ sourceId, code }) => `${sourceId}: ${code}`);
      throw userFailure(
        FAILURES.NoUsableSources,
        `None of the ${failed.length} sources can be used (${reasons.join(', ')}).`,
        { failed },
      );
    }
    return { ok, failed };
  });
}
