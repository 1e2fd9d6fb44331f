import { type Pulse, inTurns, withPulse } from '@backend/shared/activity';
import { userFailure } from '@backend/shared/failures';
import type { BlobRef } from '@backend/shared/kernel';
import { FAILURES, type GenerationSettings } from '../contract';
import { claimId, eventKey } from '../domain/claims';
import { daysAround } from '../domain/group-claims';
import { knownEvent, nextState } from '../domain/match-existing';
import { mergeClaims } from '../domain/merge';
import type { Claim, EventFlag, EventStatus, StoredEvent, TimelineEvent } from '../domain/types';
import {
  type EventRow,
  type RequestRow,
  deleteEvents,
  findRequest,
  findTimeline,
  listClaims,
  listEventIds,
  listEventsNear,
  lockTimeline,
  saveDoubles,
  touchTimeline,
  upsertEvents,
} from '../repositories';
import type { Deps } from './deps';
import type { RequestId } from './load-request';
import { type ValidatedClaims, readClaims } from './validated-claims';

/** Events of one transaction. */
const BATCH_EVENTS = 100;

export interface StoredCounts {
  readonly published: number;
  readonly needsReview: number;
}

/**
 * Folds the claims of a run into the timeline and writes what that changes in batches of 100 events, each a transaction: an
 * event that the timeline has already is recognised and keeps its id, what people have locked and what they have decided. Run
 * again it comes to the same and writes nothing. When another run or a person has changed the timeline meanwhile, the claims are
 * folded in again before the next batch.
 */
export async function storeTimelineEvents(
  deps: Deps,
  { timelineId, requestId, ref }: RequestId & { ref: BlobRef },
): Promise<StoredCounts> {
  return withPulse(async (pulse) => {
    const given = await readClaims(deps.blobs, ref);
    const { settings } = await requireRequest(deps, { timelineId, requestId });
    let plan = await planNow(deps, { timelineId, given, settings, pulse });

    for (let from = 0; from < plan.writes.length || (from === 0 && plan.doubles.length > 0);) {
      pulse.step({ events: from });
      const revision = await deps.scope(timelineId, async (tx) => {
        if ((await lockTimeline(tx)) !== plan.revision) return undefined;
        const batch = plan.writes.slice(from, from + BATCH_EVENTS);
        await deleteEvents(
          tx,
          batch.flatMap(({ absorbed }) => absorbed),
        );
        await upsertEvents(tx, { events: batch, extractor: given.extractor, requestId });
        if (from === 0) await saveDoubles(tx, plan.doubles);
        return touchTimeline(tx);
      });
      if (revision === undefined) {
        // What is written already comes out unchanged, and is not written again.
        plan = await planNow(deps, { timelineId, given, settings, pulse });
        from = 0;
        continue;
      }
      for (const { status } of plan.writes.slice(from, from + BATCH_EVENTS)) deps.metrics.events.add(1, { status });
      plan = { ...plan, revision };
      from += BATCH_EVENTS;
    }
    return plan.counts;
  });
}

interface Write {
  readonly event: TimelineEvent;
  readonly status: EventStatus;
  readonly claims: readonly Claim[];
  /** Events that are part of this one from now on. */
  readonly absorbed: readonly string[];
}

interface Plan {
  /** The state of the timeline that the plan holds for. */
  readonly revision: number | undefined;
  readonly writes: readonly Write[];
  readonly doubles: readonly StoredEvent[];
  /** Of all events of the run, written or not. */
  readonly counts: StoredCounts;
}

/** Folding may take seconds, so it holds no lock: whether the plan still holds is asked when a batch is written. */
async function planNow(
  deps: Deps,
  {
    timelineId,
    given,
    settings,
    pulse,
  }: { timelineId: string; given: ValidatedClaims; settings: GenerationSettings; pulse: Pulse },
): Promise<Plan> {
  const { revision, existing, claims, ids } = await deps.scope(timelineId, async (tx) => {
    // The revision first: a change between the statements makes the plan stale, never wrong.
    const before = (await findTimeline(tx))?.revision;
    const near = await listEventsNear(tx, daysAround(given.claims));
    const nearIds = near.map(({ eventId }) => eventId);
    return { revision: before, existing: near, claims: await listClaims(tx, nearIds), ids: await listEventIds(tx) };
  });
  const merging = mergeClaims<EventRow>({
    timelineId,
    claims: given.claims,
    known: existing.map((event) => knownEvent(event, claims.get(event.eventId))),
    ids,
    textHashes: given.textHashes,
  });
  const merged = await inTurns(merging, () => pulse.step({ events: 0 }));
  const states = merged.events.map((event) => ({ ...event, ...nextState({ ...event, settings }) }));
  const count = (status: EventStatus): number => states.filter((state) => state.status === status).length;
  return {
    revision,
    writes: states.filter(
      (state) => !state.known || isChanged(state, state.known, claims.get(state.known.eventId) ?? []),
    ),
    doubles: merged.doubles.map(({ event, possibleConflictWith }) =>
      withDoubles(event, possibleConflictWith, settings),
    ),
    counts: { published: count('published'), needsReview: count('needs_review') },
  };
}

/** An event of the timeline that no claim of the run is part of, but that may be a double of one that is. */
function withDoubles(
  known: EventRow,
  possibleConflictWith: readonly string[],
  settings: GenerationSettings,
): StoredEvent {
  const others = known.flags.filter((flag) => flag !== 'possibleConflict');
  const flags: EventFlag[] = possibleConflictWith.length > 0 ? [...others, 'possibleConflict'] : others;
  const event = { ...known, possibleConflictWith: [...possibleConflictWith], flags: flags.toSorted() };
  const next = nextState({ event, known, settings });
  return { ...event, flags: next.event.flags, status: next.status };
}

function isChanged(next: Write, known: EventRow, claims: readonly Claim[]): boolean {
  const idsOf = (list: readonly Claim[]): string => list.map(claimId).toSorted().join();
  return (
    next.absorbed.length > 0 ||
    next.status !== known.status ||
    eventKey(next.event) !== eventKey(known) ||
    idsOf(next.claims) !== idsOf(claims)
  );
}

async function requireRequest(deps: Deps, { timelineId, requestId }: RequestId): Promise<RequestRow> {
  const request = await deps.scope(timelineId, async (tx) => findRequest(tx, requestId));
  if (!request)
    throw userFailure(FAILURES.RequestNotFound, `There is no generation request ${requestId} of this timeline.`);
  return request;
}
