import type { Queryable } from '@backend/shared/pg';

/**
 * What both common table expressions below begin with. Parameters: $1 budget ids, $2 first civil date, $3 the date after
 * the last.
 *
 * `wanted`: the expense categories of each budget. `dated`: the rows that may count, with their civil date: the booking date,
 * else the instant's date in the user's zone. Void rows, transfers and the parents of splits never count. The two branches
 * let each use its own covering index; the instants get a day of slack there, because where the clocks go back over
 * midnight it comes twice, and only the civil date says which day it opens.
 */
const DATED = `
  wanted as materialized (
    select b.budget_id, b.currency as budget_currency, b.month_start_day, c.category_id, c.name as category_name
    from budgets b
    join budget_categories bc on bc.budget_id = b.budget_id
    join categories c on c.user_id = bc.user_id and c.category_id = bc.category_id and c.kind = 'expense'
    where b.budget_id = any ($1)
  ),
  home as materialized (select zone from users where user_id = app.scope_id()),
  dated as not materialized (
    select t.*, t.booking_date as date
    from transactions t
    where t.user_id = app.scope_id() and t.booking_date >= $2 and t.booking_date < $3
      and t.kind <> 'transfer' and t.status in ('posted', 'pending') and not t.is_split
    union all
    select t.*, (t.occurred_at at time zone (select zone from home))::date as date
    from transactions t
    where t.user_id = app.scope_id() and t.booking_date is null
      and t.occurred_at >= ($2::date - 1)::timestamp at time zone (select zone from home)
      and t.occurred_at < ($3::date + 1)::timestamp at time zone (select zone from home)
      and (t.occurred_at at time zone (select zone from home))::date >= $2
      and (t.occurred_at at time zone (select zone from home))::date < $3
      and t.kind <> 'transfer' and t.status in ('posted', 'pending') and not t.is_split
  )`;

/** The month (`YYYY-MM`) that a date is in, for a month that begins on month_start_day. */
const MONTH = `to_char(date - (month_start_day - 1), 'YYYY-MM')`;

/** The last rate on or before a row's date that is at most 10 days old: minor units of the budget for one of the row. */
const RATE = `
  select fx.rate * power(10::numeric, to_c.exponent - from_c.exponent) as factor
  from fx_rates fx join currencies from_c on from_c.code = fx.base join currencies to_c on to_c.code = fx.quote
  where fx.base = own.currency and fx.quote = own.budget_currency and fx.date <= own.date and fx.date >= own.date - 10
  order by fx.date desc limit 1`;

/**
 * The table `budget_days`: sums for a budget, category, day, status and currency. `net` and `refunds` are in the budget's
 * currency, null where no rate converts; `rows` counts.
 *
 * An amount in the budget's currency is the row's own, else its foreign amount, else its own converted with the day's
 * rate, half-even for each row. Rows are summed by day before they meet the budgets, so a month is read once however many
 * budgets there are, and only rows that need a rate are read again.
 */
const BUDGET_DAYS = `${DATED},
  sums as materialized (
    select category_id, date, status, currency, foreign_currency, count(*) as rows,
      sum(amount_minor) as net, sum(amount_minor) filter (where amount_minor > 0) as refunds,
      sum(foreign_amount_minor) as foreign_net,
      sum(foreign_amount_minor) filter (where foreign_amount_minor > 0) as foreign_refunds
    from dated group by category_id, date, status, currency, foreign_currency
  ),
  rates as materialized (
    select own.*, rate.factor
    from (
      select distinct s.currency, s.date, w.budget_currency
      from sums s join wanted w on w.category_id = s.category_id
      where s.currency <> w.budget_currency and s.foreign_currency is distinct from w.budget_currency
    ) own
    cross join lateral (${RATE}) rate
  ),
  converted as materialized (
    select category_id, date, status, currency, foreign_currency, budget_currency,
      sum(amount) as net, sum(amount) filter (where amount > 0) as refunds
    from (
      select d.category_id, d.date, d.status, d.currency, d.foreign_currency, r.budget_currency,
        app.round_half_even(d.amount_minor * r.factor) as amount
      from dated d join rates r on r.currency = d.currency and r.date = d.date
      offset 0 -- each amount is computed once, not once for each aggregate
    ) each
    group by category_id, date, status, currency, foreign_currency, budget_currency
  ),
  budget_days as (
    select w.budget_id, w.month_start_day, w.category_id, w.category_name, s.date, s.status, s.rows,
      case
        when s.currency = w.budget_currency then s.net
        when s.foreign_currency = w.budget_currency then s.foreign_net
        else c.net
      end as net,
      case
        when s.currency = w.budget_currency then s.refunds
        when s.foreign_currency = w.budget_currency then s.foreign_refunds
        else c.refunds
      end as refunds
    from sums s
    join wanted w on w.category_id = s.category_id
    left join converted c
      on c.category_id = s.category_id and c.date = s.date and c.status = s.status and c.currency = s.currency
      and c.foreign_currency is not distinct from s.foreign_currency and c.budget_currency = w.budget_currency
  )`;

