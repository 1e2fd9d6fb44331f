-- When an imported row was first edited; null while it stands as its file had it, which is what a revert of the import deletes.
-- Instants alone would not tell: an edit may begin before the row's own transaction, and a clock may be set back.
alter table transactions add column edited_at timestamptz;

alter table transactions disable trigger user;
update transactions t set edited_at = updated_at
where import_id is not null
  and (updated_at <> created_at or exists (select from transactions line where line.parent_id = t.transaction_id));
alter table transactions enable trigger user;

-- Whoever edits it, and nobody can take the mark off. A flag that the row may be there already is no edit.
create function mark_edited_row() returns trigger
  language plpgsql
as $$
declare
  was transactions := old;
begin
  was.updated_at := new.updated_at;
  was.edited_at := new.edited_at;
  was.possible_duplicate_of := new.possible_duplicate_of;
  new.edited_at := coalesce(old.edited_at, new.edited_at, case when was is distinct from new then now() end);
  return new;
end
$$;
create trigger transactions_edited before update on transactions
  for each row when (new.import_id is not null and old.* is distinct from new.*) execute function mark_edited_row();

-- Lines of a split hang on their parent and would be deleted with it: whoever adds one has edited it.
create function mark_split_row() returns trigger
  language plpgsql
as $$
begin
  update transactions set edited_at = now()
  where transaction_id = new.parent_id and import_id is not null and edited_at is null;
  return null;
end
$$;
create trigger transactions_split after insert or update of parent_id on transactions
  for each row when (new.parent_id is not null) execute function mark_split_row();

-- Which rows name a deleted one as the row that they may be a duplicate of.
create index transactions_by_possible_duplicate on transactions (possible_duplicate_of) where possible_duplicate_of is not null;
