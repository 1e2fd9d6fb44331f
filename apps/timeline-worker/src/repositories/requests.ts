import type { BlobRef } from '@backend/shared/kernel';
import { type Queryable, requestHash } from '@backend/shared/pg';
import type { GenerationSettings, GenerationStatus } from '../domain/generation';
import type { CalendarOptions } from '../domain/types';

/**
 * Adds the request. False when it is there with other settings or sources; one with the same goes on. A request that had
 * failed forgets what failed in it and begins anew, so that running it again asks again; what was answered stays.
 */
export async function openRequest(
  tx: Queryable,
  settings: GenerationSettings,
  sources: unknown = [],
): Promise<boolean> {
  const { rows } = await tx.query<{ status: string }>(
    `select status from generation_requests where timeline_id = app.scope_id() and request_id = $1 for update`,
    [settings.requestId],
  );
  if (rows[0]?.status === 'failed') {
    await tx.query(
      `delete from request_sources where timeline_id = app.scope_id() and request_id = $1 and failure_code is not null`,
      [settings.requestId],
    );
  }
  const { rowCount } = await tx.query(
    `insert into generation_requests as r (timeline_id, request_id, settings, settings_hash) values (app.scope_id(), $1, $2, $3)
     on conflict (timeline_id, request_id) do update set status = 'running', updated_at = now(),
       begun_at = case r.status when 'failed' then now() else r.begun_at end
     where r.settings_hash = excluded.settings_hash`,
    [settings.requestId, JSON.stringify(settings), requestHash({ settings, sources })],
  );
  return rowCount === 1;
}

export interface RequestRow {
  readonly settings: GenerationSettings;
  readonly status: GenerationStatus | 'running';
  /** Of one that has ended, as it was given to {@link finishRequest}. */
  readonly result: unknown;
  readonly createdAt: Date;
}

const REQUEST_COLUMNS = 'settings, status, result, created_at as "createdAt"';
const LISTED_REQUESTS = 50;

/** The newest requests of the timeline: of a status, among these ids, where that is given. */
export async function listRequests(
  tx: Queryable,
  { status, requestIds }: { status?: string | undefined; requestIds?: readonly string[] } = {},
): Promise<RequestRow[]> {
  const { rows } = await tx.query<RequestRow>(
    `select ${REQUEST_COLUMNS} from generation_requests where timeline_id = app.scope_id()
       and ($1::text is null or status = $1) and ($2::text[] is null or request_id = any ($2))
     order by created_at desc, request_id limit ${LISTED_REQUESTS}`,
    [status ?? null, requestIds ?? null],
  );
  return rows;
}

/** A request as it is now. */
export async function findRequest(tx: Queryable, requestId: string): Promise<RequestRow | undefined> {
  const { rows } = await tx.query<RequestRow>(
    `select ${REQUEST_COLUMNS} from generation_requests where timeline_id = app.scope_id() and request_id = $1`,
    [requestId],
  );
  return rows[0];
}

/** By which calendar an event's date was read: that of the request that found it last, else of the timeline's newest. */
export async function findCalendar(tx: Queryable, eventId: string): Promise<CalendarOptions | undefined> {
  const { rows } = await tx.query<{ calendar: CalendarOptions }>(
    `select r.settings -> 'calendar' as calendar from generation_requests r
     left join events e on e.timeline_id = r.timeline_id and e.event_id = $1 and e.request_id = r.request_id
     where r.timeline_id = app.scope_id() order by e.event_id is null, r.created_at desc limit 1`,
    [eventId],
  );
  return rows[0]?.calendar;
}

/** Remembers where what the request's sources say is. */
export async function saveMerged(
  tx: Queryable,
  { requestId, ref }: { requestId: string; ref: BlobRef },
): Promise<void> {
  await tx.query(
    `update generation_requests set merged_ref = $2, updated_at = now() where timeline_id = app.scope_id() and request_id = $1`,
    [requestId, JSON.stringify(ref)],
  );
}

/** Ends a request. Does nothing when there is none. */
export async function finishRequest(
  tx: Queryable,
  { requestId, status, result }: { requestId: string; status: GenerationStatus; result: unknown },
): Promise<void> {
  await tx.query(
    `update generation_requests set status = $2, result = $3, updated_at = now() where timeline_id = app.scope_id() and request_id = $1`,
    [requestId, status, JSON.stringify(result)],
  );
}

/** Replaces the rejections of a request. */
export async function replaceRejections(
  tx: Queryable,
  {
    requestId,
    rejections,
  }: { requestId: string; rejections: readonly { code: string; title: string; sourceId: string }[] },
): Promise<void> {
  await tx.query('delete from rejections where timeline_id = app.scope_id() and request_id = $1', [requestId]);
  await tx.query(
    `insert into rejections (timeline_id, request_id, ordinal, code, title, source_id)
     select app.scope_id(), $1, ordinal, code, title, source_id
     from unnest($2::text[], $3::text[], $4::text[]) with ordinality as r (code, title, source_id, ordinal)`,
    [requestId, rejections.map((r) => r.code), rejections.map((r) => r.title), rejections.map((r) => r.sourceId)],
  );
}
