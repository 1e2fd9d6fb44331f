-- How the rows went in: by COPY, or by INSERT where the database has no role for it.
alter table imports add column loaded_by text check (loaded_by in ('copy', 'insert'));
-- Somebody wants the work to stop after the chunk in hand: a pause or a cancel.
alter table imports add column hold boolean not null default false;
-- A file that is not delimited text is transcribed once; what is read instead of it, and what it said of itself.
alter table imports add column converted jsonb;
-- Two records of an XML file can start on one line: what is unique is the record's place in what is read.
alter table import_row_errors add column record_line int;
update import_row_errors set record_line = line;
alter table import_row_errors alter column record_line set not null;
alter table import_row_errors drop constraint import_row_errors_pkey;
alter table import_row_errors add primary key (import_id, record_line);
