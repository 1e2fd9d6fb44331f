import type { Queryable } from '@backend/shared/pg';
import type { EventFlag, EventStatus, NormalisedDate, Tier } from '../domain/types';

/** An event of a file, as it is to be stored. */
export interface ImportedEvent {
  readonly eventId: string;
  /** The id of a generated event of the same date and title; differs from `eventId` where the file gives an id of its own. */
  readonly twinId: string;
  /** What makes the event exist only once, 32 hexadecimal digits. */
  readonly key: string;
  readonly line: number;
  readonly title: string;
  readonly summary: string;
  readonly date: NormalisedDate;
  readonly places: readonly string[];
  readonly people: readonly string[];
  readonly category: string | null;
  readonly tier: Tier;
  readonly confidence: number;
  readonly flags: readonly EventFlag[];
  readonly status: EventStatus;
  readonly citation: {
    readonly sourceId: string;
    readonly sourceTitle: string;
    readonly sourceUrl: string | null;
    readonly quote: string;
  } | null;
}

/** Events of one statement: at 64 KiB a record its parameter stays below 100 MiB. */
const STATEMENT_EVENTS = 1000;

/**
 * Adds the events of a chunk with their sources and citations, and returns how many were new: neither key nor id was there.
 * Events that exist are never changed. One with an id of its own beside an event of the same date and title goes to review
 * as its possible double.
 */
export async function loadImportedEvents(
  tx: Queryable,
  { importId, events }: { importId: string; events: readonly ImportedEvent[] },
): Promise<number> {
  let added = 0;
  for (let from = 0; from < events.length; from += STATEMENT_EVENTS) {
    added += await insertEvents(tx, { importId, events: events.slice(from, from + STATEMENT_EVENTS) });
  }
  return added;
}

async function insertEvents(
  tx: Queryable,
  { importId, events }: { importId: string; events: readonly ImportedEvent[] },
): Promise<number> {
  const { rows } = await tx.query<{ added: number }>(
    `with given as (
       select * from json_to_recordset($1::json) as g (event_id uuid, twin_id uuid, external_key text, line int, title text,
         summary text, edtf text, sort_min int, sort_max int, date_precision text, original_text text, original_calendar text,
         date_flags text[], date_notes text[], places text[], people text[], category text, tier int,
         confidence double precision, flags text[], status text, source_id text, source_title text, source_url text,
         quote text, quote_end int)
     ),
     added as (
       insert into events (timeline_id, event_id, title, summary, edtf, sort_min, sort_max, date_precision, original_text,
         original_calendar, date_flags, date_notes, places, people, category, tier, confidence, flags, possible_conflict_with,
         status, extractor, import_id, import_line, external_key)
       select app.scope_id(), g.event_id, g.title, g.summary, g.edtf, g.sort_min, g.sort_max, g.date_precision, g.original_text,
         g.original_calendar, g.date_flags, g.date_notes, g.places, g.people, g.category, g.tier, g.confidence,
         case when twin.event_id is null then g.flags else g.flags || 'possibleConflict'::text end,
         case when twin.event_id is null then '{}' else array[twin.event_id] end,
         case when twin.event_id is null then g.status else 'needs_review' end,
         'import', $2, g.line, decode(g.external_key, 'hex')
       from given g
       left join events twin on twin.timeline_id = app.scope_id() and twin.event_id = g.twin_id and g.twin_id <> g.event_id
       order by g.line
       on conflict do nothing
       returning event_id, import_line
     ),
     -- By line too: of two equal rows of the file only the first is the event.
     cited as (
       select g.* from given g join added a on a.event_id = g.event_id and a.import_line = g.line where g.source_id is not null
     ),
     named as (
       insert into sources (timeline_id, source_id, title, tier, kind, uri)
       select distinct on (source_id) app.scope_id(), source_id, source_title, tier, 'import', source_url from cited
       on conflict do nothing
     ),
     quoted as (
       insert into citations (timeline_id, event_id, source_id, quote_start, quote_end, quote)
       select app.scope_id(), event_id, source_id, 0, quote_end, quote from cited
       on conflict do nothing
     )
     select count(*)::int as added from added`,
    [JSON.stringify(events.map(toRow)), importId],
  );
  return rows[0]!.added;
}

function toRow(event: ImportedEvent): Record<string, unknown> {
  const { date, citation } = event;
  return {
    event_id: event.eventId,
    twin_id: event.twinId,
    external_key: event.key,
    line: event.line,
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
    places: event.places,
    people: event.people,
    category: event.category,
    tier: event.tier,
    confidence: event.confidence,
    flags: event.flags,
    status: event.status,
    source_id: citation?.sourceId ?? null,
    source_title: citation?.sourceTitle ?? null,
    source_url: citation?.sourceUrl ?? null,
    quote: citation?.quote ?? null,
    quote_end: citation?.quote.length ?? null,
  };
}

/** What the events that an import added are in sum; days since 1970-01-01, null when there are none. */
export async function summariseImportedEvents(
  tx: Queryable,
  importId: string,
): Promise<{ firstDay: number | null; lastDay: number | null; possibleDuplicates: number }> {
  const { rows } = await tx.query<{ firstDay: number | null; lastDay: number | null; possibleDuplicates: number }>(
    `select min(sort_min) as "firstDay", max(sort_max) as "lastDay",
       count(*) filter (where cardinality(possible_conflict_with) > 0)::int as "possibleDuplicates"
     from events where timeline_id = app.scope_id() and import_id = $1`,
    [importId],
  );
  return rows[0]!;
}
