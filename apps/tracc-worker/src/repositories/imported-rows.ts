import type {
  BankRecord,
  ImportSummary,
  KeyedRows,
  LoadTarget,
  LoadedRows,
  PackedChunk,
} from '@backend/importer/records';
import {
  type Queryable,
  copyRows,
  encodeCopyRows,
  findLoaderRole,
  firstCells,
  pickCopyRows,
  trySavepoint,
} from '@backend/shared/pg';
import { type PoolClient, escapeIdentifier } from 'pg';

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

const TARGET = {
  table: 'transactions',
  columns: [
    // In front, where it is found without a look at the other cells.
    'external_key',
    'user_id',
    'account_id',
    'booking_date',
    'amount_minor',
    'currency',
    'description',
    'payee',
    'notes',
    'category_id',
    'external_id',
    'source',
    'import_id',
    'import_line',
  ],
} as const;
/** Rows that may be there already wait here; it is a session's own, and emptied with each transaction. */
const WAITING = { table: 'import_waiting', columns: TARGET.columns } as const;

/**
 * Begins a load of bank rows: batches are packed as COPY takes them. A category of the file is taken when the user has one of
 * that name.
 */
export async function openBankLoad(
  tx: Queryable,
  { importId, scopeId, targetId }: LoadTarget,
): Promise<{ pack(rows: KeyedRows<BankRecord>, used?: Buffer): Buffer }> {
  const { rows: known } = await tx.query<{ id: string; name: string }>(
    `select category_id as id, name from categories where user_id = app.scope_id() order by category_id desc`,
  );
  const categories = new Map(known.map(({ id, name }) => [name.toLowerCase(), id]));
  return {
    pack: (rows, used) =>
      encodeCopyRows(
        rows.map(({ row, key }) => [
          { hex: key },
          scopeId,
          targetId,
          row.date,
          row.amountMinor,
          row.currency,
          row.description,
          row.payee,
          row.notes ?? '',
          (row.category && categories.get(row.category.toLowerCase())) || null,
          row.externalId ?? null,
          'import',
          importId,
          row.line,
        ]),
        used,
      ),
  };
}

/**
 * Adds the rows of a chunk and says how many were new; rows that exist are never changed. Where the database has a role for
 * it, rows are copied straight into the table: all of them, or, when some are there already, those whose key is not. Without
 * such a role, and when somebody adds such a row at the same time, they are copied aside, and what is new of them inserted.
 */
export async function loadBankRows(
  tx: PoolClient,
  { packs, rows, duplicatesExpected, targetId }: PackedChunk<Buffer> & LoadTarget,
): Promise<LoadedRows> {
  const loader = await findLoaderRole(tx, TARGET);
  if (!loader) return { imported: await mergeRows(tx, packs), by: 'insert' };
  const copyAll = async (pieces: readonly Buffer[], count: number, otherwise: () => Promise<number>): Promise<number> =>
    trySavepoint(tx, { sqlStates: [UNIQUE_VIOLATION], otherwise }, async () => {
      await tx.query(`set local role ${escapeIdentifier(loader)}`);
      await copyRows(tx, TARGET, pieces);
      await tx.query('set local role none');
      return count;
    });
  const copyNew = async (): Promise<number> => {
    const fresh = await withoutKnown(tx, { accountId: targetId, packs, rows });
    return fresh.rows === 0 ? 0 : copyAll(fresh.packs, fresh.rows, async () => mergeRows(tx, fresh.packs));
  };
  return { imported: duplicatesExpected ? await copyNew() : await copyAll(packs, rows, copyNew), by: 'copy' };
}

const UNIQUE_VIOLATION = '23505';

/** The rows whose key is not in the account. Where all of them are, which an import of the same rows is, none is looked at here. */
async function withoutKnown(
  tx: Queryable,
  { accountId, packs, rows }: { accountId: string; packs: readonly Buffer[]; rows: number },
): Promise<{ readonly packs: readonly Buffer[]; readonly rows: number }> {
  const keys = packs.map(firstCells);
  const { rows: found } = await tx.query<{ known: number; keys: string | null }>(
    `select count(*)::int as known, case when count(*) < $3 then string_agg(external_key::text, ' ') end as keys
     from transactions where user_id = app.scope_id() and account_id = $1 and external_key = any($2::bytea[])`,
    [accountId, `{${keys.map((some) => some.join(',')).join(',')}}`, rows],
  );
  const { known, keys: knownKeys } = found[0]!;
  if (known === rows) return { packs: [], rows: 0 };
  // The backslash before `x` is escaped in an encoded row.
  const isKnown = new Set(knownKeys?.split(' ').map((key) => `\\${key}`));
  let kept = 0;
  const fresh = packs.map((pack, at) =>
    pickCopyRows(pack, (place) => {
      const isNew = !isKnown.has(keys[at]![place]!);
      if (isNew) kept += 1;
      return isNew;
    }),
  );
  return { packs: fresh, rows: kept };
}

async function mergeRows(tx: PoolClient, packs: readonly Buffer[]): Promise<number> {
  const columns = WAITING.columns.join(', ');
  await tx.query(
    `create temporary table if not exists ${WAITING.table} on commit delete rows as select ${columns} from transactions with no data`,
  );
  await copyRows(tx, WAITING, packs);
  const { rowCount } = await tx.query(
    `insert into transactions (${columns}) select ${columns} from ${WAITING.table}
     on conflict (user_id, account_id, external_key) do nothing`,
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
       count(possible_duplicate_of) filter (where status <> 'void')::int as "possibleDuplicates"
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
