import type { Queryable } from '@backend/shared/pg';
import type { ModelEvent } from '../domain/types';

export type ChunkOutcome = 'done' | 'failed' | 'refused';

/** How far the asking about a chunk has come. */
export interface ChunkState {
  readonly cacheKey: string;
  readonly requestId: string;
  readonly outcome: ChunkOutcome;
  readonly events: number;
}

/** The chunks of the keys in $2 that request $1 need not ask about: one that failed before it began may be answered now. */
const FINISHED_CHUNKS = `extraction_chunks c join generation_requests r
  on c.timeline_id = app.scope_id() and c.cache_key = any ($2) and r.timeline_id = app.scope_id() and r.request_id = $1
  and (c.outcome <> 'failed' or c.answered_at >= r.begun_at)`;

interface ChunksOfRequest {
  readonly requestId: string;
  readonly cacheKeys: readonly string[];
}

/** The states of those chunks of the keys that are finished for the request, whichever request has asked about them. */
export async function readChunkStates(
  tx: Queryable,
  { requestId, cacheKeys }: ChunksOfRequest,
): Promise<ReadonlyMap<string, ChunkState>> {
  const { rows } = await tx.query<ChunkState>(
    `select c.cache_key as "cacheKey", c.request_id as "requestId", c.outcome, jsonb_array_length(c.events) as events
     from ${FINISHED_CHUNKS}`,
    [requestId, cacheKeys],
  );
  return new Map(rows.map((row) => [row.cacheKey, row]));
}

export interface NewChunk {
  readonly cacheKey: string;
  readonly requestId: string;
  readonly sourceId: string;
  readonly start: number;
  readonly end: number;
  readonly pass: number;
  readonly outcome: ChunkOutcome;
  readonly events: readonly ModelEvent[];
  readonly dropped: number;
  readonly extractor: string;
}

/**
 * Keeps the answer about a chunk. One that is there already stays, unless it had failed. It comes after the beginning of its request,
 * and after what it replaces, even if the clock was set back.
 */
export async function saveChunk(tx: Queryable, chunk: NewChunk): Promise<void> {
  await tx.query(
    `insert into extraction_chunks as c
       (timeline_id, cache_key, request_id, source_id, chunk_start, chunk_end, pass, outcome, events, dropped, extractor, answered_at)
     values (app.scope_id(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, greatest(now(),
       (select begun_at from generation_requests where timeline_id = app.scope_id() and request_id = $2)))
     on conflict (timeline_id, cache_key) do update set
       request_id = excluded.request_id, outcome = excluded.outcome, events = excluded.events, dropped = excluded.dropped,
       extractor = excluded.extractor, answered_at = greatest(c.answered_at, excluded.answered_at)
     where c.outcome = 'failed'`,
    [
      chunk.cacheKey,
      chunk.requestId,
      chunk.sourceId,
      chunk.start,
      chunk.end,
      chunk.pass,
      chunk.outcome,
      JSON.stringify(chunk.events),
      chunk.dropped,
      chunk.extractor,
    ],
  );
}

/** A stored answer with the place of its chunk. */
export interface ChunkEvents {
  readonly cacheKey: string;
  readonly sourceId: string;
  readonly start: number;
  readonly end: number;
  readonly events: readonly ModelEvent[];
  readonly dropped: number;
}

/** What a request has of the chunks of the keys: of one that failed or was refused, the parts that were read. */
export async function readChunkEvents(
  tx: Queryable,
  { requestId, cacheKeys }: ChunksOfRequest,
): Promise<ChunkEvents[]> {
  const { rows } = await tx.query<ChunkEvents>(
    `select c.cache_key as "cacheKey", c.source_id as "sourceId", c.chunk_start as start, c.chunk_end as end, c.events, c.dropped
     from ${FINISHED_CHUNKS}
     order by c.source_id, c.pass, c.chunk_start`,
    [requestId, cacheKeys],
  );
  return rows;
}
