-- A null among the thresholds makes the bounds on them unknown, which a check lets pass; a month before the common era has no
-- civil date.
alter table budgets
  add check (array_position(thresholds_pct, null) is null),
  add check (rollover_since >= '1900-01');
