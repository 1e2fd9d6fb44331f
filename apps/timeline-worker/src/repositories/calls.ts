import type { Queryable } from '@backend/shared/pg';

/** An answer of an extractor as it is kept until its chunk has an outcome. */
export interface StoredAnswer {
  readonly text: string;
  readonly stop: 'end' | 'length' | 'refusal';
}

/** Which question: that of a chunk, under its cache key, and the step in reading it. */
export interface QuestionKey {
  readonly cacheKey: string;
  readonly step: string;
}

/** The answer to a question, if it was asked before. */
export async function findAnswer(tx: Queryable, { cacheKey, step }: QuestionKey): Promise<StoredAnswer | undefined> {
  const { rows } = await tx.query<StoredAnswer>(
    `select answer as text, stop from extraction_answers
     where timeline_id = app.scope_id() and cache_key = $1 and step = $2`,
    [cacheKey, step],
  );
  return rows[0];
}

/** Keeps an answer, unless there is one already; resolves with the one that is kept. */
export async function saveAnswer(
  tx: Queryable,
  { cacheKey, step, text, stop }: QuestionKey & StoredAnswer,
): Promise<StoredAnswer> {
  const { rowCount } = await tx.query(
    `insert into extraction_answers (timeline_id, cache_key, step, answer, stop)
     values (app.scope_id(), $1, $2, $3, $4) on conflict do nothing`,
    [cacheKey, step, text, stop],
  );
  const kept = rowCount === 0 ? await findAnswer(tx, { cacheKey, step }) : undefined;
  return kept ?? { text, stop };
}

/** Deletes the answers about a chunk. */
export async function deleteAnswers(tx: Queryable, cacheKey: string): Promise<void> {
  await tx.query(`delete from extraction_answers where timeline_id = app.scope_id() and cache_key = $1`, [cacheKey]);
}

/** Makes the callers for one request take turns until their transactions end. */
export async function lockRequest(tx: Queryable, requestId: string): Promise<void> {
  await tx.query(
    `select 1 from generation_requests where timeline_id = app.scope_id() and request_id = $1 for no key update`,
    [requestId],
  );
}

/** A call that is about to be made. */
export interface OpenCall extends QuestionKey {
  readonly requestId: string;
  readonly callId: string;
  readonly extractor: string;
  readonly size: CallSize;
}

/** How much is sent with a call. */
export interface CallSize {
  readonly bytes: number;
  /** Those of them that are not ASCII. */
  readonly otherBytes: number;
}

export async function openCall(tx: Queryable, call: OpenCall): Promise<void> {
  await tx.query(
    `insert into extraction_calls
       (timeline_id, request_id, call_id, cache_key, step, extractor, question_bytes, question_other_bytes,
        tokens_in, tokens_out, cost_micro_usd, answered_at)
     values (app.scope_id(), $1, $2, $3, $4, $5, $6, $7, 0, 0, 0, null)`,
    [call.requestId, call.callId, call.cacheKey, call.step, call.extractor, call.size.bytes, call.size.otherBytes],
  );
}

/** Records an answered call that has used nothing. */
export async function insertFreeCall(
  tx: Queryable,
  call: Pick<OpenCall, 'requestId' | 'callId' | 'cacheKey' | 'step' | 'extractor'>,
): Promise<void> {
  await tx.query(
    `insert into extraction_calls
       (timeline_id, request_id, call_id, cache_key, step, extractor, tokens_in, tokens_out, cost_micro_usd)
     values (app.scope_id(), $1, $2, $3, $4, $5, 0, 0, 0)`,
    [call.requestId, call.callId, call.cacheKey, call.step, call.extractor],
  );
}

/** What an answered call has used: as the provider reports it, or the most that it may have. */
export interface CallUsage {
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly costMicroUsd: number;
  readonly usage: 'reported' | 'estimated';
}

export async function closeCall(
  tx: Queryable,
  { requestId, callId, ...used }: { requestId: string; callId: string } & CallUsage,
): Promise<void> {
  await tx.query(
    `update extraction_calls set tokens_in = $3, tokens_out = $4, cost_micro_usd = $5, usage = $6, answered_at = now()
     where timeline_id = app.scope_id() and request_id = $1 and call_id = $2`,
    [requestId, callId, used.tokensIn, used.tokensOut, used.costMicroUsd, used.usage],
  );
}

/** Strikes out a call that the provider has not taken. */
export async function deleteCall(
  tx: Queryable,
  { requestId, callId }: { requestId: string; callId: string },
): Promise<void> {
  await tx.query(
    `delete from extraction_calls where timeline_id = app.scope_id() and request_id = $1 and call_id = $2`,
    [requestId, callId],
  );
}

export interface Usage {
  readonly calls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly costMicroUsd: number;
}

/** What the answered calls of a request have used. */
export async function sumCalls(tx: Queryable, requestId: string): Promise<Usage> {
  const { rows } = await tx.query<Record<keyof Usage, string>>(
    `select count(*) as calls, coalesce(sum(tokens_in), 0) as "tokensIn", coalesce(sum(tokens_out), 0) as "tokensOut",
       coalesce(sum(cost_micro_usd), 0) as "costMicroUsd"
     from extraction_calls where timeline_id = app.scope_id() and request_id = $1 and answered_at is not null`,
    [requestId],
  );
  return numbers(rows[0]!);
}

/** What is known of the calls of a request. */
export interface KnownCalls {
  /** What the answered ones have used. */
  readonly answered: { readonly tokens: number; readonly costMicroUsd: number };
  /** Those without an answer. */
  readonly open: readonly ({ readonly callId: string } & CallSize)[];
  /** Of those whose use the provider has reported, at most: input tokens for a byte (0 without any), and the share of bytes not ASCII. */
  readonly reported: { readonly tokensPerByte: number; readonly otherShare: number };
}

/** Reads them at one moment: a call that is being closed is open or answered, never neither. */
export async function readCalls(tx: Queryable, requestId: string): Promise<KnownCalls> {
  const { rows } = await tx.query<
    Record<'tokens' | 'costMicroUsd' | 'tokensPerByte' | 'otherShare', string> & Pick<KnownCalls, 'open'>
  >(
    `select coalesce(sum(tokens_in + tokens_out) filter (where answered_at is not null), 0) as tokens,
       coalesce(sum(cost_micro_usd) filter (where answered_at is not null), 0) as "costMicroUsd",
       coalesce(json_agg(json_build_object('callId', call_id, 'bytes', question_bytes, 'otherBytes', question_other_bytes))
         filter (where answered_at is null), '[]') as open,
       coalesce(max(tokens_in::float8 / question_bytes) filter (where is_reported), 0) as "tokensPerByte",
       coalesce(max(question_other_bytes::float8 / question_bytes) filter (where is_reported), 0) as "otherShare"
     from (select *, answered_at is not null and usage = 'reported' and question_bytes > 0 as is_reported from extraction_calls
           where timeline_id = app.scope_id() and request_id = $1) calls`,
    [requestId],
  );
  const { open, ...counts } = rows[0]!;
  const { tokens, costMicroUsd, ...reported } = numbers(counts);
  return { answered: { tokens, costMicroUsd }, open, reported };
}

function numbers<K extends string>(row: Record<K, string>): Record<K, number> {
  return Object.fromEntries(Object.entries<string>(row).map(([name, value]) => [name, Number(value)])) as Record<
    K,
    number
  >;
}
