import type { Queryable } from '@backend/shared/pg';

/** One side of a flagged pair, as people look at it. */
export interface ComparedRow {
  readonly transactionId: string;
  readonly date: string;
  readonly description: string;
  readonly payee: string;
}

/** A row of an import that is flagged, beside the row that was there before. */
export interface PossibleDuplicate {
  readonly amountMinor: string;
  readonly currency: string;
  readonly imported: ComparedRow;
  readonly existing: ComparedRow & {
    readonly source: string;
    /** The file that it came from; null when it came from none. */
    readonly filename: string | null;
  };
}

/** The flagged rows of an import by date, at most `limit`, and how many there are in all. */
export async function listFlagged(
  tx: Queryable,
  { importId, limit }: { importId: string; limit: number },
): Promise<{ total: number; pairs: PossibleDuplicate[] }> {
  const { rows } = await tx.query<{ total: number; pair: PossibleDuplicate }>(
    `select count(*) over ()::int as total, json_build_object(
       'amountMinor', n.amount_minor::text, 'currency', n.currency,
       'imported', json_build_object('transactionId', n.transaction_id::text, 'date', n.booking_date,
         'description', n.description, 'payee', n.payee),
       'existing', json_build_object('transactionId', o.transaction_id::text,
         'date', coalesce(o.booking_date, (o.occurred_at at time zone u.zone)::date),
         'description', o.description, 'payee', o.payee, 'source', o.source, 'filename', i.source ->> 'filename')) as pair
     from transactions n
     join users u on u.user_id = n.user_id
     join transactions o on o.user_id = n.user_id and o.transaction_id = n.possible_duplicate_of
     left join imports i on i.import_id = o.import_id
     where n.user_id = app.scope_id() and n.import_id = $1 and n.status <> 'void'
     order by n.booking_date, n.transaction_id limit $2`,
    [importId, limit],
  );
  return { total: rows[0]?.total ?? 0, pairs: rows.map(({ pair }) => pair) };
}

const ARE_FLAGGED = `user_id = app.scope_id() and import_id = $1 and possible_duplicate_of is not null
  and status <> 'void' and ($2::bigint[] is null or transaction_id = any ($2::bigint[]))`;

/**
 * Takes the flags off rows of an import that are no duplicates; `ids` null: off all of them. Returns the ids. They stay without:
 * a row is compared once, when it is imported.
 */
export async function keepFlaggedRows(
  tx: Queryable,
  { importId, ids }: { importId: string; ids: readonly string[] | null },
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `update transactions set possible_duplicate_of = null where ${ARE_FLAGGED} returning transaction_id as id`,
    [importId, ids],
  );
  return rows.map(({ id }) => id);
}

/**
 * Makes flagged rows of an import void, never others; `ids` null: all of them. Returns the ids. Void rows do not count, and their
 * keys stay: the payment is a duplicate when another file brings it again. They keep their flags too: dropping is no edit that a
 * revert would spare, and with the row that it doubles a dropped row goes.
 */
export async function dropFlaggedRows(
  tx: Queryable,
  { importId, ids }: { importId: string; ids: readonly string[] | null },
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `update transactions set status = 'void' where ${ARE_FLAGGED} returning transaction_id as id`,
    [importId, ids],
  );
  const dropped = rows.map(({ id }) => id);
  // The lines of a split count in its stead.
  await tx.query(
    `update transactions set status = 'void' where user_id = app.scope_id() and parent_id = any ($1::bigint[])`,
    [dropped],
  );
  // What was a double of a double is one of the row behind it.
  await tx.query(
    `update transactions t set possible_duplicate_of = void.possible_duplicate_of from transactions void
     where t.user_id = app.scope_id() and void.user_id = app.scope_id()
       and void.transaction_id = any ($1::bigint[]) and t.possible_duplicate_of = void.transaction_id`,
    [dropped],
  );
  return dropped;
}
