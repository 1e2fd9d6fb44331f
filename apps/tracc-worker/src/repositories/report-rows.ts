import type { Queryable } from '@backend/shared/pg';
import { BUDGET_ROWS, type SpendingRange } from './spending';

/** Budgets' rows of one month; the range covers the month of each of them. */
export interface RowsOfMonth extends SpendingRange {
  readonly month: string;
  /** How many rows of a budget at most. */
  readonly limit: number;
}

const parameters = ({ budgetIds, from, to, month, limit }: RowsOfMonth): unknown[] => [
  budgetIds,
  from,
  to,
  month,
  limit,
];

/** The largest posted rows of money out of each budget. */
export async function largestRows(tx: Queryable, wanted: RowsOfMonth) {
  const { rows } = await tx.query<{
    budgetId: string;
    transactionId: string;
    date: string;
    description: string;
    category: string;
    amountMinor: string;
    ownMinor: string;
    ownCurrency: string;
  }>(
    `with ${BUDGET_ROWS},
     ranked as (
       select *, row_number() over (partition by budget_id order by amount_minor, date, transaction_id) as position
       from budget_rows where month = $4 and status = 'posted' and amount_minor < 0
     )
     select budget_id as "budgetId", r.transaction_id as "transactionId", date,
       coalesce(nullif(t.payee, ''), t.description) as description, category_name as category,
       r.amount_minor::text as "amountMinor", own_minor as "ownMinor", r.currency as "ownCurrency"
     from ranked r join transactions t on t.transaction_id = r.transaction_id
     where position <= $5 order by budget_id, position`,
    parameters(wanted),
  );
  return rows;
}

/** Rows that no rate converts, oldest first in each budget, and how many the budget has in all. */
export async function unconvertedRows(tx: Queryable, wanted: RowsOfMonth) {
  const { rows } = await tx.query<{
    budgetId: string;
    transactionId: string;
    date: string;
    description: string;
    ownMinor: string;
    ownCurrency: string;
    total: number;
  }>(
    `with ${BUDGET_ROWS},
     ranked as (
       select *, row_number() over (partition by budget_id order by date, transaction_id) as position,
         count(*) over (partition by budget_id) as total
       from budget_rows where month = $4 and amount_minor is null
     )
     select budget_id as "budgetId", r.transaction_id as "transactionId", date,
       coalesce(nullif(t.payee, ''), t.description) as description, own_minor as "ownMinor", r.currency as "ownCurrency",
       total::int
     from ranked r join transactions t on t.transaction_id = r.transaction_id
     where position <= $5 order by budget_id, position`,
    parameters(wanted),
  );
  return rows;
}

/** What became of the user's occurrences with a nominal date in the range, with the amount of the first row posted. */
export async function occurrencesBetween(tx: Queryable, { from, to }: { from: string; to: string }) {
  const { rows } = await tx.query<{
    templateId: string;
    name: string;
    nominalDate: string;
    bookingDate: string | null;
    amountMinor: string | null;
    currency: string | null;
    outcome: 'posted' | 'skipped' | 'failed';
    late: boolean;
    reason: string | null;
  }>(
    `select o.template_id as "templateId", coalesce(t.description, o.template_id) as name, o.nominal_date as "nominalDate",
       p.booking_date as "bookingDate", p.amount_minor as "amountMinor", p.currency, o.outcome, o.late, o.reason
     from recurring_occurrences o
     left join recurring_templates t on t.template_id = o.template_id
     left join lateral (
       select booking_date, amount_minor, currency from transactions
       where user_id = o.user_id and template_id = o.template_id and nominal_date = o.nominal_date and parent_id is null
       order by transaction_id limit 1
     ) p on o.outcome = 'posted'
     where o.user_id = app.scope_id() and o.nominal_date >= $1 and o.nominal_date < $2
     order by o.nominal_date, o.template_id`,
    [from, to],
  );
  return rows;
}
