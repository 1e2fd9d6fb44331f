import type { Queryable } from '@backend/shared/pg';
import type {
  Citation,
  Claim,
  DateConflict,
  EditableField,
  EventFlag,
  EventStatus,
  NormalisedDate,
  StoredEvent,
  Tier,
  TimelineEvent,
} from '../domain/types';
import { replaceClaims } from './event-claims';

/** An event as the database holds it, with what only the database knows. */
export type EventRow = StoredEvent & {
  /** Who decided the status; null while it is only the rules' opinion. */
  readonly decidedBy: string | null;
  readonly extractor: string;
  readonly category: string | null;
  /** Whether a file brought it. */
  readonly imported: boolean;
};

interface Columns {
  eventId: string;
  title: string;
  summary: string;
  date: NormalisedDate;
  places: string[];
  people: string[];
  tier: Tier;
  confidence: number;
  flags: EventFlag[];
  possibleConflictWith: string[];
  status: EventStatus;
  lockedFields: EditableField[];
  decidedBy: string | null;
  extractor: string;
  category: string | null;
  imported: boolean;
  citations: Citation[];
  conflicts: DateConflict[];
}

const SELECT = `
  select e.event_id as "eventId", e.title, e.summary,
    jsonb_build_object('edtf', e.edtf, 'sortMin', e.sort_min, 'sortMax', e.sort_max, 'originalText', e.original_text,
      'originalCalendar', e.original_calendar, 'flags', e.date_flags, 'notes', e.date_notes, 'precision', e.date_precision)
      || case when e.date_reckoning is null then '{}' else jsonb_build_object('reckoning', e.date_reckoning) end as date,
    e.places, e.people, e.tier, e.confidence, e.flags, e.possible_conflict_with::text[] as "possibleConflictWith", e.status,
    e.locked_fields as "lockedFields", e.decided_by as "decidedBy", e.extractor, e.category,
    e.import_id is not null as imported,
    coalesce((select jsonb_agg(jsonb_build_object('sourceId', c.source_id, 'start', c.quote_start, 'end', c.quote_end, 'quote', c.quote)
        order by c.source_id, c.quote_start, c.quote_end)
      from citations c where c.timeline_id = e.timeline_id and c.event_id = e.event_id), '[]') as citations,
    coalesce((select jsonb_agg(jsonb_build_object('date', x.date, 'citations', x.citations) order by x.edtf)
      from event_conflicts x where x.timeline_id = e.timeline_id and x.event_id = e.event_id), '[]') as conflicts
  from events e where e.timeline_id = app.scope_id()`;

/** The events of the timeline with these statuses (all of them by default), in the order of their dates. */
export async function listEvents(
  tx: Queryable,
  { statuses, limit }: { statuses?: readonly EventStatus[]; limit?: number } = {},
): Promise<EventRow[]> {
  const { rows } = await tx.query<Columns>(
    `${SELECT} and ($1::text[] is null or e.status = any ($1)) order by e.sort_min, e.sort_max, e.event_id limit $2`,
    [statuses ?? null, limit ?? null],
  );
  return rows;
}

/** Days since 1970-01-01, both ends included. */
export interface DaySpan {
  readonly from: number;
  readonly to: number;
}

/**
 * The events that lie on any of these days, by their own date or by one that their sources give, and those that name one of them
 * as a possible double, in the order of their dates. `spans` must not overlap.
 */
export async function listEventsNear(tx: Queryable, spans: readonly DaySpan[]): Promise<EventRow[]> {
  const { rows } = await tx.query<Columns>(
    `with days as (select $1::int4multirange as known),
     near as (
       select event_id from events, days
       where timeline_id = app.scope_id() and int4range(sort_min, sort_max, '[]') && known
       union
       select event_id from event_claims, days
       where timeline_id = app.scope_id()
         and int4range((claim #>> '{date,sortMin}')::int, (claim #>> '{date,sortMax}')::int, '[]') && known
       union
       select event_id from event_conflicts, days
       where timeline_id = app.scope_id()
         and int4range((date ->> 'sortMin')::int, (date ->> 'sortMax')::int, '[]') && known),
     naming as (
       select event_id from events, unnest(possible_conflict_with) as double
       where timeline_id = app.scope_id() and double in (select event_id from near))
     ${SELECT} and e.event_id in (select event_id from near union select event_id from naming)
     order by e.sort_min, e.sort_max, e.event_id`,
    [`{${spans.map(({ from, to }) => `[${from},${to}]`).join(',')}}`],
  );
  return rows;
}

