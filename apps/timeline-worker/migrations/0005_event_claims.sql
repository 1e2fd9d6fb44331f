-- What sources say of an event, as runs have found it: an event is what its claims come to when they are folded together, in
-- whatever order runs have brought them. An imported event, or one that is older than this table, has none and is its own claim
-- until a run recognises it.
create table event_claims (
  timeline_id text not null,
  event_id uuid not null,
  -- The beginning of the SHA-256 of all that the claim says: the same claim is kept once.
  claim_id text not null check (claim_id ~ '^[0-9a-f]{32}$'),
  claim jsonb not null,
  primary key (timeline_id, event_id, claim_id),
  foreign key (timeline_id, event_id) references events on delete cascade
);

alter table event_claims enable row level security;
create policy one_timeline on event_claims
  using (timeline_id = (select app.scope_id())) with check (timeline_id = (select app.scope_id()));

-- By which year and month a Samvat date was read; null for other calendars and for older dates.
alter table events add column date_reckoning jsonb;
