import { inTurns, withPulse } from '@backend/shared/activity';
import type { BlobRef } from '@backend/shared/kernel';
import { LIMITS } from '../contract';
import { limitEvents } from '../domain/limit-events';
import type { Claim, ExtractedEvent } from '../domain/types';
import { validateEvents } from '../domain/validate';
import { readChunkEvents, replaceRejections, saveMerged } from '../repositories';
import type { Deps } from './deps';
import { type LoadedRequest, type RequestId, loadRequest } from './load-request';
import { writeClaims } from './validated-claims';

export interface ValidatedEvents {
  /** What is believed, for {@link storeTimelineEvents}. */
  readonly ref: BlobRef;
  /** Rejection code → number of events. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Events that were folded into another one. */
  readonly merged: number;
  /** Events whose sources give dates that cannot be true together. */
  readonly conflicts: number;
}

/** Under this code items are counted that did not fit the schema, even after a repair. */
const UNREADABLE_ITEM = 'SchemaInvalid';
/** Rejections of a run that are kept by name; all are counted. */
const NAMED_REJECTIONS = 5000;

/**
 * Believes or rejects the request's stored answers against the texts, and counts the events that what is believed comes to. Run
 * again it comes to the same and replaces what it wrote. Of more events than a run may have, those that the sources tell first
 * are kept; the others are rejected as `EventLimit`.
 */
export async function validateTimelineEvents(
  deps: Deps,
  { timelineId, requestId }: RequestId,
): Promise<ValidatedEvents> {
  return withPulse(async (pulse) => {
    const { request, extracted, dropped } = await deps.scope(timelineId, async (tx) => {
      const loaded = await loadRequest(deps, tx, requestId);
      const answers = await readChunkEvents(tx, {
        requestId,
        cacheKeys: loaded.units.map(({ cacheKey }) => cacheKey),
      });
      return {
        request: loaded,
        extracted: inOrder(loaded, answers),
        dropped: answers.reduce((sum, answer) => sum + answer.dropped, 0),
      };
    });
    const { settings, texts, provider } = request;
    const step = (): void => pulse.step({ events: extracted.length });
    const validating = validateEvents({
      events: extracted,
      sources: texts,
      options: { calendar: settings.calendar, ...(settings.range === null ? {} : { range: settings.range }) },
      today: new Date().toISOString().slice(0, 10),
    });
    const { accepted, rejected } = await inTurns(validating, step);
    const textHashes = Object.fromEntries(texts.map(({ sourceId, sha256 }) => [sourceId, sha256]));
    const claims = accepted.map((event): Claim => ({ ...event, textSha256: textHashes[event.sourceId]! }));
    const limits = { events: LIMITS.events, claims: LIMITS.claims };
    const { kept, beyond, merged, conflicts } = await inTurns(limitEvents({ timelineId, claims, limits }), step);
    rejected.push(...beyond.map(({ title, sourceId }) => ({ code: 'EventLimit' as const, title, sourceId })));
    const ref = await writeClaims(deps.blobs, { claims: kept, textHashes, extractor: provider.extractor.name });
    await deps.scope(timelineId, async (tx) => {
      await replaceRejections(tx, { requestId, rejections: rejected.slice(0, NAMED_REJECTIONS) });
      await saveMerged(tx, { requestId, ref });
    });
    const counts = {
      ...countBy(rejected.map(({ code }) => code)),
      ...(dropped > 0 ? { [UNREADABLE_ITEM]: dropped } : {}),
    };
    return { ref, rejected: counts, merged, conflicts };
  });
}

/** The answers in the order of the request's chunks, whatever order they came in. */
function inOrder({ units }: LoadedRequest, answers: Awaited<ReturnType<typeof readChunkEvents>>): ExtractedEvent[] {
  const byKey = new Map(answers.map((answer) => [answer.cacheKey, answer]));
  return units.flatMap(({ cacheKey, sourceId }) => {
    const answer = byKey.get(cacheKey);
    return (answer?.events ?? []).map((event) => ({
      event,
      sourceId,
      chunkStart: answer!.start,
      chunkEnd: answer!.end,
    }));
  });
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
