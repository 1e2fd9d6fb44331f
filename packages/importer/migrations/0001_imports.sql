-- One row per import: its plan, its checkpoint and its counts. Checkpoint and rows of a chunk are one transaction.
create table imports (
  import_id text primary key,
  scope_id text not null,
  -- What is imported into: an account in tracc, the timeline in timeline.
  target text not null,
  source jsonb not null,
  source_sha256 text not null,
  mode text not null check (mode in ('commit', 'preview')),
  on_row_error text not null check (on_row_error in ('skip', 'abort')),
  status text not null default 'running'
    check (status in ('running', 'completed', 'completed_with_errors', 'aborted', 'cancelled', 'failed', 'reverted')),
  -- Layout and decisions of the whole file (encoding, delimiter, header, columns, date order, decimal sign).
  plan jsonb,
  rows int not null default 0,
  skipped_blank int not null default 0,
  -- Validation: next batch of 100 that is not validated yet, and where its first record starts in the file.
  validated_batches int not null default 0,
  validated_rows int not null default 0,
  validate_position jsonb,
  error_rows int not null default 0,
  -- Load: next batch that is not loaded yet. A load reads from the top, because it counts equal rows.
  loaded_batches int not null default 0,
  imported_rows int not null default 0,
  duplicate_rows int not null default 0,
  result jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index imports_by_source on imports (scope_id, target, source_sha256);

create table import_row_errors (
  scope_id text not null,
  import_id text not null references imports on delete cascade,
  line int not null,
  column_name text not null,
  code text not null,
  value text not null,
  message text not null,
  fields jsonb not null,
  primary key (import_id, line)
);

alter table imports enable row level security;
alter table import_row_errors enable row level security;
create policy one_scope on imports
  using (scope_id = (select app.scope_id())) with check (scope_id = (select app.scope_id()));
create policy one_scope on import_row_errors
  using (scope_id = (select app.scope_id())) with check (scope_id = (select app.scope_id()));
