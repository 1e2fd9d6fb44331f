import type { Queryable } from '@backend/shared/pg';
import { BUDGET_ROWS } from './spending';

/** One budget's month: the rows a report is made of. `from` and `to` are civil dates, `to` exclusive. */
export interface BudgetMonth {
  readonly budgetId: string;
  readonly month: string;
  readonly from: string;
  readonly to: string;
}

const parameters = ({ budgetId, from, to, month }: BudgetMonth): unknown[] => [[budgetId], from, to, month];

/** Posted rows by category, net of refunds. */
export async function spentByCategory(tx: Queryable, budget: BudgetMonth) {
  const { rows } = await tx.query<{
    categoryId: string;
    name: string;
    spentMinor: string;
    refundsMinor: string;
    rows: number;
  }>(
    `with ${BUDGET_ROWS}
     select category_id as "categoryId", category_name as name, (-sum(amount_minor))::text as "spentMinor",
       coalesce(sum(amount_minor) filter (where amount_minor > 0), 0)::text as "refundsMinor", count(*)::int as rows
     from budget_rows where month = $4 and status = 'posted' and amount_minor is not null
     group by category_id, category_name order by category_id`,
    parameters(budget),
  );
  return rows.map((row) => ({ ...row, spentMinor: BigInt(row.spentMinor), refundsMinor: BigInt(row.refundsMinor) }));
}

/** Posted rows by day, net of refunds. */
export async function spentByDay(tx: Queryable, budget: BudgetMonth) {
  const { rows } = await tx.query<{ date: string; spentMinor: string }>(
    `with ${BUDGET_ROWS}
     select date, (-sum(amount_minor))::text as "spentMinor"
     from budget_rows where month = $4 and status = 'posted' and amount_minor is not null group by date order by date`,
    parameters(budget),
  );
  return rows.map((row) => ({ ...row, spentMinor: BigInt(row.spentMinor) }));
}

/** The largest posted rows of money out. */
export async function largestRows(tx: Queryable, budget: BudgetMonth & { readonly limit: number }) {
  const { rows } = await tx.query<{
    transactionId: string;
    date: string;
    description: string;
    category: string;
    amountMinor: string;
    ownMinor: string;
    ownCurrency: string;
  }>(
    `with ${BUDGET_ROWS}
     select transaction_id as "transactionId", date, coalesce(nullif(payee, ''), description) as description,
       category_name as category, amount_minor::text as "amountMinor", own_minor as "ownMinor", own_currency as "ownCurrency"
     from budget_rows where month = $4 and status = 'posted' and amount_minor < 0
     order by amount_minor, date, transaction_id limit $5`,
    [...parameters(budget), budget.limit],
  );
  return rows;
}

/** Rows that no rate converts, oldest first, and how many there are in all. */
export async function unconvertedRows(tx: Queryable, budget: BudgetMonth & { readonly limit: number }) {
  const { rows } = await tx.query<{
    transactionId: string;
    date: string;
    description: string;
    ownMinor: string;
    ownCurrency: string;
    total: number;
  }>(
    `with ${BUDGET_ROWS}
     select transaction_id as "transactionId", date, coalesce(nullif(payee, ''), description) as description,
       own_minor as "ownMinor", own_currency as "ownCurrency", (count(*) over ())::int as total
     from budget_rows where month = $4 and amount_minor is null order by date, transaction_id limit $5`,
    [...parameters(budget), budget.limit],
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
