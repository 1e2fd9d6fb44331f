import { withPulse } from '@backend/shared/activity';
import { userFailure } from '@backend/shared/failures';
import type { BlobRef } from '@backend/shared/kernel';
import { FAILURES, type GenerationSettings } from '../contract';
import { matchExisting, statusOf } from '../domain/match-existing';
import { uuidV5 } from '../domain/similarity';
import type { EventStatus, TimelineEvent } from '../domain/types';
import {
  type EventRow,
  type RequestRow,
  findRequest,
  findTimeline,
  listEvents,
  lockTimeline,
  touchTimeline,
  upsertEvents,
} from '../repositories';
import type { Deps } from './deps';
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
 * When another run or a person has changed the timeline meanwhile, the matching is done again before the next batch.
 */
export async function storeTimelineEvents(
  deps: Deps,
  { timelineId, requestId, ref }: RequestId & { ref: BlobRef },
): Promise<StoredCounts> {
  return withPulse(async (pulse) => {
    const { events, textHashes, extractor } = await readMerged(deps.blobs, ref);
    const { settings } = await requireRequest(deps, { timelineId, requestId });
    let matching = await matchNow(deps, timelineId, events);
    const counts: Record<EventStatus, number> = { published: 0, needs_review: 0, rejected: 0 };

    for (let from = 0; from < events.length;) {
      pulse.step({ events: from });
      const stored = await deps.scope(timelineId, async (tx) => {
        if ((await lockTimeline(tx)) !== matching.revision) return undefined;
        const batch = matching.events
          .slice(from, from + BATCH_EVENTS)
          .map((event) => ({ ...event, status: statusFor(event, settings) }));
        await upsertEvents(tx, { events: batch, extractor, requestId, textHashes });
        return { batch, revision: await touchTimeline(tx) };
      });
      if (!stored) {
        matching = await matchNow(deps, timelineId, events);
        continue;
      }
      matching = { ...matching, revision: stored.revision };
      for (const { status } of stored.batch) counts[status] += 1;
      from += BATCH_EVENTS;
    }
    return { published: counts.published, needsReview: counts.needs_review };
  });
}

interface Match {
  readonly event: TimelineEvent;
  /** The event of the timeline that it is, if there is one. */
  readonly known: EventRow | undefined;
}

interface Matching {
  readonly events: readonly Match[];
  /** The state of the timeline that the matching holds for. */
  readonly revision: number | undefined;
}

/** Matching may take seconds, so it holds no lock: whether it still holds is asked when a batch is written. */
async function matchNow(deps: Deps, timelineId: string, events: readonly TimelineEvent[]): Promise<Matching> {
  const { revision, existing } = await deps.scope(timelineId, async (tx) => {
    // The revision first: a change between the two statements makes the matching stale, never wrong.
    const before = (await findTimeline(tx))?.revision;
    return { revision: before, existing: await listEvents(tx) };
  });
  const rows = new Map(existing.map((row) => [row.eventId, row]));
  const matched = matchExisting({ events, existing }).map(({ event, existing: known }) => ({
    event,
    known: known && rows.get(known.eventId),
  }));
  return { revision, events: withOwnIds(matched, new Set(rows.keys())) };
}

/**
 * A new event may come to the id of a stored one that it is not: people have reworded that one since, and another event has
 * been recognised in it. The new one gets the next id of its own.
 */
function withOwnIds(matches: readonly Match[], stored: ReadonlySet<string>): Match[] {
  const taken = new Set(stored);
  return matches.map(({ event, known }) => {
    if (known) return { event, known };
    let { eventId } = event;
    while (taken.has(eventId)) eventId = uuidV5({ namespace: eventId, name: 'next' });
    taken.add(eventId);
    return { event: { ...event, eventId }, known };
  });
}

function statusFor({ event, known }: Match, settings: GenerationSettings): EventStatus {
  return known?.decidedBy ? known.status : statusOf({ event, ...settings });
}

async function requireRequest(deps: Deps, { timelineId, requestId }: RequestId): Promise<RequestRow> {
  const request = await deps.scope(timelineId, async (tx) => findRequest(tx, requestId));
  if (!request)
    throw userFailure(FAILURES.RequestNotFound, `There is no generation request ${requestId} of this timeline.`);
  return request;
}
