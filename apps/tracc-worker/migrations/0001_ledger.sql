-- The ledger of every user. Amounts are integer minor units of the row's currency (negative = money out).
-- A row has a civil booking date, or only an instant, which then counts in the user's zone.

-- ISO 4217 codes and their minor-unit exponents, equal to the kernel's table (a test compares them).
create table currencies (
  code char(3) primary key,
  exponent int not null
);
insert into currencies (code, exponent) values
  ('AED', 2), ('AFN', 2), ('ALL', 2), ('AMD', 2), ('AOA', 2), ('ARS', 2), ('AUD', 2), ('AWG', 2), ('AZN', 2),
  ('BAM', 2), ('BBD', 2), ('BDT', 2), ('BHD', 3), ('BIF', 0), ('BMD', 2), ('BND', 2), ('BOB', 2), ('BRL', 2),
  ('BSD', 2), ('BTN', 2), ('BWP', 2), ('BYN', 2), ('BZD', 2), ('CAD', 2), ('CDF', 2), ('CHF', 2), ('CLF', 4),
  ('CLP', 0), ('CNY', 2), ('COP', 2), ('CRC', 2), ('CUP', 2), ('CVE', 2), ('CZK', 2), ('DJF', 0), ('DKK', 2),
  ('DOP', 2), ('DZD', 2), ('EGP', 2), ('ERN', 2), ('ETB', 2), ('EUR', 2), ('FJD', 2), ('FKP', 2), ('GBP', 2),
  ('GEL', 2), ('GHS', 2), ('GIP', 2), ('GMD', 2), ('GNF', 0), ('GTQ', 2), ('GYD', 2), ('HKD', 2), ('HNL', 2),
  ('HTG', 2), ('HUF', 2), ('IDR', 2), ('ILS', 2), ('INR', 2), ('IQD', 3), ('IRR', 2), ('ISK', 0), ('JMD', 2),
  ('JOD', 3), ('JPY', 0), ('KES', 2), ('KGS', 2), ('KHR', 2), ('KMF', 0), ('KPW', 2), ('KRW', 0), ('KWD', 3),
  ('KYD', 2), ('KZT', 2), ('LAK', 2), ('LBP', 2), ('LKR', 2), ('LRD', 2), ('LSL', 2), ('LYD', 3), ('MAD', 2),
  ('MDL', 2), ('MGA', 2), ('MKD', 2), ('MMK', 2), ('MNT', 2), ('MOP', 2), ('MRU', 2), ('MUR', 2), ('MVR', 2),
  ('MWK', 2), ('MXN', 2), ('MYR', 2), ('MZN', 2), ('NAD', 2), ('NGN', 2), ('NIO', 2), ('NOK', 2), ('NPR', 2),
  ('NZD', 2), ('OMR', 3), ('PAB', 2), ('PEN', 2), ('PGK', 2), ('PHP', 2), ('PKR', 2), ('PLN', 2), ('PYG', 0),
  ('QAR', 2), ('RON', 2), ('RSD', 2), ('RUB', 2), ('RWF', 0), ('SAR', 2), ('SBD', 2), ('SCR', 2), ('SDG', 2),
  ('SEK', 2), ('SGD', 2), ('SHP', 2), ('SLE', 2), ('SOS', 2), ('SRD', 2), ('SSP', 2), ('STN', 2), ('SVC', 2),
  ('SYP', 2), ('SZL', 2), ('THB', 2), ('TJS', 2), ('TMT', 2), ('TND', 3), ('TOP', 2), ('TRY', 2), ('TTD', 2),
  ('TWD', 2), ('TZS', 2), ('UAH', 2), ('UGX', 0), ('USD', 2), ('UYU', 2), ('UYW', 4), ('UZS', 2), ('VED', 2),
  ('VES', 2), ('VND', 0), ('VUV', 0), ('WST', 2), ('XAF', 0), ('XCD', 2), ('XCG', 2), ('XOF', 0), ('XPF', 0),
  ('YER', 2), ('ZAR', 2), ('ZMW', 2), ('ZWG', 2);

call app.only_owner_writes('currencies');

create table users (
  user_id text primary key,
  display_name text not null,
  zone text not null,
  email text,
  created_at timestamptz not null default now()
);

create table accounts (
  user_id text not null references users,
  account_id text not null,
  name text not null,
  kind text not null check (kind in ('checking', 'savings', 'credit', 'cash', 'investment', 'loan')),
  currency char(3) not null references currencies,
  closed_at timestamptz,
  primary key (user_id, account_id)
);

create table categories (
  user_id text not null references users,
  category_id text not null,
  name text not null,
  kind text not null check (kind in ('expense', 'income')),
  primary key (user_id, category_id)
);

create table transactions (
  transaction_id bigint generated always as identity primary key,
  user_id text not null,
  account_id text not null,
  booking_date date,
  occurred_at timestamptz,
  amount_minor bigint not null,
  currency char(3) not null references currencies,
  foreign_amount_minor bigint,
  foreign_currency char(3) references currencies,
  category_id text,
  description text not null default '',
  payee text not null default '',
  notes text not null default '',
  kind text not null default 'normal' check (kind in ('normal', 'transfer')),
  status text not null default 'posted' check (status in ('posted', 'pending', 'void')),
  -- A split is a parent row (not counted) and its lines (counted), which sum to it.
  is_split boolean not null default false,
  parent_id bigint references transactions on delete cascade,
  transfer_id text,
  -- First 16 bytes of the SHA-256 of the key that makes this row exist only once (import line, recurrence, seed).
  external_key bytea check (length(external_key) = 16),
  source text not null default 'manual' check (source in ('manual', 'import', 'recurring', 'seed')),
  import_id text,
  import_line int,
  template_id text,
  template_version int,
  nominal_date date,
  late boolean not null default false,
  possible_duplicate_of bigint,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (booking_date is not null or occurred_at is not null),
  check ((foreign_amount_minor is null) = (foreign_currency is null)),
  foreign key (user_id, account_id) references accounts,
  foreign key (user_id, category_id) references categories
);
-- Who reverts an import must know which rows were edited since, whoever edits them.
create function touch_updated_at() returns trigger
  language plpgsql
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
create trigger transactions_touch before update on transactions
  for each row when (old.* is distinct from new.*) execute function touch_updated_at();

create unique index transactions_external_key on transactions (user_id, account_id, external_key);
create index transactions_by_date on transactions (user_id, booking_date)
  include (amount_minor, currency, category_id, kind, status, is_split) where booking_date is not null;
create index transactions_by_instant on transactions (user_id, occurred_at) where booking_date is null;
create index transactions_by_import on transactions (user_id, import_id) where import_id is not null;
create index transactions_by_template on transactions (user_id, template_id, nominal_date) where template_id is not null;
create index transactions_by_parent on transactions (parent_id) where parent_id is not null;

-- One unit of base is worth rate units of quote. The same for every user, written by the operator.
create table fx_rates (
  date date not null,
  base char(3) not null references currencies,
  quote char(3) not null references currencies,
  rate numeric not null check (rate > 0),
  primary key (base, quote, date)
);
call app.only_owner_writes('fx_rates');

do $$
declare
  name text;
begin
  foreach name in array array['users', 'accounts', 'categories', 'transactions'] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy one_user on %I using (user_id = (select app.scope_id())) with check (user_id = (select app.scope_id()))',
      name);
  end loop;
end
$$;
