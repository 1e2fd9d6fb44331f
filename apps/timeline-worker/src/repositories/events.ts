import type { Queryable } from '@backend/shared/pg';
import type {
  Citation,
  DateConflict,
  EditableField,
  EventFlag,
  EventStatus,
  NormalisedDate,
  StoredEvent,
  Tier,
  TimelineEvent,
} from '../domain/types';

/** An event as the database holds it, with what only the database knows. */
export type EventRow = StoredEvent & {
  /** Who decided the status; null while it is only the rules' opinion. */
  readonly decidedBy: string | null;
  readonly extractor: string;
  readonly category: string | null;
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
  citations: Citation[];
  conflicts: DateConflict[];
}

const SELECT = `
  select e.event_id as "eventId", e.title, e.summary,
    jsonb_build_object('edtf', e.edtf, 'sortMin', e.sort_min, 'sortMax', e.sort_max, 'originalText', e.original_text,
      'originalCalendar', e.original_calendar, 'flags', e.date_flags, 'notes', e.date_notes, 'precision', e.date_precision) as date,
    e.places, e.people, e.tier, e.confidence, e.flags, e.possible_conflict_with::text[] as "possibleConflictWith", e.status,
    e.locked_fields as "lockedFields", e.decided_by as "decidedBy", e.extractor, e.category,
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

/** An event that a run found, as it is to stand. */
export interface EventToStore {
  readonly event: TimelineEvent;
  readonly status: EventStatus;
  readonly extractor: string;
  readonly requestId: string;
  /** Source → hash of the text that its citations' offsets refer to. */
  readonly textHashes: Readonly<Record<string, string>>;
}

/**
 * Adds an event or gives it its next state: status and person's locks of a stored one are the caller's care. Its citations
 * join those that are there; those of another text of the same source make way. Writing the same again changes nothing.
 */
export async function upsertEvent(tx: Queryable, { event, status, extractor, requestId, textHashes }: EventToStore): Promise<void> {
  const { date } = event;
  await tx.query(
    `insert into events (timeline_id, event_id, title, summary, edtf, sort_min, sort_max, date_precision, original_text,
       original_calendar, date_flags, date_notes, places, people, tier, confidence, flags, possible_conflict_with, status,
       extractor, request_id)
     values (app.scope_id(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
     on conflict (timeline_id, event_id) do update set
       title = excluded.title, summary = excluded.summary, edtf = excluded.edtf, sort_min = excluded.sort_min,
       sort_max = excluded.sort_max, date_precision = excluded.date_precision, original_text = excluded.original_text,
       original_calendar = excluded.original_calendar, date_flags = excluded.date_flags, date_notes = excluded.date_notes,
       places = excluded.places, people = excluded.people, tier = excluded.tier, confidence = excluded.confidence,
       flags = excluded.flags, possible_conflict_with = excluded.possible_conflict_with, status = excluded.status,
       extractor = excluded.extractor, request_id = excluded.request_id, updated_at = now()`,
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
      event.tier,
      event.confidence,
      event.flags,
      event.possibleConflictWith,
      status,
      extractor,
      requestId,
    ],
  );
  await tx.query(
    `delete from citations c using unnest($2::text[], $3::text[]) as t (source_id, sha256)
     where c.timeline_id = app.scope_id() and c.event_id = $1 and c.source_id = t.source_id and c.text_sha256 is distinct from t.sha256`,
    [event.eventId, Object.keys(textHashes), Object.values(textHashes)],
  );
  const { citations } = event;
  await tx.query(
    `insert into citations (timeline_id, event_id, source_id, quote_start, quote_end, quote, text_sha256)
     select app.scope_id(), $1, c.* from unnest($2::text[], $3::int[], $4::int[], $5::text[], $6::text[]) as c
     on conflict do nothing`,
    [
      event.eventId,
      citations.map(({ sourceId }) => sourceId),
      citations.map(({ start }) => start),
      citations.map(({ end }) => end),
      citations.map(({ quote }) => quote),
      citations.map(({ sourceId }) => textHashes[sourceId] ?? null),
    ],
  );
  await tx.query('delete from event_conflicts where timeline_id = app.scope_id() and event_id = $1', [event.eventId]);
  await tx.query(
    `insert into event_conflicts (timeline_id, event_id, edtf, date, citations)
     select app.scope_id(), $1, c.* from unnest($2::text[], $3::jsonb[], $4::jsonb[]) as c on conflict do nothing`,
    [
      event.eventId,
      event.conflicts.map(({ date: other }) => other.edtf),
      event.conflicts.map(({ date: other }) => JSON.stringify(other)),
      event.conflicts.map((conflict) => JSON.stringify(conflict.citations)),
    ],
  );
}

/** What a person's decision makes of an event. */
export interface DecidedEvent {
  readonly eventId: string;
  readonly title: string;
  readonly summary: string;
  readonly date: NormalisedDate;
  readonly places: readonly string[];
  readonly people: readonly string[];
  readonly status: EventStatus;
  readonly lockedFields: readonly EditableField[];
  readonly decidedBy: string | null;
}

/** Gives an event the state that a person has decided on. */
export async function saveDecided(tx: Queryable, event: DecidedEvent): Promise<void> {
  const { date } = event;
  await tx.query(
    `update events set title = $2, summary = $3, edtf = $4, sort_min = $5, sort_max = $6, date_precision = $7,
       original_text = $8, original_calendar = $9, date_flags = $10, date_notes = $11, places = $12, people = $13, status = $14,
       locked_fields = $15, decided_by = $16, updated_at = now()
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
    ],
  );
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
