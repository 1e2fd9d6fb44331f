import type { Queryable } from '@backend/shared/pg';

/**
 * The rows that count in budgets, as a common table expression named `budget_rows`. Parameters: $1 budget ids, $2 first
 * civil date, $3 the date after the last.
 *
 * A row counts in a budget when its category is one of the budget's expense categories, it is not void, not a transfer and
 * not the parent of a split. Its date is the booking date, else the instant's date in the user's zone. Its amount in the
 * budget's currency is its own, else its foreign amount, else converted with the last rate on or before the date that is
 * at most 10 days old, half-even; else null. The two branches let each use its own index; the instants get a day of slack
 * there, because where the clocks go back over midnight it comes twice, and only the civil date says which day it opens.
 */
export const BUDGET_ROWS = `
  dated as (
    select t.*, t.booking_date as date
    from transactions t
    where t.user_id = app.scope_id() and t.booking_date >= $2 and t.booking_date < $3
    union all
    select t.*, (t.occurred_at at time zone u.zone)::date as date
    from transactions t join users u on u.user_id = t.user_id
    where t.user_id = app.scope_id() and t.booking_date is null
      and t.occurred_at >= ($2::date - 1)::timestamp at time zone u.zone
      and t.occurred_at < ($3::date + 1)::timestamp at time zone u.zone
      and (t.occurred_at at time zone u.zone)::date >= $2 and (t.occurred_at at time zone u.zone)::date < $3
  ),
  budget_rows as (
    select b.budget_id, b.currency as budget_currency, c.name as category_name, d.transaction_id, d.date, d.category_id,
      d.description, d.payee, d.status, d.amount_minor as own_minor, d.currency as own_currency,
      to_char(d.date - (b.month_start_day - 1), 'YYYY-MM') as month,
      case
        when d.currency = b.currency then d.amount_minor
        when d.foreign_currency = b.currency then d.foreign_amount_minor
        else app.round_half_even(d.amount_minor * fx.rate * power(10::numeric, to_c.exponent - from_c.exponent))::bigint
      end as amount_minor
    from budgets b
    join budget_categories bc on bc.budget_id = b.budget_id
    join categories c on c.user_id = bc.user_id and c.category_id = bc.category_id and c.kind = 'expense'
    join dated d on d.category_id = bc.category_id
    left join currencies from_c on from_c.code = d.currency
    left join currencies to_c on to_c.code = b.currency
    left join lateral (
      select rate from fx_rates
      where base = d.currency and quote = b.currency and date <= d.date and date >= d.date - 10
      order by date desc limit 1
    ) fx on d.currency <> b.currency
    where b.budget_id = any ($1) and d.kind <> 'transfer' and d.status in ('posted', 'pending') and not d.is_split
  )`;

/** What one budget spent in one month. Amounts are minor units of the budget's currency; spent is positive for money out. */
export interface SpentRow {
  readonly budgetId: string;
  readonly month: string;
  readonly postedMinor: string;
  readonly pendingMinor: string;
  readonly refundsMinor: string;
  readonly unconverted: number;
}

/** Sums of every budget and month with rows between two civil dates (`to` exclusive), aggregated by the database. */
export async function readSpentByMonth(
  tx: Queryable,
  { budgetIds, from, to }: { budgetIds: readonly string[]; from: string; to: string },
): Promise<SpentRow[]> {
  const { rows } = await tx.query<SpentRow>(
    `with ${BUDGET_ROWS}
     select budget_id as "budgetId", month,
       coalesce(-sum(amount_minor) filter (where status = 'posted'), 0)::text as "postedMinor",
       coalesce(-sum(amount_minor) filter (where status = 'pending'), 0)::text as "pendingMinor",
       coalesce(sum(amount_minor) filter (where amount_minor > 0), 0)::text as "refundsMinor",
       (count(*) filter (where amount_minor is null))::int as unconverted
     from budget_rows group by budget_id, month`,
    [budgetIds, from, to],
  );
  return rows;
}

/** The categories on which a budget spent most in a month, posted and pending. */
export async function readTopCategories(
  tx: Queryable,
  { budgetId, month, from, to, limit }: { budgetId: string; month: string; from: string; to: string; limit: number },
): Promise<{ name: string; spentMinor: string }[]> {
  const { rows } = await tx.query<{ name: string; spentMinor: string }>(
    `with ${BUDGET_ROWS}
     select category_name as name, (-sum(amount_minor))::text as "spentMinor"
     from budget_rows where month = $4 and amount_minor is not null
     group by category_name having sum(amount_minor) < 0 order by sum(amount_minor), category_name limit $5`,
    [[budgetId], from, to, month, limit],
  );
  return rows;
}
