create table budgets (
  budget_id text primary key,
  user_id text not null references users,
  name text not null,
  currency char(3) not null references currencies,
  zone text not null,
  -- Null: the budget is watched without a limit.
  limit_minor bigint check (limit_minor >= 0),
  month_start_day int not null default 1 check (month_start_day between 1 and 28),
  rollover text not null default 'none' check (rollover in ('none', 'surplus', 'full')),
  -- First month of the rollover chain, whose carry-in is 0.
  rollover_since text not null check (rollover_since ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  thresholds_pct int[] not null default '{80,100}'
    check (cardinality(thresholds_pct) <= 10 and 1 <= all (thresholds_pct) and 1000 >= all (thresholds_pct)),
  notify jsonb not null default '[{"kind": "log"}]',
  archived_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index budgets_by_user on budgets (user_id);

create table budget_categories (
  user_id text not null,
  budget_id text not null references budgets on delete cascade,
  category_id text not null,
  primary key (budget_id, category_id),
  foreign key (user_id, category_id) references categories
);

-- One row per budget, month and threshold, for ever: what makes an alert happen once.
create table alerts (
  alert_key text primary key,
  user_id text not null references users,
  budget_id text not null references budgets on delete cascade,
  month text not null,
  pct int not null,
  kind text not null check (kind in ('warning', 'over')),
  delivery text not null check (delivery in ('pending', 'sent', 'failed', 'superseded')),
  body jsonb not null,
  created_at timestamptz not null default now(),
  delivered_at timestamptz,
  unique (budget_id, month, pct)
);

-- Which of an alert's targets have answered; a retry goes on with those that have not.
create table alert_deliveries (
  user_id text not null references users,
  alert_key text not null references alerts on delete cascade,
  target text not null,
  delivered_at timestamptz not null default now(),
  primary key (alert_key, target)
);

-- Report revisions are immutable: a changed month makes a new row.
create table reports (
  report_id text primary key,
  user_id text not null references users,
  month text not null,
  revision int not null check (revision >= 1),
  content_hash text not null,
  json_ref jsonb not null,
  html_ref jsonb not null,
  csv_ref jsonb not null,
  created_at timestamptz not null default now(),
  unique (user_id, month, revision)
);

create table recurring_templates (
  template_id text primary key,
  user_id text not null references users,
  version int not null default 1,
  description text not null,
  payee text not null default '',
  kind text not null default 'normal' check (kind in ('normal', 'transfer')),
  account_id text not null,
  to_account_id text,
  category_id text,
  amount_minor bigint not null,
  currency char(3) not null references currencies,
  -- [{"categoryId", "amountMinor"}]: lines that sum to amount_minor.
  splits jsonb not null default '[]',
  rule jsonb not null,
  catch_up text not null default 'all' check (catch_up in ('all', 'latest', 'none')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (user_id, account_id) references accounts,
  foreign key (user_id, to_account_id) references accounts (user_id, account_id),
  foreign key (user_id, category_id) references categories,
  check ((kind = 'transfer') = (to_account_id is not null))
);
create index recurring_templates_by_user on recurring_templates (user_id);

-- What became of each occurrence; the posted ones have their rows in transactions too. Not bound to the template: what
-- happened stays on record when a template is deleted.
create table recurring_occurrences (
  user_id text not null references users,
  template_id text not null,
  nominal_date date not null,
  posting_date date,
  outcome text not null check (outcome in ('posted', 'skipped', 'failed')),
  reason text,
  template_version int,
  late boolean not null default false,
  settled_at timestamptz not null default now(),
  primary key (template_id, nominal_date)
);

do $$
declare
  name text;
begin
  foreach name in array array['budgets', 'budget_categories', 'alerts', 'alert_deliveries', 'reports',
                              'recurring_templates', 'recurring_occurrences'] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy one_user on %I using (user_id = (select app.scope_id())) with check (user_id = (select app.scope_id()))',
      name);
  end loop;
end
$$;
