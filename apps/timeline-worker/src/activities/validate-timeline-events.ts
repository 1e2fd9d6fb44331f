import { userFailure } from '@backend/shared/failures';
import type { BlobRef } from '@backend/shared/kernel';
import { FAILURES, LIMITS } from '../contract';
import { mergeEvents } from '../domain/merge';
import type { ExtractedEvent } from '../domain/types';
import { validateEvents } from '../domain/validate';
import { readChunkEvents, replaceRejections, saveMerged } from '../repositories';
import type { Deps } from './deps';
import { type LoadedRequest, type RequestId, loadRequest } from './load-request';
import { writeMerged } from './merged-events';

export interface ValidatedEvents {
  /** The merged events, for {@link storeTimelineEvents}. */
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

/**
 * Believes or rejects the request's stored answers against the texts, and folds together what says the same. Run again it
 * comes to the same and replaces what it wrote. Fails with `LimitExceeded` for too many events.
 */
export async function validateTimelineEvents(
  deps: Deps,
  { timelineId, requestId }: RequestId,
): Promise<ValidatedEvents> {
  const { request, extracted, dropped } = await deps.scope(timelineId, async (tx) => {
    const loaded = await loadRequest(deps, tx, requestId);
    const answers = await readChunkEvents(
      tx,
      loaded.units.map(({ cacheKey }) => cacheKey),
    );
    return {
      request: loaded,
      extracted: inOrder(loaded, answers),
      dropped: answers.reduce((sum, answer) => sum + answer.dropped, 0),
    };
  });
  if (extracted.length > LIMITS.events) {
    throw userFailure(
      FAILURES.LimitExceeded,
      `The sources gave ${extracted.length} events; one run may have ${LIMITS.events}: give fewer sources at once.`,
    );
  }
  const { settings, texts, provider } = request;
  const { accepted, rejected } = validateEvents({
    events: extracted,
    sources: texts,
    options: { calendar: settings.calendar, ...(settings.range === null ? {} : { range: settings.range }) },
    today: new Date().toISOString().slice(0, 10),
  });
  const { events, merged, conflicts } = mergeEvents({ timelineId, events: accepted });
  const textHashes = Object.fromEntries(texts.map(({ sourceId, sha256 }) => [sourceId, sha256]));
  const ref = await writeMerged(deps.blobs, { events, textHashes, extractor: provider.extractor.name });
  await deps.scope(timelineId, async (tx) => {
    await replaceRejections(tx, { requestId, rejections: rejected });
    await saveMerged(tx, { requestId, ref });
  });
  const counts = {
    ...countBy(rejected.map(({ code }) => code)),
    ...(dropped > 0 ? { [UNREADABLE_ITEM]: dropped } : {}),
  };
  return { ref, rejected: counts, merged, conflicts };
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
