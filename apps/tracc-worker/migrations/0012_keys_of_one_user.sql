-- Row-level security hides another user's row, but neither a foreign key nor a unique key minds whose row it is: one user could
-- hang a row on another's, or take the key that another's row was to have. Each key that follows from another row begins with the
-- user now. Workers of before the first release cannot write alerts and occurrences any more.

-- In a session that never had a scope the setting is null and no longer '', and a check passes what is null.
create or replace function may_load(owner text) returns boolean
  language sql stable parallel safe
as $$
  select current_user not like '%\_loader' or coalesce(owner = current_setting('app.scope_id', true), false)
$$;

alter table budgets add unique (user_id, budget_id);
alter table budget_categories
  drop constraint budget_categories_budget_id_fkey,
  add foreign key (user_id, budget_id) references budgets (user_id, budget_id) on delete cascade;

alter table alert_deliveries
  drop constraint alert_deliveries_alert_key_fkey,
  drop constraint alert_deliveries_pkey,
  add primary key (user_id, alert_key, target);
alter table alerts
  drop constraint alerts_pkey,
  drop constraint alerts_budget_id_fkey,
  add primary key (user_id, alert_key),
  add foreign key (user_id, budget_id) references budgets (user_id, budget_id) on delete cascade;
alter table alert_deliveries
  add foreign key (user_id, alert_key) references alerts on delete cascade;

alter table recurring_occurrences
  drop constraint recurring_occurrences_pkey,
  add primary key (user_id, template_id, nominal_date);

-- By a trigger, which lines of splits fire anyway: a foreign key would want one more index of all transactions.
create or replace function mark_split_row() returns trigger
  language plpgsql
as $$
begin
  if not exists (select from transactions where user_id = new.user_id and transaction_id = new.parent_id) then
    raise exception 'a line of a split belongs to the user of its transaction'
      using errcode = 'foreign_key_violation';
  end if;
  update transactions set edited_at = now()
  where transaction_id = new.parent_id and import_id is not null and edited_at is null;
  return null;
end
$$;