/** The ids of all events of the timeline. */
export async function listEventIds(tx: Queryable): Promise<string[]> {
  const { rows } = await tx.query<{ eventId: string }>(
    'select event_id as "eventId" from events where timeline_id = app.scope_id()',
  );
  return rows.map(({ eventId }) => eventId);
}

/** One event of the timeline. */
export async function findEvent(tx: Queryable, eventId: string): Promise<EventRow | undefined> {
  const { rows } = await tx.query<Columns>(`${SELECT} and e.event_id = $1`, [eventId]);
  return rows[0];
}

/** How many events of the timeline have each status. */
export async function countByStatus(tx: Queryable): Promise<Record<EventStatus, number>> {
  const { rows } = await tx.query<{ status: EventStatus; count: string }>(
    'select status, count(*) as count from events where timeline_id = app.scope_id() group by status',
  );
  const counts = new Map(rows.map(({ status, count }) => [status, Number(count)]));
  return {
    published: counts.get('published') ?? 0,
    needs_review: counts.get('needs_review') ?? 0,
    rejected: counts.get('rejected') ?? 0,
  };
}

/** Events that a run found, as they are to stand. */
export interface EventsToStore {
  readonly events: readonly {
    readonly event: TimelineEvent;
    readonly status: EventStatus;
    readonly claims: readonly Claim[];
  }[];
  readonly extractor: string;
  readonly requestId: string;
}

const UPSERT = `
  insert into events (timeline_id, event_id, title, summary, edtf, sort_min, sort_max, date_precision, original_text,
    original_calendar, date_flags, date_notes, date_reckoning, places, people, tier, confidence, flags,
    possible_conflict_with, status, extractor, request_id)
  select app.scope_id(), g.*, $2, $3
  from json_to_recordset($1::json) as g (event_id uuid, title text, summary text, edtf text, sort_min int, sort_max int,
    date_precision text, original_text text, original_calendar text, date_flags text[], date_notes text[],
    date_reckoning jsonb, places text[], people text[], tier int, confidence double precision, flags text[], possible_conflict_with uuid[], status text)
  on conflict (timeline_id, event_id) do update set
    title = excluded.title, summary = excluded.summary, edtf = excluded.edtf, sort_min = excluded.sort_min,
    sort_max = excluded.sort_max, date_precision = excluded.date_precision, original_text = excluded.original_text,
    original_calendar = excluded.original_calendar, date_flags = excluded.date_flags, date_notes = excluded.date_notes,
    date_reckoning = excluded.date_reckoning, places = excluded.places, people = excluded.people, tier = excluded.tier, confidence = excluded.confidence,
    flags = excluded.flags, possible_conflict_with = excluded.possible_conflict_with, status = excluded.status,
    extractor = excluded.extractor, request_id = excluded.request_id, updated_at = now()`;

/**
 * Adds events or gives them their next state, with the claims that it comes of: the status and the locked fields of a stored one
 * are the caller's care. Writing the same again changes nothing.
 */
export async function upsertEvents(tx: Queryable, { events, extractor, requestId }: EventsToStore): Promise<void> {
  await tx.query(UPSERT, [JSON.stringify(events.map(toColumns)), extractor, requestId]);
  await replaceCitations(tx, events);
  await replaceConflicts(
    tx,
    events.map(({ event }) => event),
  );
  await replaceClaims(
    tx,
    events.map(({ event, claims }) => ({ eventId: event.eventId, claims })),
  );
}

/** A citation whose claim does not tell which text it refers to keeps the one it has. */
async function replaceCitations(tx: Queryable, events: EventsToStore['events']): Promise<void> {
  const citations = JSON.stringify(
    events.flatMap(({ event: { eventId }, claims }) =>
      claims.flatMap((claim) =>
        claim.citations.map(({ sourceId, start, end, quote }) => ({
          event_id: eventId,
          source_id: sourceId,
          quote_start: start,
          quote_end: end,
          quote,
          text_sha256: claim.textSha256,
        })),
      ),
    ),
  );
  const columns = `c (event_id uuid, source_id text, quote_start int, quote_end int, quote text, text_sha256 text)`;
  await tx.query(
    `delete from citations old where old.timeline_id = app.scope_id() and old.event_id = any ($1::uuid[])
       and not exists (select from json_to_recordset($2::json) as ${columns}
         where c.event_id = old.event_id and c.source_id = old.source_id and c.quote_start = old.quote_start
           and c.quote_end = old.quote_end and (c.text_sha256 is null or c.text_sha256 is not distinct from old.text_sha256))`,
    [events.map(({ event }) => event.eventId), citations],
  );
  await tx.query(
    `insert into citations (timeline_id, event_id, source_id, quote_start, quote_end, quote, text_sha256)
     select app.scope_id(), c.* from json_to_recordset($1::json) as ${columns}
     order by c.text_sha256 nulls last on conflict do nothing`,
    [citations],
  );
}

