-- When an imported event was first changed, by a person or by a generation that has recognised it in its sources; null while it
-- stands as its file had it, which is what a revert of the import deletes.
alter table events add column edited_at timestamptz;
update events set edited_at = updated_at
where import_id is not null
  and (updated_at <> created_at or extractor <> 'import' or decided_by is not null or locked_fields <> '{}');

-- Nobody can take the mark off. What the event may be a double of is no edit, nor is the flag that says so, nor the rules'
-- opinion of whether the flagged event may be shown.
create function mark_edited_event() returns trigger
  language plpgsql
as $$
declare
  was events := old;
begin
  was.updated_at := new.updated_at;
  was.edited_at := new.edited_at;
  was.possible_conflict_with := new.possible_conflict_with;
  if ('possibleConflict' = any (old.flags)) <> ('possibleConflict' = any (new.flags)) then
    if array_remove(old.flags, 'possibleConflict') = array_remove(new.flags, 'possibleConflict') then
      was.flags := new.flags;
    end if;
    if new.decided_by is null then
      was.status := new.status;
    end if;
  end if;
  new.edited_at := coalesce(old.edited_at, new.edited_at, case when was is distinct from new then now() end);
  return new;
end
$$;
create trigger events_edited before update on events
  for each row when (new.import_id is not null and old.* is distinct from new.*) execute function mark_edited_event();

-- Which events are possible doubles of others. By a list's elements there is no way under row-level security: the operators of
-- arrays are not leakproof, so that an index by them is not used.
create index events_with_doubles on events (timeline_id, event_id) where possible_conflict_with <> '{}';

-- Which requests name a source that is about to be deleted.
create index request_sources_by_source on request_sources (timeline_id, source_id);
