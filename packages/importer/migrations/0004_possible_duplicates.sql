-- The last step of a load: rows that may be there already, from another source, are flagged part by part, each part with its
-- checkpoint in one transaction. Null until it is known how many parts there are.
alter table imports add column flag_parts int;
alter table imports add column flagged_parts int not null default 0;
