import { inTurns, withPulse } from '@backend/shared/activity';
import type { BlobRef } from '@backend/shared/kernel';
import { LIMITS } from '../contract';
import { limitEvents } from '../domain/limit-events';
import type { Claim, ExtractedEvent, GroundedEvent, RejectedEvent } from '../domain/types';
import { type EventValidator, createEventValidator, rejectedAs } from '../domain/validate';
import { type ChunkEvents, readChunkEvents, replaceRejections, saveMerged } from '../repositories';
import type { Deps } from './deps';
import { type RequestId, type Unit, loadRequest } from './load-request';
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
/** Answers that are in memory at once. */
const ANSWERS = 20;
/** UTF-16 code units of all claims as JSON: a run's claims are in memory together, and written as one blob. */
const CLAIM_CHARS = 32 * 1024 * 1024;

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
    const request = await deps.scope(timelineId, async (tx) => loadRequest(deps, tx, requestId));
    const { settings, texts, units, provider } = request;
    const textHashes = Object.fromEntries(texts.map(({ sourceId, sha256 }) => [sourceId, sha256]));
    const rejections = createRejections();
    const believing = {
      validate: createEventValidator({
        sources: texts,
        options: { calendar: settings.calendar, ...(settings.range === null ? {} : { range: settings.range }) },
        today: new Date().toISOString().slice(0, 10),
      }),
      accepted: createAcceptance(textHashes),
      rejections,
    };
    let dropped = 0;
    for (let from = 0; from < units.length; from += ANSWERS) {
      const some = units.slice(from, from + ANSWERS);
      const cacheKeys = some.map(({ cacheKey }) => cacheKey);
      const answers = await deps.scope(timelineId, async (tx) => readChunkEvents(tx, { requestId, cacheKeys }));
      dropped += answers.reduce((sum, answer) => sum + answer.dropped, 0);
      const extracted = inOrder(some, answers);
      await inTurns(believe({ extracted, ...believing }), () => pulse.step({ answers: from }));
    }
    const { claims } = believing.accepted;
    const limits = { events: LIMITS.events, claims: LIMITS.claims };
    const { kept, beyond, merged, conflicts } = await inTurns(limitEvents({ timelineId, claims, limits }), () =>
      pulse.step({ claims: claims.length }),
    );
    for (const { title, sourceId } of beyond) rejections.add({ code: 'EventLimit', title, sourceId });
    const ref = await writeClaims(deps.blobs, { claims: kept, textHashes, extractor: provider.extractor.name });
    await deps.scope(timelineId, async (tx) => {
      await replaceRejections(tx, { requestId, rejections: rejections.named });
      await saveMerged(tx, { requestId, ref });
    });
    const rejected = { ...rejections.counts, ...(dropped > 0 ? { [UNREADABLE_ITEM]: dropped } : {}) };
    return { ref, rejected, merged, conflicts };
  });
}

/** Sorts events into claims and rejections; when there are as many claims as a run may have, the others are not looked at. */
function* believe({
  extracted,
  validate,
  accepted,
  rejections,
}: {
  extracted: readonly ExtractedEvent[];
  validate: EventValidator;
  accepted: ReturnType<typeof createAcceptance>;
  rejections: ReturnType<typeof createRejections>;
}): Generator<void, void> {
  for (const event of extracted) {
    const outcome = accepted.isFull() ? rejectedAs('EventLimit', event) : yield* validate(event);
    if ('code' in outcome) rejections.add(outcome);
    else accepted.add(outcome);
    yield;
  }
}

/** The claims of a run, up to what it may have. */
function createAcceptance(textHashes: Readonly<Record<string, string>>) {
  const claims: Claim[] = [];
  let chars = 0;
  return {
    claims,
    isFull: () => claims.length >= LIMITS.claims || chars >= CLAIM_CHARS,
    add(event: GroundedEvent): void {
      claims.push({ ...event, textSha256: textHashes[event.sourceId]! });
      chars += JSON.stringify(event).length;
    },
  };
}

/** The rejections of a run: all are counted, the first ones are named. */
function createRejections() {
  const counts: Record<string, number> = {};
  const named: RejectedEvent[] = [];
  return {
    counts,
    named,
    add(rejected: RejectedEvent): void {
      counts[rejected.code] = (counts[rejected.code] ?? 0) + 1;
      if (named.length < NAMED_REJECTIONS) named.push(rejected);
    },
  };
}

/** The answers in the order of the request's chunks, whatever order they came in. */
function inOrder(units: readonly Unit[], answers: readonly ChunkEvents[]): ExtractedEvent[] {
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
