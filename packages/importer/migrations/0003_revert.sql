-- A revert deletes in chunks, each a transaction: `reverting` keeps every other writer of the job, and every load into its target,
-- out until the last one is done.
alter table imports drop constraint imports_status_check;
alter table imports add constraint imports_status_check check (status in
  ('running', 'completed', 'completed_with_errors', 'aborted', 'cancelled', 'failed', 'reverting', 'reverted'));
-- Rows that a revert has deleted so far, and rows that it has left because they were edited since; null before its end.
alter table imports add column deleted_rows int not null default 0;
alter table imports add column kept_rows int;
