-- A timeline is the tenant's scope: every row belongs to one, and a transaction sees the rows of one.
create table timelines (
  timeline_id text primary key,
  topic text not null,
  -- Counts the transactions that have changed events; a run that matched against an older state matches again.
  revision int not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- Who speaks. What was said is in source_texts; a source that changed has several texts over time.
create table sources (
  timeline_id text not null references timelines on delete cascade,
  source_id text not null,
  title text not null,
  -- 1 primary, 2 scholarly, 3 everything else.
  tier int not null check (tier between 1 and 3),
  kind text not null check (kind in ('url', 'blob', 'text', 'import')),
  uri text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (timeline_id, source_id)
);

-- The text that every offset refers to: NFC, offsets in UTF-16 code units. Immutable.
create table source_texts (
  timeline_id text not null references timelines on delete cascade,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  text text not null,
  chars int not null check (chars > 0),
  -- The document as it was fetched.
  original jsonb not null,
  created_at timestamptz not null default now(),
  primary key (timeline_id, sha256)
);

create table generation_requests (
  timeline_id text not null references timelines on delete cascade,
  request_id text not null,
  settings jsonb not null,
  settings_hash text not null,
  status text not null default 'running'
    check (status in ('running', 'completed', 'completed_with_errors', 'budget_exhausted', 'cancelled', 'failed')),
  -- The merged events as a blob, once they are validated.
  merged_ref jsonb,
  result jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (timeline_id, request_id)
);

-- Which text of which source a request reads, or why it cannot.
create table request_sources (
  timeline_id text not null,
  request_id text not null,
  source_id text not null,
  position int not null,
  calendar jsonb,
  text_sha256 text,
  failure_code text
    check (failure_code in ('SourceBlocked', 'SourceTooLarge', 'SourceNotFound', 'SourceTimeout', 'SourceUnsupported')),
  failure_message text,
  primary key (timeline_id, request_id, source_id),
  foreign key (timeline_id, request_id) references generation_requests on delete cascade,
  foreign key (timeline_id, source_id) references sources,
  foreign key (timeline_id, text_sha256) references source_texts (timeline_id, sha256),
  check ((text_sha256 is null) <> (failure_code is null)),
  check ((failure_code is null) = (failure_message is null))
);

-- An answer about a piece of text, under the key that makes it paid for only once:
-- sha256(chunk text, chunk start, source, model, prompt version, pass).
create table extraction_chunks (
  timeline_id text not null references timelines on delete cascade,
  cache_key text not null check (cache_key ~ '^[0-9a-f]{64}$'),
  -- The request that asked. A failed chunk is asked again by the next request.
  request_id text not null,
  source_id text not null,
  chunk_start int not null,
  chunk_end int not null check (chunk_end > chunk_start),
  pass int not null,
  outcome text not null check (outcome in ('done', 'failed', 'refused')),
  events jsonb not null default '[]',
  -- Items of the answer that did not fit the schema.
  dropped int not null default 0,
  extractor text not null,
  answered_at timestamptz not null default now(),
  primary key (timeline_id, cache_key)
);

-- Every call that a provider has answered, written before its answer is looked at: what was used is what is here.
create table extraction_calls (
  timeline_id text not null,
  request_id text not null,
  call_id uuid not null,
  cache_key text not null,
  extractor text not null,
  tokens_in int not null,
  tokens_out int not null,
  cost_micro_usd bigint not null,
  answered_at timestamptz not null default now(),
  primary key (timeline_id, request_id, call_id),
  foreign key (timeline_id, request_id) references generation_requests on delete cascade
);

do $$
declare
  name text;
begin
  foreach name in array array['timelines', 'sources', 'source_texts', 'generation_requests', 'request_sources',
                              'extraction_chunks', 'extraction_calls'] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy one_timeline on %I using (timeline_id = (select app.scope_id())) with check (timeline_id = (select app.scope_id()))',
      name);
  end loop;
end
$$;
