-- A possible duplicate that was dropped is void and keeps its flag: its key stands in the way of the next file that brings the
-- payment, and a revert of its import deletes it like a row that nobody has touched.
create or replace function mark_edited_row() returns trigger
  language plpgsql
as $$
declare
  was transactions := old;
begin
  was.updated_at := new.updated_at;
  was.edited_at := new.edited_at;
  was.possible_duplicate_of := new.possible_duplicate_of;
  if new.status = 'void' and new.possible_duplicate_of is not null then
    was.status := new.status;
  end if;
  new.edited_at := coalesce(old.edited_at, new.edited_at, case when was is distinct from new then now() end);
  return new;
end
$$;

-- When the row that it doubles is gone, whoever deletes it, a dropped row goes too and frees its key: the payment may come again.
create or replace function release_possible_duplicates() returns trigger
  language plpgsql
as $$
begin
  if not exists (select from gone) then
    return null;
  end if;
  delete from transactions t
  using gone
  where t.possible_duplicate_of = gone.transaction_id and t.status = 'void'
    and not exists (select from transactions o where o.transaction_id = gone.possible_duplicate_of);
  update transactions t
  set possible_duplicate_of =
    (select o.transaction_id from transactions o where o.transaction_id = gone.possible_duplicate_of for key share)
  from gone
  where t.possible_duplicate_of = gone.transaction_id;
  return null;
end
$$;
