import type { BlobRef } from '@backend/shared/kernel';
import type { Queryable } from '@backend/shared/pg';
import type { SourceFailureCode } from '../domain/generation';
import type { CalendarOptions, SourceText, Tier } from '../domain/types';

/** Who speaks; what was said is kept apart. */
export interface SourceRow {
  readonly sourceId: string;
  readonly title: string;
  readonly tier: Tier;
  readonly kind: 'url' | 'blob' | 'text' | 'import';
  readonly uri: string | null;
}

/** Adds the source, or updates what is said of it. */
export async function upsertSource(tx: Queryable, { sourceId, title, tier, kind, uri }: SourceRow): Promise<void> {
  await tx.query(
    `insert into sources (timeline_id, source_id, title, tier, kind, uri) values (app.scope_id(), $1, $2, $3, $4, $5)
     on conflict (timeline_id, source_id) do update set
       title = excluded.title, tier = excluded.tier, kind = excluded.kind, uri = excluded.uri, updated_at = now()`,
    [sourceId, title, tier, kind, uri],
  );
}

/** Every source of the timeline, by id. */
export async function listSources(tx: Queryable): Promise<SourceRow[]> {
  const { rows } = await tx.query<SourceRow>(
    `select source_id as "sourceId", title, tier, kind, uri from sources where timeline_id = app.scope_id() order by source_id`,
  );
  return rows;
}

/** Keeps a text under its hash; the same text is kept once. */
export async function saveText(
  tx: Queryable,
  { sha256, text, original }: { sha256: string; text: string; original: BlobRef },
): Promise<void> {
  await tx.query(
    `insert into source_texts (timeline_id, sha256, text, chars, original) values (app.scope_id(), $1, $2, $3, $4) on conflict do nothing`,
    [sha256, text, text.length, JSON.stringify(original)],
  );
}

/** What a request knows of one of its sources. */
export interface RequestSourceRow {
  readonly sourceId: string;
  /** UTF-16 code units of the text; null when there is none. */
  readonly chars: number | null;
  readonly failureCode: SourceFailureCode | null;
  readonly failureMessage: string | null;
}

/** Records which text of a source the request reads, or why there is none. What was recorded stays. */
export async function recordRequestSource(
  tx: Queryable,
  source: {
    readonly requestId: string;
    readonly sourceId: string;
    readonly position: number;
    readonly calendar: Partial<CalendarOptions> | null;
    readonly outcome: { readonly sha256: string } | { readonly code: SourceFailureCode; readonly message: string };
  },
): Promise<void> {
  const { requestId, sourceId, position, calendar, outcome } = source;
  const [sha256, code, message] =
    'sha256' in outcome ? [outcome.sha256, null, null] : [null, outcome.code, outcome.message];
  await tx.query(
    `insert into request_sources (timeline_id, request_id, source_id, position, calendar, text_sha256, failure_code, failure_message)
     values (app.scope_id(), $1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [requestId, sourceId, position, calendar && JSON.stringify(calendar), sha256, code, message],
  );
}

/** Takes a source out of the request for which there is no room. */
export async function dropRequestSource(
  tx: Queryable,
  {
    requestId,
    sourceId,
    code,
    message,
  }: { requestId: string; sourceId: string; code: SourceFailureCode; message: string },
): Promise<void> {
  await tx.query(
    `update request_sources set text_sha256 = null, failure_code = $3, failure_message = $4
     where timeline_id = app.scope_id() and request_id = $1 and source_id = $2`,
    [requestId, sourceId, code, message],
  );
}

/** The sources of a request, in its order. */
export async function listRequestSources(tx: Queryable, requestId: string): Promise<RequestSourceRow[]> {
  const { rows } = await tx.query<RequestSourceRow>(
    `select r.source_id as "sourceId", t.chars, r.failure_code as "failureCode", r.failure_message as "failureMessage"
     from request_sources r left join source_texts t on t.timeline_id = r.timeline_id and t.sha256 = r.text_sha256
     where r.timeline_id = app.scope_id() and r.request_id = $1 order by r.position`,
    [requestId],
  );
  return rows;
}

/** A source as a request reads it; offsets refer to the text of this hash. */
export type RequestText = SourceText & { readonly sha256: string };

/** The texts that a request reads, in its order. */
export async function readRequestTexts(tx: Queryable, requestId: string): Promise<RequestText[]> {
  const { rows } = await tx.query<Omit<RequestText, 'calendar'> & { calendar: Partial<CalendarOptions> | null }>(
    `select r.source_id as "sourceId", s.title, s.tier, r.calendar, t.text, t.sha256
     from request_sources r
     join sources s on s.timeline_id = r.timeline_id and s.source_id = r.source_id
     join source_texts t on t.timeline_id = r.timeline_id and t.sha256 = r.text_sha256
     where r.timeline_id = app.scope_id() and r.request_id = $1 order by r.position`,
    [requestId],
  );
  return rows.map(({ calendar, ...source }) => ({ ...source, ...(calendar ? { calendar } : {}) }));
}