/**
 * The table `budget_rows`: the single rows of `budget_days`, `amount_minor` in the budget's currency by the same rules, and
 * their `month`.
 */
export const BUDGET_ROWS = `${DATED},
  budget_rows as (
    select own.*, ${MONTH} as month,
      case
        when own.currency = own.budget_currency then own.own_minor
        when own.foreign_currency = own.budget_currency then own.foreign_amount_minor
        else app.round_half_even(own.own_minor * (${RATE}))
      end as amount_minor
    from (
      select w.budget_id, w.budget_currency, w.month_start_day, w.category_name, d.transaction_id, d.date, d.status,
        d.currency, d.amount_minor as own_minor, d.foreign_currency, d.foreign_amount_minor
      from dated d join wanted w on w.category_id = d.category_id
    ) own
    offset 0
  )`;

/** Budgets and the civil dates between which rows are read; `to` is exclusive. */
export interface SpendingRange {
  readonly budgetIds: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** What one budget spent in one month. Amounts are minor units of the budget's currency; spent is positive for money out. */
export interface SpentRow {
  readonly budgetId: string;
  readonly month: string;
  readonly postedMinor: string;
  readonly pendingMinor: string;
  readonly refundsMinor: string;
  readonly unconverted: number;
  /** The three categories on which most was spent, posted and pending, most first; those that only got money are left out. */
  readonly topCategories: readonly { readonly name: string; readonly spentMinor: string }[];
}

/** Sums of every budget and month with rows between two civil dates, aggregated by the database in one reading. */
export async function readSpentByMonth(tx: Queryable, { budgetIds, from, to }: SpendingRange): Promise<SpentRow[]> {
  const { rows } = await tx.query<SpentRow>(
    `with ${BUDGET_DAYS},
     by_category as (
       select budget_id, ${MONTH} as month, category_name,
         sum(net) as net, sum(net) filter (where status = 'posted') as posted,
         sum(net) filter (where status = 'pending') as pending, sum(refunds) as refunds,
         sum(rows) filter (where net is null) as unconverted
       from budget_days group by budget_id, month, category_id, category_name
     )
     select budget_id as "budgetId", month,
       coalesce(-sum(posted), 0)::text as "postedMinor", coalesce(-sum(pending), 0)::text as "pendingMinor",
       coalesce(sum(refunds), 0)::text as "refundsMinor", coalesce(sum(unconverted), 0)::int as unconverted,
       to_jsonb(coalesce(
         (array_agg(jsonb_build_object('name', category_name, 'spentMinor', (-net)::text) order by net, category_name)
           filter (where net < 0))[1:3], '{}')) as "topCategories"
     from by_category group by budget_id, month`,
    [budgetIds, from, to],
  );
  return rows;
}

/** What a budget spent in one category on one day, posted rows only, net of refunds. */
export interface SpentOnDay {
  readonly budgetId: string;
  readonly categoryId: string;
  readonly name: string;
  readonly date: string;
  readonly spentMinor: bigint;
  readonly refundsMinor: bigint;
  readonly rows: number;
}

/** Posted rows by budget, category and day. */
export async function readSpentByDay(tx: Queryable, { budgetIds, from, to }: SpendingRange): Promise<SpentOnDay[]> {
  const { rows } = await tx.query<
    Omit<SpentOnDay, 'spentMinor' | 'refundsMinor'> & { spentMinor: string; refundsMinor: string }
  >(
    `with ${BUDGET_DAYS}
     select budget_id as "budgetId", category_id as "categoryId", category_name as name, date,
       (-sum(net))::text as "spentMinor", coalesce(sum(refunds), 0)::text as "refundsMinor", sum(rows)::int as rows
     from budget_days where status = 'posted' and net is not null
     group by budget_id, category_id, category_name, date order by budget_id, category_id, date`,
    [budgetIds, from, to],
  );
  return rows.map((row) => ({ ...row, spentMinor: BigInt(row.spentMinor), refundsMinor: BigInt(row.refundsMinor) }));
}
