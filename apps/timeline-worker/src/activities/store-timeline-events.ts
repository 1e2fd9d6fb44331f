import { userFailure } from '@backend/shared/failures';
import type { BlobRef } from '@backend/shared/kernel';
import { FAILURES } from '../contract';
import { type MatchedEvent, matchExisting, statusOf } from '../domain/match-existing';
import type { EventStatus } from '../domain/types';
import { type EventRow, findRequest, listEvents, lockTimeline, touchTimeline, upsertEvent } from '../repositories';
import { startPulse } from './heartbeat';
import type { Deps } from './index';
import type { RequestId } from './load-request';
import { readMerged } from './merged-events';

/** Events of one transaction. */
const BATCH_EVENTS = 100;

export interface StoredCounts {
  readonly published: number;
  readonly needsReview: number;
}

/**
 * Writes the merged events in batches of 100, each a transaction: an event that the timeline has already is recognised and
 * keeps its id, what people have locked and what they have decided. Run again it writes the same rows under the same ids.
 * When another run has changed the timeline meanwhile, the matching is done again before the next batch.
 */
export async function storeTimelineEvents(deps: Deps, { timelineId, requestId, ref }: RequestId & { ref: BlobRef }): Promise<StoredCounts> {
  const pulse = startPulse({ events: 0 });
  try {
    const { events, textHashes, extractor } = await readMerged(deps.blobs, ref);
    let matched: readonly MatchedEvent[] = [];
    let existing: ReadonlyMap<string, EventRow> = new Map();
    let matchedAt: number | undefined;
    const counts: Record<EventStatus, number> = { published: 0, needs_review: 0, rejected: 0 };

    for (let from = 0; from < events.length; from += BATCH_EVENTS) {
      pulse.check();
      await deps.scope(timelineId, async (tx) => {
        const request = await findRequest(tx, requestId);
        const revision = await lockTimeline(tx);
        if (!request || revision === undefined) throw userFailure(FAILURES.RequestNotFound, `There is no generation request ${requestId} of this timeline.`);
        if (revision !== matchedAt) {
          const rows = await listEvents(tx);
          existing = new Map(rows.map((row) => [row.eventId, row]));
          matched = matchExisting({ events, existing: rows });
        }
        for (const { event, existing: known } of matched.slice(from, from + BATCH_EVENTS)) {
          const decided = known && existing.get(known.eventId);
          const status = decided?.decidedBy ? decided.status : statusOf({ event, ...request.settings });
          await upsertEvent(tx, { event, status, extractor, requestId, textHashes });
          counts[status] += 1;
        }
        matchedAt = await touchTimeline(tx);
      });
      pulse.report({ events: Math.min(events.length, from + BATCH_EVENTS) });
    }
    return { published: counts.published, needsReview: counts.needs_review };
  } finally {
    pulse.stop();
  }
}
