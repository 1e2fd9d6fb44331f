create table events (
  timeline_id text not null references timelines on delete cascade,
  event_id uuid not null,
  title text not null check (title <> ''),
  summary text not null,
  -- EDTF, level 2 at most; sort bounds are inclusive days since 1970-01-01, proleptic Gregorian.
  edtf text not null,
  sort_min int not null,
  sort_max int not null check (sort_max >= sort_min),
  date_precision text not null,
  original_text text not null,
  original_calendar text not null check (original_calendar in ('gregorian', 'julian', 'samvat', 'shaka')),
  date_flags text[] not null default '{}',
  date_notes text[] not null default '{}',
  places text[] not null default '{}',
  people text[] not null default '{}',
  category text,
  tier int not null check (tier between 1 and 3),
  confidence double precision not null check (confidence between 0 and 1),
  flags text[] not null default '{}',
  possible_conflict_with uuid[] not null default '{}',
  status text not null check (status in ('published', 'needs_review', 'rejected')),
  -- Who decided the status; null while it is only the rules' opinion.
  decided_by text,
  -- Fields that people have set; no run changes them.
  locked_fields text[] not null default '{}',
  -- rules, provider and model, or import.
  extractor text not null,
  request_id text,
  import_id text,
  import_line int,
  -- First 16 bytes of the SHA-256 of the key that makes an imported event exist only once.
  external_key bytea check (length(external_key) = 16),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (timeline_id, event_id)
);
create unique index events_external_key on events (timeline_id, external_key);
create index events_by_date on events (timeline_id, sort_min);
create index events_to_review on events (timeline_id, sort_min) where status = 'needs_review';
create index events_by_import on events (timeline_id, import_id) where import_id is not null;

-- A quote is the slice [quote_start, quote_end) of the source's text; without a stored text (an imported event) it is as given.
create table citations (
  timeline_id text not null,
  event_id uuid not null,
  source_id text not null,
  quote_start int not null check (quote_start >= 0),
  quote_end int not null,
  quote text not null,
  text_sha256 text,
  primary key (timeline_id, event_id, source_id, quote_start, quote_end),
  check (quote_end > quote_start),
  foreign key (timeline_id, event_id) references events on delete cascade,
  foreign key (timeline_id, source_id) references sources,
  foreign key (timeline_id, text_sha256) references source_texts (timeline_id, sha256)
);
create index citations_by_source on citations (timeline_id, source_id);

-- Dates that sources of the event give and that cannot be true together with the chosen one.
create table event_conflicts (
  timeline_id text not null,
  event_id uuid not null,
  edtf text not null,
  date jsonb not null,
  citations jsonb not null,
  primary key (timeline_id, event_id, edtf),
  foreign key (timeline_id, event_id) references events on delete cascade
);

-- What a request's extractor said and nobody believed.
create table rejections (
  timeline_id text not null,
  request_id text not null,
  ordinal int not null,
  code text not null,
  title text not null,
  source_id text not null,
  primary key (timeline_id, request_id, ordinal),
  foreign key (timeline_id, request_id) references generation_requests on delete cascade
);

-- What people decided, and when.
create table review_decisions (
  decision_id bigint generated always as identity primary key,
  timeline_id text not null,
  event_id uuid not null,
  action text not null check (action in ('approve', 'reject', 'edit')),
  patch jsonb,
  decided_by text not null,
  decided_at timestamptz not null default now(),
  foreign key (timeline_id, event_id) references events on delete cascade
);
create index review_decisions_by_event on review_decisions (timeline_id, event_id);

do $$
declare
  name text;
begin
  foreach name in array array['events', 'citations', 'event_conflicts', 'rejections', 'review_decisions'] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy one_timeline on %I using (timeline_id = (select app.scope_id())) with check (timeline_id = (select app.scope_id()))',
      name);
  end loop;
end
$$;
