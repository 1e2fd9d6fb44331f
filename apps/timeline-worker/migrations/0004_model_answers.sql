-- A call is written down before it is made, with how much is sent, and again when it is answered: what was under way when a worker
-- died may have used what such a question uses, and counts against the budget. `answered_at` is null until then; workers that write only answered calls leave it to its default.
alter table extraction_calls
  -- Which question of the chunk it is: '' the chunk itself, a digit for each halving, r for a repair.
  add column step text not null default '',
  -- Of all that is sent, and those of them that are not ASCII; 0 for calls of workers that have not written them down.
  add column question_bytes int not null default 0,
  add column question_other_bytes int not null default 0,
  -- Whether the tokens are what the provider reported; else the most that the call may have used.
  add column usage text not null default 'reported' check (usage in ('reported', 'estimated')),
  add column opened_at timestamptz not null default now(),
  alter column answered_at drop not null,
  alter column tokens_in type bigint,
  alter column tokens_out type bigint,
  add constraint counts_are_safe check (
    tokens_in between 0 and 9007199254740991 and tokens_out between 0 and 9007199254740991
    and cost_micro_usd between 0 and 9007199254740991);

-- A chunk that failed counts for the requests that were under way then; those that begin later ask about it again. A request that had
-- failed begins anew.
alter table generation_requests add column begun_at timestamptz not null default now();
update generation_requests set begun_at = created_at;

-- Answers to the questions of a chunk that has no outcome yet: they are paid for, and an attempt that starts again reads them here.
-- With the chunk's outcome they have done their work and are deleted.
create table extraction_answers (
  timeline_id text not null references timelines on delete cascade,
  cache_key text not null check (cache_key ~ '^[0-9a-f]{64}$'),
  step text not null,
  answer text not null,
  stop text not null check (stop in ('end', 'length', 'refusal')),
  answered_at timestamptz not null default now(),
  primary key (timeline_id, cache_key, step)
);
alter table extraction_answers enable row level security;
create policy one_timeline on extraction_answers
  using (timeline_id = (select app.scope_id())) with check (timeline_id = (select app.scope_id()));
