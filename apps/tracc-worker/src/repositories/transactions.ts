import { createHash } from 'node:crypto';
import type { Queryable } from '@backend/shared/pg';

/** A row to add to the ledger; amounts are integer minor units as text. */
export interface NewTransaction {
  readonly accountId: string;
  readonly bookingDate: string | null;
  readonly occurredAt?: string | null;
  readonly amountMinor: string;
  readonly currency: string;
  readonly foreignAmountMinor?: string | null;
  readonly foreignCurrency?: string | null;
  readonly categoryId?: string | null;
  readonly description: string;
  readonly payee?: string;
  readonly kind: 'normal' | 'transfer';
  readonly status?: 'posted' | 'pending' | 'void';
  readonly isSplit?: boolean;
  readonly parentId?: string | null;
  readonly transferId?: string | null;
  readonly externalKey: Buffer | null;
  readonly source: 'manual' | 'import' | 'recurring' | 'seed';
  readonly templateId?: string | null;
  readonly templateVersion?: number | null;
  readonly nominalDate?: string | null;
  readonly late?: boolean;
}

/** The stored form of a key that makes a row exist only once: the first 16 bytes of its SHA-256. */
export function externalKey(key: string): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, 16);
}

const COLUMNS: readonly { name: string; type: string; value: (row: NewTransaction) => unknown }[] = [
  { name: 'account_id', type: 'text', value: (row) => row.accountId },
  { name: 'booking_date', type: 'date', value: (row) => row.bookingDate },
  { name: 'occurred_at', type: 'timestamptz', value: (row) => row.occurredAt ?? null },
  { name: 'amount_minor', type: 'bigint', value: (row) => row.amountMinor },
  { name: 'currency', type: 'char(3)', value: (row) => row.currency },
  { name: 'foreign_amount_minor', type: 'bigint', value: (row) => row.foreignAmountMinor ?? null },
  { name: 'foreign_currency', type: 'char(3)', value: (row) => row.foreignCurrency ?? null },
  { name: 'category_id', type: 'text', value: (row) => row.categoryId ?? null },
  { name: 'description', type: 'text', value: (row) => row.description },
  { name: 'payee', type: 'text', value: (row) => row.payee ?? '' },
  { name: 'kind', type: 'text', value: (row) => row.kind },
  { name: 'status', type: 'text', value: (row) => row.status ?? 'posted' },
  { name: 'is_split', type: 'boolean', value: (row) => row.isSplit ?? false },
  { name: 'parent_id', type: 'bigint', value: (row) => row.parentId ?? null },
  { name: 'transfer_id', type: 'text', value: (row) => row.transferId ?? null },
  { name: 'external_key', type: 'bytea', value: (row) => row.externalKey },
  { name: 'source', type: 'text', value: (row) => row.source },
  { name: 'template_id', type: 'text', value: (row) => row.templateId ?? null },
  { name: 'template_version', type: 'int', value: (row) => row.templateVersion ?? null },
  { name: 'nominal_date', type: 'date', value: (row) => row.nominalDate ?? null },
  { name: 'late', type: 'boolean', value: (row) => row.late ?? false },
];

const INSERT = `
  insert into transactions (user_id, ${COLUMNS.map(({ name }) => name).join(', ')})
  select app.scope_id(), new_row.* from unnest(${COLUMNS.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')}) as new_row
  on conflict (user_id, account_id, external_key) do nothing
  returning transaction_id as "transactionId", encode(external_key, 'hex') as "externalKey"`;

/** Adds rows in one statement; a row whose key the account has already is left as it is. Returns what was added. */
export async function insertTransactions(
  tx: Queryable,
  rows: readonly NewTransaction[],
): Promise<{ transactionId: string; externalKey: string | null }[]> {
  if (rows.length === 0) return [];
  const result = await tx.query<{ transactionId: string; externalKey: string | null }>(
    INSERT,
    COLUMNS.map(({ value }) => rows.map(value)),
  );
  return result.rows;
}
