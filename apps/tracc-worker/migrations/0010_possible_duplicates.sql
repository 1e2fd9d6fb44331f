-- A row of an import may be in its account already, from another source; which row that is stands in possible_duplicate_of.

-- The bank's own id of a payment: two rows that have different ones are two payments.
alter table transactions add column external_id text;
do $$
declare
  loader text := regexp_replace(current_user, '_owner$', '_loader');
begin
  if exists (select from pg_roles where rolname = loader and loader <> current_user) then
    execute format('grant insert (external_id) on transactions to %I', loader);
  end if;
end
$$;

-- Whether an account has rows of another source than one import is told by a glance at these two, however many rows there are.
-- Equal entries share their space, so that the account among them costs next to nothing.
create index transactions_not_imported on transactions (user_id, account_id, booking_date) where import_id is null;
drop index transactions_by_import;
create index transactions_by_import on transactions (user_id, import_id, account_id) where import_id is not null;

-- A flag is no edit of the row.
create or replace function touch_updated_at() returns trigger
  language plpgsql
as $$
declare
  was transactions := old;
begin
  was.possible_duplicate_of := new.possible_duplicate_of;
  if was is distinct from new then
    new.updated_at := now();
  end if;
  return new;
end
$$;

-- No flag names a row that is gone, whoever deletes it: what was a double of a double is one of the row behind it, if that is
-- still there. For a statement and not for each row, which would cost every row that is loaded as well.
create function release_possible_duplicates() returns trigger
  language plpgsql
as $$
begin
  update transactions t
  set possible_duplicate_of =
    (select o.transaction_id from transactions o where o.transaction_id = gone.possible_duplicate_of for key share)
  from gone
  where t.possible_duplicate_of = gone.transaction_id;
  return null;
end
$$;
create trigger transactions_release_duplicates after delete on transactions
  referencing old table as gone
  for each statement execute function release_possible_duplicates();
