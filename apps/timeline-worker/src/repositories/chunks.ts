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

/** The states of those chunks of the keys that have one. */
export async function readChunkStates(
  tx: Queryable,
  cacheKeys: readonly string[],
): Promise<ReadonlyMap<string, ChunkState>> {
  const { rows } = await tx.query<ChunkState>(
    `select cache_key as "cacheKey", request_id as "requestId", outcome, jsonb_array_length(events) as events
     from extraction_chunks where timeline_id = app.scope_id() and cache_key = any ($1)`,
    [cacheKeys],
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

/** Keeps the answer about a chunk. One that is there already stays, unless it had failed. */
export async function saveChunk(tx: Queryable, chunk: NewChunk): Promise<void> {
  await tx.query(
    `insert into extraction_chunks as c
       (timeline_id, cache_key, request_id, source_id, chunk_start, chunk_end, pass, outcome, events, dropped, extractor)
     values (app.scope_id(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (timeline_id, cache_key) do update set
       request_id = excluded.request_id, outcome = excluded.outcome, events = excluded.events, dropped = excluded.dropped,
       extractor = excluded.extractor, answered_at = now()
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

/** What a request has of the chunks of the keys: of one that failed for it or was refused, the parts that were read. */
export async function readChunkEvents(
  tx: Queryable,
  { requestId, cacheKeys }: { requestId: string; cacheKeys: readonly string[] },
): Promise<ChunkEvents[]> {
  const { rows } = await tx.query<ChunkEvents>(
    `select cache_key as "cacheKey", source_id as "sourceId", chunk_start as start, chunk_end as end, events, dropped
     from extraction_chunks
     where timeline_id = app.scope_id() and cache_key = any ($1) and (outcome <> 'failed' or request_id = $2)
     order by source_id, pass, chunk_start`,
    [cacheKeys, requestId],
  );
  return rows;
}
