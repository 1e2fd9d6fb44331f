import type { Queryable } from '@backend/shared/pg';

/** What is below every id of an event. */
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Deletes up to `limit` events of an import that neither a person nor a generation has changed since, and returns how many; `next`
 * is the `after` of the next chunk. Sources that only such events named go with them; other events that had one of them as a possible double have it no longer.
 * The caller holds the timeline's lock.
 */
export async function deleteUneditedEvents(
  tx: Queryable,
  { importId, limit, after }: { importId: string; limit: number; after: string | undefined },
): Promise<{ readonly deleted: number; readonly next: string | undefined }> {
  const behind = after === undefined ? [] : await lockUnedited(tx, { importId, limit, after });
  const ids = behind.length > 0 ? behind : await lockUnedited(tx, { importId, limit });
  if (ids.length === 0) return { deleted: 0, next: undefined };
  const cited = await tx.query<{ sourceId: string }>(
    `select distinct source_id as "sourceId" from citations where timeline_id = app.scope_id() and event_id = any ($1::uuid[])`,
    [ids],
  );
  await tx.query('delete from events where timeline_id = app.scope_id() and event_id = any ($1::uuid[])', [ids]);
  await tx.query(
    `delete from sources s where s.timeline_id = app.scope_id() and s.source_id = any ($1) and s.kind = 'import'
       and not exists (select from citations c where c.timeline_id = s.timeline_id and c.source_id = s.source_id)
       and not exists (select from request_sources r where r.timeline_id = s.timeline_id and r.source_id = s.source_id)`,
    [cited.rows.map(({ sourceId }) => sourceId)],
  );
  await forgetDoubles(tx, ids);
  const last = behind.at(-1) ?? LOWEST_ID;
  return { deleted: ids.length, next: ids.length < limit ? undefined : last };
}

/**
 * Events to delete, locked: any, found by their import, or those behind an id in the order of ids. Entries of deleted events stay
 * in an index as long as somebody holds an old snapshot, and those of kept ones for ever: many chunks that each began at the
 * first one would pass over the same ones again and again. In the order of ids the timeline is read once, which few events of a
 * large timeline are not worth.
 */
async function lockUnedited(
  tx: Queryable,
  { importId, limit, after }: { importId: string; limit: number; after?: string },
): Promise<string[]> {
  const behind = after !== undefined;
  // Without sorts the planner, which may know nothing yet of these events, has to walk the index of ids.
  if (behind)
    await tx.query(`select set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)`);
  const { rows } = await tx.query<{ id: string }>(
    `select event_id as id from events
     where timeline_id = app.scope_id() and import_id = $1 and edited_at is null
     ${behind ? 'and event_id > $3 order by event_id' : ''} limit $2 for update`,
    behind ? [importId, limit, after] : [importId, limit],
  );
  if (behind)
    await tx.query(`select set_config('enable_sort', 'on', true), set_config('enable_bitmapscan', 'on', true)`);
  return rows.map(({ id }) => id);
}

/**
 * Takes deleted events out of what others are possible doubles of. An event that has none left loses the flag, and an imported
 * one, whose status nobody has decided and which has no other flag, is published as if it had never had it.
 */
async function forgetDoubles(tx: Queryable, deletedIds: readonly string[]): Promise<void> {
  await tx.query(
    `with concerned as (
       select distinct e.event_id
       from events e cross join unnest(e.possible_conflict_with) as double (id) join unnest($1::uuid[]) as gone (id) using (id)
       where e.timeline_id = app.scope_id() and e.possible_conflict_with <> '{}'
     ),
     remaining as (
       select e.event_id, e.flags, array(select double.id from unnest(e.possible_conflict_with) as double (id)
           join events x on x.timeline_id = e.timeline_id and x.event_id = double.id order by double.id) as doubles
       from concerned c join events e on e.timeline_id = app.scope_id() and e.event_id = c.event_id
     ),
     cleared as (
       select event_id, doubles, case when doubles = '{}' then array_remove(flags, 'possibleConflict') else flags end as flags
       from remaining
     )
     update events e set possible_conflict_with = c.doubles, flags = c.flags, updated_at = now(),
       status = case
         when e.extractor = 'import' and e.decided_by is null and e.status = 'needs_review' and c.flags = '{}' and e.date_flags = '{}'
           then 'published'
         else e.status
       end
     from cleared c where e.timeline_id = app.scope_id() and e.event_id = c.event_id`,
    [deletedIds],
  );
}

/** How many events of an import there are. */
export async function countImportedEvents(tx: Queryable, importId: string): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    `select count(*)::int as count from events where timeline_id = app.scope_id() and import_id = $1`,
    [importId],
  );
  return rows[0]!.count;
}
