import type { Queryable } from '@backend/shared/pg';

/**
 * Deletes up to `limit` events of an import that neither a person nor a generation has changed since, and returns how many.
 * Sources that only such events named go with them; other events that had one of them as a possible double have it no longer.
 * The caller holds the timeline's lock.
 */
export async function deleteUneditedEvents(
  tx: Queryable,
  { importId, limit }: { importId: string; limit: number },
): Promise<number> {
  const { rows } = await tx.query<{ id: string }>(
    `select event_id as id from events
     where timeline_id = app.scope_id() and import_id = $1 and edited_at is null limit $2 for update`,
    [importId, limit],
  );
  if (rows.length === 0) return 0;
  const ids = rows.map(({ id }) => id);
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
  return ids.length;
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
