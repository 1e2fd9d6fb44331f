import { createHash } from 'node:crypto';
import { withPulse } from '@backend/shared/activity';
import { SHARED_FAILURES, userFailure } from '@backend/shared/failures';
import { withinDeadline } from '@backend/shared/http';
import { activityInfo } from '@temporalio/activity';
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
import { SourceFailure, readDocument, readSource, sourceFailureOf } from '../sources';
import type { Deps } from './deps';

/** Sources read at once: 50 that hang for their 30 s each take half of the time. */
const PARALLEL = 6;

/**
 * All that reading may take since the activity was first scheduled. Documents are parsed two at a time, for all runs of
 * the worker: those that are left are listed, so that the others are not lost when the mission's 10 minutes are over.
 */
const READING_MS = 8.5 * 60_000;

/**
 * Opens the request and reads its sources: each is stored as fetched (blob) and as NFC text with its SHA-256, in a
 * transaction of its own, so a retry goes on with those that have no outcome yet. A source that cannot be read, or not in the
 * time that all have, is listed with its code. Fails with `NoUsableSources`, `ModelUnavailable`, `InvalidInput` or
 * `IdempotencyConflict`.
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
    // The server's clock may be ahead of this one.
    const until = Math.min(activityInfo().scheduledTimestampMs, Date.now()) + READING_MS;
    await allOrNone(
      pulse.signal,
      missing.map(
        ([position, source]) =>
          async (signal) =>
            limit(async () => {
              pulse.step({ source: source.sourceId });
              await fetchOne(deps, { settings, source, position, until, signal });
            }, signal),
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

/** Runs all pieces of work. Where one fails the others are stopped, and the failure is told when none is running any more. */
async function allOrNone(
  signal: AbortSignal,
  pieces: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const stop = new AbortController();
  const follow = () => stop.abort(signal.reason);
  signal.addEventListener('abort', follow, { once: true });
  await Promise.all(pieces.map(async (piece) => piece(stop.signal).catch((error: unknown) => stop.abort(error))));
  signal.removeEventListener('abort', follow);
  // The reason of the first one; later ones have failed because of it.
  stop.signal.throwIfAborted();
}

interface Piece {
  readonly settings: GenerationSettings;
  readonly source: GenerationSource;
  /** In the request. */
  readonly position: number;
  /** When the time for reading is over, in ms since 1970. */
  readonly until: number;
  readonly signal: AbortSignal;
}

async function fetchOne(deps: Deps, piece: Piece): Promise<void> {
  const { settings, source, position } = piece;
  const read = await readText(deps, piece);
  await deps.scope(settings.timelineId, async (tx) => {
    const { sourceId, title, tier, kind, calendar = null } = source;
    await upsertSource(tx, { sourceId, title, tier, kind, uri: kind === 'url' ? source.uri : null });
    if ('text' in read) await saveText(tx, read);
    await recordRequestSource(tx, { requestId: settings.requestId, sourceId, position, calendar, outcome: read });
  });
}

async function readText(deps: Deps, piece: Piece) {
  try {
    const { document, text } = await readInTime(deps, piece);
    const original = await deps.blobs.put(document.bytes);
    return { text, sha256: createHash('sha256').update(text).digest('hex'), original };
  } catch (error) {
    const failure = sourceFailureOf(error);
    if (!failure) throw error;
    return failure;
  }
}

async function readInTime(deps: Deps, { source, until, signal }: Piece) {
  return withinDeadline({ timeoutMs: Math.max(0, until - Date.now()), signal }, async (inTime) => {
    try {
      const document = await readSource(deps, source, inTime);
      return { document, text: await readDocument(document, { signal: inTime }) };
    } catch (error) {
      if (!inTime.aborted || signal.aborted) throw error;
      throw new SourceFailure('SourceTimeout', 'The sources before it took the time that one run may have.');
    }
  });
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
