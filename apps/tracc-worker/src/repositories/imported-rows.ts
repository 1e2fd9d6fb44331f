import type { BankRecord, ImportSummary } from '@backend/importer/records';
import type { Queryable } from '@backend/shared/pg';

/** An account that rows can be added to, with its currency and its user's zone. */
export async function findOpenAccount(
  tx: Queryable,
  accountId: string,
): Promise<{ accountId: string; currency: string; zone: string } | undefined> {
  const { rows } = await tx.query<{ accountId: string; currency: string; zone: string }>(
    `select a.account_id as "accountId", a.currency, u.zone
     from accounts a join users u on u.user_id = a.user_id
     where a.user_id = app.scope_id() and a.account_id = $1 and a.closed_at is null`,
    [accountId],
  );
  return rows[0];
}

/**
 * Adds the rows of a chunk in one statement and returns how many were new. A category of the file is taken when the user
 * has one of that name; rows that exist are never changed.
 */
export async function loadBankRows(
  tx: Queryable,
  {
    importId,
    accountId,
    rows,
  }: { importId: string; accountId: string; rows: readonly { row: BankRecord; key: Buffer }[] },
): Promise<number> {
  const { rowCount } = await tx.query(
    `insert into transactions
       (user_id, account_id, booking_date, amount_minor, currency, description, payee, notes, category_id, external_key,
        source, import_id, import_line)
     select app.scope_id(), $1, r.booking_date, r.amount_minor, r.currency, r.description, r.payee, r.notes, c.category_id,
       r.external_key, 'import', $2, r.line
     from unnest($3::date[], $4::bigint[], $5::char(3)[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bytea[], $11::int[])
       as r (booking_date, amount_minor, currency, description, payee, notes, category, external_key, line)
     left join categories c on c.user_id = app.scope_id() and r.category <> '' and lower(c.name) = lower(r.category)
     on conflict (user_id, account_id, external_key) do nothing`,
    [
      accountId,
      importId,
      rows.map(({ row }) => row.date),
      rows.map(({ row }) => row.amountMinor.toString()),
      rows.map(({ row }) => row.currency),
      rows.map(({ row }) => row.description),
      rows.map(({ row }) => row.payee),
      rows.map(({ row }) => row.notes ?? ''),
      rows.map(({ row }) => row.category ?? ''),
      rows.map(({ key }) => key),
      rows.map(({ row }) => row.line),
    ],
  );
  return rowCount ?? 0;
}

/** Sums, date range and flags of the rows that an import added. */
export async function summariseImport(tx: Queryable, importId: string): Promise<ImportSummary> {
  const { rows } = await tx.query<{
    currency: string;
    inMinor: string;
    outMinor: string;
    dateFrom: string;
    dateTo: string;
    possibleDuplicates: number;
  }>(
    `select currency, coalesce(sum(amount_minor) filter (where amount_minor > 0), 0)::text as "inMinor",
       coalesce(sum(amount_minor) filter (where amount_minor < 0), 0)::text as "outMinor",
       min(booking_date) as "dateFrom", max(booking_date) as "dateTo",
       count(possible_duplicate_of)::int as "possibleDuplicates"
     from transactions where user_id = app.scope_id() and import_id = $1 group by currency order by currency`,
    [importId],
  );
  return {
    byCurrency: Object.fromEntries(rows.map(({ currency, inMinor, outMinor }) => [currency, { inMinor, outMinor }])),
    dateFrom: rows.map(({ dateFrom }) => dateFrom).sort()[0] ?? null,
    dateTo:
      rows
        .map(({ dateTo }) => dateTo)
        .sort()
        .at(-1) ?? null,
    possibleDuplicates: rows.reduce((sum, row) => sum + row.possibleDuplicates, 0),
  };
}
