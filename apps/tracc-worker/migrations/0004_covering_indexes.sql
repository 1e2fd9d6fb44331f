-- Budgets sum a month from the index alone: every column that says whether a row counts, and how much, is in it.
drop index transactions_by_date;
create index transactions_by_date on transactions (user_id, booking_date)
  include (category_id, status, kind, is_split, currency, amount_minor, foreign_currency, foreign_amount_minor)
  where booking_date is not null;
drop index transactions_by_instant;
create index transactions_by_instant on transactions (user_id, occurred_at)
  include (category_id, status, kind, is_split, currency, amount_minor, foreign_currency, foreign_amount_minor)
  where booking_date is null;
