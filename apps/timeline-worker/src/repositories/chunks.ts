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

/** The answers of the keys that have one. */
export async function readChunkEvents(tx: Queryable, cacheKeys: readonly string[]): Promise<ChunkEvents[]> {
  const { rows } = await tx.query<ChunkEvents>(
    `select cache_key as "cacheKey", source_id as "sourceId", chunk_start as start, chunk_end as end, events, dropped
     from extraction_chunks where timeline_id = app.scope_id() and cache_key = any ($1) and outcome = 'done'
     order by source_id, pass, chunk_start`,
    [cacheKeys],
  );
  return rows;
}

/** One answered call to an extractor. */
export interface CallRow {
  readonly requestId: string;
  readonly callId: string;
  readonly cacheKey: string;
  readonly extractor: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly costMicroUsd: number;
}

/** Records what a call has used. */
export async function insertCall(tx: Queryable, call: CallRow): Promise<void> {
  await tx.query(
    `insert into extraction_calls (timeline_id, request_id, call_id, cache_key, extractor, tokens_in, tokens_out, cost_micro_usd)
     values (app.scope_id(), $1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [call.requestId, call.callId, call.cacheKey, call.extractor, call.tokensIn, call.tokensOut, call.costMicroUsd],
  );
}

export interface Usage {
  readonly calls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly costMicroUsd: number;
}

/** What a request has used so far. */
export async function sumCalls(tx: Queryable, requestId: string): Promise<Usage> {
  const { rows } = await tx.query<Record<keyof Usage, string>>(
    `select count(*) as calls, coalesce(sum(tokens_in), 0) as "tokensIn", coalesce(sum(tokens_out), 0) as "tokensOut",
       coalesce(sum(cost_micro_usd), 0) as "costMicroUsd"
     from extraction_calls where timeline_id = app.scope_id() and request_id = $1`,
    [requestId],
  );
  const row = rows[0]!;
  return {
    calls: Number(row.calls),
    tokensIn: Number(row.tokensIn),
    tokensOut: Number(row.tokensOut),
    costMicroUsd: Number(row.costMicroUsd),
  };
}
