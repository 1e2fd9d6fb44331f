-- Every transaction is for one scope (a user in tracc, a timeline in timeline), set by SET LOCAL app.scope_id.
-- A transaction without it is an error, not all rows and not none. After a SET LOCAL ends, the setting of that
-- session is '' and no longer missing, so both count as not set.
create function app.scope_id() returns text
  language plpgsql stable parallel safe
as $$
declare
  scope text := current_setting('app.scope_id', true);
begin
  if scope is null or scope = '' then
    raise exception 'app.scope_id is not set: this transaction has no user or timeline'
      using errcode = 'insufficient_privilege';
  end if;
  return scope;
end
$$;

grant usage on schema app to public;

-- For tables that only the owner fills: the worker's role gets the default rights on every table, and loses those to write here.
create procedure app.only_owner_writes(target regclass)
  language plpgsql
as $$
declare
  other record;
begin
  for other in
    select distinct acl.grantee::regrole as role
    from pg_class c, aclexplode(c.relacl) acl
    where c.oid = target and acl.grantee <> c.relowner and acl.grantee <> 0
  loop
    execute format('revoke insert, update, delete on %s from %s', target, other.role);
  end loop;
end
$$;
call app.only_owner_writes('app.schema_migrations');

-- numeric rounding of PostgreSQL takes ties away from zero; money takes them to the even neighbour.
create function app.round_half_even(value numeric) returns numeric
  language sql immutable strict parallel safe
as $$
  select case
    when abs(value - trunc(value)) = 0.5 then 2 * round(value / 2)
    else round(value)
  end
$$;

create table app.idempotency (
  scope_id text not null,
  key text not null,
  request_hash text not null,
  result jsonb,
  created_at timestamptz not null default now(),
  primary key (scope_id, key)
);
alter table app.idempotency enable row level security;
create policy one_scope on app.idempotency
  using (scope_id = (select app.scope_id())) with check (scope_id = (select app.scope_id()));
