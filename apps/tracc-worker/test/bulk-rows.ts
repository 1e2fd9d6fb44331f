import { createHash } from 'node:crypto';
import type { Queryable } from '@backend/shared/pg';
import type { TestDatabase } from '@backend/shared/testing';

/** A ledger row with everything said; `id` is the caller's, so that lines can name their parent in the same statement. */
export interface BulkRow {
  readonly id: number;
  readonly parent?: number;
  readonly account?: string;
  readonly date?: string;
  /** An instant as ISO 8601 text. */
  readonly at?: string;
  /** A string beyond 2^53, where JSON numbers lose units. */
  readonly minor: string;
  readonly currency: string;
  readonly foreign?: { readonly minor: string; readonly currency: string };
  readonly category: string | null;
  readonly kind?: 'normal' | 'transfer';
  readonly status?: 'posted' | 'pending' | 'void';
  readonly isSplit?: boolean;
  readonly transferId?: string;
}

/** What one unit of `base` is worth in `quote`: `rate` is decimal text. */
export interface BulkRate {
  readonly date: string;
  readonly base: string;
  readonly quote: string;
  readonly rate: string;
}

/** Puts these rows in the place of all the rows that the user has: two statements, however many rows. */
export async function replaceRows(database: TestDatabase, user: string, rows: readonly BulkRow[]): Promise<void> {
  await database.query('delete from transactions where user_id = $1', [user]);
  await database.query(
    `insert into transactions (transaction_id, user_id, account_id, booking_date, occurred_at, amount_minor, currency,
       foreign_amount_minor, foreign_currency, category_id, kind, status, is_split, parent_id, transfer_id)
     overriding system value
     select id, $1, coalesce(account, 'checking'), date, at, minor, currency, ("foreign"->>'minor')::bigint, "foreign"->>'currency', category,
       coalesce(kind, 'normal'), coalesce(status, 'posted'), coalesce("isSplit", false), parent, "transferId"
     from jsonb_to_recordset($2) as r (id bigint, parent bigint, account text, date date, at timestamptz, minor bigint, currency text,
       "foreign" jsonb, category text, kind text, status text, "isSplit" boolean, "transferId" text)`,
    [user, JSON.stringify(rows)],
  );
}

/** Puts these rates in the place of all that there are. */
export async function replaceRates(database: TestDatabase, rates: readonly BulkRate[]): Promise<void> {
  await database.query('delete from fx_rates');
  await database.query(
    `insert into fx_rates (date, base, quote, rate)
     select * from jsonb_to_recordset($1) as r (date date, base text, quote text, rate numeric)`,
    [JSON.stringify(rates)],
  );
}

/** The same connection, with each statement (text and values) prepared by its text: a thousand reads are planned a few times. */
export function prepared(tx: Queryable): Queryable {
  const query = async (text: string, values: unknown[]) =>
    tx.query({ name: createHash('md5').update(text).digest('hex'), text, values });
  return { query } as unknown as Queryable;
}
