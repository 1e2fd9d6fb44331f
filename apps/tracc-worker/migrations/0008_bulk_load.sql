-- Bank files are loaded by COPY, under a role that row-level security does not confine, because PostgreSQL refuses COPY to
-- every other one. This check confines it instead: rows of the transaction's own user, or none. For all others it is true.
create function may_load(owner text) returns boolean
  language sql stable parallel safe
as $$
  select current_user not like '%\_loader' or owner = current_setting('app.scope_id', true)
$$;
alter table transactions add constraint transactions_loader_scope check (may_load(user_id)) not valid;

-- The role is there where the operator's server allows one; without it files are loaded by INSERT.
do $$
declare
  loader text := regexp_replace(current_user, '_owner$', '_loader');
begin
  if exists (select from pg_roles where rolname = loader and loader <> current_user) then
    execute format('grant usage on schema public, app to %I', loader);
    execute format(
      'grant insert (user_id, account_id, booking_date, amount_minor, currency, description, payee, notes, category_id,
         external_key, source, import_id, import_line) on transactions to %I', loader);
  end if;
end
$$;