async function replaceConflicts(
  tx: Queryable,
  events: readonly Pick<TimelineEvent, 'eventId' | 'conflicts'>[],
): Promise<void> {
  await tx.query('delete from event_conflicts where timeline_id = app.scope_id() and event_id = any ($1::uuid[])', [
    events.map(({ eventId }) => eventId),
  ]);
  const conflicts = events.flatMap(({ eventId, conflicts: list }) =>
    list.map(({ date, citations }) => ({ event_id: eventId, edtf: date.edtf, date, citations })),
  );
  await tx.query(
    `insert into event_conflicts (timeline_id, event_id, edtf, date, citations)
     select app.scope_id(), c.* from json_to_recordset($1::json) as c (event_id uuid, edtf text, date jsonb, citations jsonb)
     on conflict do nothing`,
    [JSON.stringify(conflicts)],
  );
}

/** What events are possible doubles of, with the flag and the status that go with it. */
export async function saveDoubles(
  tx: Queryable,
  events: readonly Pick<StoredEvent, 'eventId' | 'flags' | 'possibleConflictWith' | 'status'>[],
): Promise<void> {
  const rows = events.map(({ eventId, flags, possibleConflictWith, status }) => ({
    event_id: eventId,
    flags,
    doubles: possibleConflictWith,
    status,
  }));
  await tx.query(
    `update events e set flags = d.flags, possible_conflict_with = d.doubles, status = d.status, updated_at = now()
     from json_to_recordset($1::json) as d (event_id uuid, flags text[], doubles uuid[], status text)
     where e.timeline_id = app.scope_id() and e.event_id = d.event_id`,
    [JSON.stringify(rows)],
  );
}

/** Takes events out that have turned out to be part of others. */
export async function deleteEvents(tx: Queryable, eventIds: readonly string[]): Promise<void> {
  await tx.query('delete from events where timeline_id = app.scope_id() and event_id = any ($1::uuid[])', [eventIds]);
}

function toColumns({ event, status }: EventsToStore['events'][number]): Record<string, unknown> {
  const { date } = event;
  return {
    event_id: event.eventId,
    title: event.title,
    summary: event.summary,
    edtf: date.edtf,
    sort_min: date.sortMin,
    sort_max: date.sortMax,
    date_precision: date.precision,
    original_text: date.originalText,
    original_calendar: date.originalCalendar,
    date_flags: date.flags,
    date_notes: date.notes,
    date_reckoning: date.reckoning ?? null,
    places: event.places,
    people: event.people,
    tier: event.tier,
    confidence: event.confidence,
    flags: event.flags,
    possible_conflict_with: event.possibleConflictWith,
    status,
  };
}

/** An event in the state that a person has decided on. */
export type DecidedEvent = Pick<
  EventRow,
  EditableField | 'eventId' | 'status' | 'lockedFields' | 'decidedBy' | 'flags' | 'conflicts'
>;

/** Gives an event the state that a person has decided on. */
export async function saveDecided(tx: Queryable, event: DecidedEvent): Promise<void> {
  const { date } = event;
  await tx.query(
    `update events set title = $2, summary = $3, edtf = $4, sort_min = $5, sort_max = $6, date_precision = $7,
       original_text = $8, original_calendar = $9, date_flags = $10, date_notes = $11, places = $12, people = $13, status = $14,
       locked_fields = $15, decided_by = $16, flags = $17, date_reckoning = $18, updated_at = now()
     where timeline_id = app.scope_id() and event_id = $1`,
    [
      event.eventId,
      event.title,
      event.summary,
      date.edtf,
      date.sortMin,
      date.sortMax,
      date.precision,
      date.originalText,
      date.originalCalendar,
      date.flags,
      date.notes,
      event.places,
      event.people,
      event.status,
      event.lockedFields,
      event.decidedBy,
      event.flags,
      date.reckoning && JSON.stringify(date.reckoning),
    ],
  );
  await replaceConflicts(tx, [event]);
}

/** Keeps a decision for the record. */
export async function insertDecision(
  tx: Queryable,
  { eventId, action, patch, user }: { eventId: string; action: string; patch: unknown; user: string },
): Promise<void> {
  await tx.query(
    `insert into review_decisions (timeline_id, event_id, action, patch, decided_by) values (app.scope_id(), $1, $2, $3, $4)`,
    [eventId, action, patch === undefined ? null : JSON.stringify(patch), user],
  );
}
