import { inTurns } from '@backend/shared/activity';
import type { Queryable } from '@backend/shared/pg';
import type { TestDatabase } from '@backend/shared/testing';
import { flagPart, openFlagSearch } from '../src/repositories';
import { addAccount } from './support';

const USER = 'u1';

export const target = (importId: string, targetId: string) => ({ importId, scopeId: USER, targetId });
/** Searches an import for possible duplicates, as one part. */
export const flagAll = async (tx: Queryable, searched: ReturnType<typeof target>) =>
  flagPart(tx, { search: await openFlagSearch(tx, searched), part: 0, parts: 1, inTurns }, () => undefined);

interface Row {
  readonly id: string;
  readonly line: number;
  /** The row that it may be a duplicate of. */
  readonly flag: string | null;
}

/** Imports of the user `u1` as they stand in a database, how they got there being the business of other tests; and their flags. */
export function createPairs(database: () => TestDatabase) {
  let accounts = 0;
  const newAccount = async () => addAccount(database(), { userId: USER, accountId: `a${(accounts += 1)}` });

  /** Rows of an import, one a day from 2024-01-01 (or so many days later) on, each of an amount of its own; row n is the same payment in every import. */
  async function addImport(
    importId: string,
    accountId: string,
    rows: number,
    text = 'purchase',
    later = 0,
  ): Promise<void> {
    await database().query(
      `insert into imports (import_id, scope_id, target, source, source_sha256, mode, on_row_error, status)
       values ($1, $2, $3, jsonb_build_object('filename', $1::text || '.csv'), $1, 'commit', 'skip', 'completed')`,
      [importId, USER, accountId],
    );
    await database().query(
      `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, description, source, import_id, import_line)
       select $1, $2, date '2024-01-01' + n % 730 + $6::int, -100 - n, 'EUR', $4 || ' ' || n, 'import', $3, n + 2
       from generate_series(0, $5::int - 1) n`,
      [USER, accountId, importId, text, rows, later],
    );
  }

  const search = async (importId: string, accountId: string) =>
    database().scope(USER, async (tx) => flagAll(tx, target(importId, accountId)));

  /** An account with the rows of two sources, the later ones flagged. */
  async function flaggedPair(name: string, rows = 3): Promise<string> {
    const accountId = await newAccount();
    await addImport(`${name}-old`, accountId, rows);
    await addImport(`${name}-new`, accountId, rows, 'PURCHASE NO');
    await search(`${name}-new`, accountId);
    return accountId;
  }

  const rowsOf = async (importId: string) =>
    database().query<Row>(
      `select transaction_id as id, import_line as line, possible_duplicate_of as flag from transactions where import_id = $1 order by import_line`,
      [importId],
    );
  const flagsOf = async (importId: string) => (await rowsOf(importId)).map(({ flag }) => flag);
  const idsOf = async (importId: string) => (await rowsOf(importId)).map(({ id }) => id);
  /** A statement as the worker makes it, in a transaction of its own. */
  const asWorker = async (text: string, values: unknown[]) =>
    database().scope(USER, async (tx) => tx.query(text, values));

  return { newAccount, addImport, search, flaggedPair, rowsOf, flagsOf, idsOf, asWorker };
}
