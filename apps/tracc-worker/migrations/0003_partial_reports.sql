-- A report made before its month has ended is not the month's last word: the daily check makes the final one.
alter table reports add column partial boolean not null default false;
