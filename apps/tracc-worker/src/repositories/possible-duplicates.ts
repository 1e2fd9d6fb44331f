import {
  DAYS_APART,
  type DuplicatePair,
  type LoadTarget,
  type PairableRow,
  comparableText,
  pairDuplicates,
} from '@backend/importer/records';
import type { Queryable } from '@backend/shared/pg';

/** Rows of a page, both of the cursor and of the flags that are written. */
const PAGE_ROWS = 5000;
/** A side of fewer rows than that is few. */
const FEW_ROWS = 20_000;
/** For the first page, which takes reading ten million rows beside as many. */
const PATIENCE_MS = 600_000;
/**
 * Rows that are held at once. More rows of one amount, none more than three days after the one before, are paired piece by
 * piece, and pairs across two pieces are not found.
 */
const MAX_HELD_ROWS = 100_000;

/**
 * In how many parts of about `partRows` rows an import is to be looked at. None when the account has no other rows: that takes
 * a few steps in two indexes, whatever their number. One when either side has few rows.
 */
export async function planParts(
  tx: Queryable,
  { rows, partRows, ...target }: LoadTarget & { readonly rows: number; readonly partRows: number },
): Promise<number> {
  const others = await listOtherImports(tx, target);
  const { rowCount: byHand } = await tx.query(
    `select from transactions where user_id = $1 and account_id = $2 and import_id is null limit 1`,
    [target.scopeId, target.targetId],
  );
  if (others.length === 0 && byHand === 0) return 0;
  if (rows <= partRows) return 1;
  await setPatience(tx);
  return (await readFewSide(tx, target, others)) ? 1 : Math.ceil(rows / partRows);
}

/** The other imports that have rows in the account, from one import and account of the user's to the next: never row by row. */
async function listOtherImports(tx: Queryable, { importId, scopeId, targetId }: LoadTarget): Promise<string[]> {
  // Rows that were just loaded are not in the planner's statistics. Without sorts it has to walk the index in its order.
  await tx.query(`select set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)`);
  const { rows } = await tx.query<{ id: string }>(
    `with recursive known (import_id, account_id) as (
       (select import_id, account_id from transactions where user_id = $3 and import_id is not null
        order by import_id, account_id limit 1)
       union all
       select next.* from known, lateral (
         select t.import_id, t.account_id from transactions t
         where t.user_id = $3 and t.import_id is not null
           and (t.import_id, t.account_id) > (known.import_id, known.account_id)
         order by t.import_id, t.account_id limit 1) next
     )
     select import_id as id from known where account_id = $2 and import_id <> $1`,
    [importId, targetId, scopeId],
  );
  await tx.query(`select set_config('enable_sort', 'on', true), set_config('enable_bitmapscan', 'on', true)`);
  return rows.map(({ id }) => id);
}

/** A row that may have a counterpart, without its text. */
interface CandidateRow {
  readonly isNew: boolean;
  readonly id: string;
  readonly day: number;
  readonly currency: string;
  readonly amountMinor: string;
}

// A row that does not count (void) or is a part of another one (a line of a split) is no payment.
const IS_PAYMENT = `user_id = app.scope_id() and account_id = $2 and status <> 'void' and parent_id is null
  and (hashint8(amount_minor)::bigint & 2147483647) % $5::bigint = $6::bigint
  and ($7::bigint[] is null or amount_minor = any ($7))`;
// A day more on each side, since the date of an instant is a matter of the zone.
const IS_NEAR = `booking_date between $3::date - ${DAYS_APART + 1} and $4::date + ${DAYS_APART + 1}`;
const ROW = `transaction_id as id, currency, amount_minor as "amountMinor"`;

/**
 * Rows that have one of the other kind with their amount and currency within three days, in the order of amount, currency and
 * day. Both kinds are read by date, put in one order and looked at in passing: no index of amounts is needed, which every load
 * would pay for; equal amounts cost no more than others, since rows come out and not pairs; and the planner, which knows
 * nothing yet of rows that were just loaded, has no join to get wrong.
 */
const CANDIDATES = `
  select "isNew", id, day, currency, "amountMinor" from (
    select *, bool_or("isNew") over near as "nearNew", bool_or(not "isNew") over near as "nearOld" from (
      select true as "isNew", ${ROW}, booking_date - date '2000-01-01' as day from transactions
      where ${IS_PAYMENT} and import_id = $1 and possible_duplicate_of is null and ${IS_NEAR}
      union all
      select false, ${ROW}, booking_date - date '2000-01-01' from transactions
      where ${IS_PAYMENT} and import_id = any ($8) and ${IS_NEAR}
      union all
      select false, ${ROW}, booking_date - date '2000-01-01' from transactions
      where ${IS_PAYMENT} and import_id is null and ${IS_NEAR}
      union all
      select false, ${ROW}, (occurred_at at time zone zone.name)::date - date '2000-01-01'
      from transactions, (select zone as name from users where user_id = app.scope_id()) as zone
      where ${IS_PAYMENT} and import_id is distinct from $1 and booking_date is null
        and occurred_at between $3::date - ${DAYS_APART + 2} and $4::date + ${DAYS_APART + 2}
    ) payments
    window near as (partition by "amountMinor", currency
      order by day range between ${DAYS_APART} preceding and ${DAYS_APART} following)
  ) candidates
  where "nearNew" and "nearOld" order by "amountMinor", currency, day`;

type InTurns = <T>(work: Iterator<void, T>, step: () => void) => Promise<T>;

/** What the parts of a search have in common. */
export interface FlagSearch extends LoadTarget {
  readonly others: readonly string[];
  /** Null when there is nothing to compare. */
  readonly bounds: Bounds | null;
}

/** Begins a search: what it reads goes for all parts, since rows that come later are no older rows of any. */
export async function openFlagSearch(tx: Queryable, target: LoadTarget): Promise<FlagSearch> {
  const others = await listOtherImports(tx, target);
  await setPatience(tx);
  return { ...target, others, bounds: await readBounds(tx, target, others) };
}

/** For statements that read most of an account, and for pairing between two of them. To be set before the first one. */
async function setPatience(tx: Queryable): Promise<void> {
  // By the statistics of before the load one import may seem to be the whole table.
  await tx.query(
    `select set_config('work_mem', '32MB', true), set_config('enable_seqscan', 'off', true),
       set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $1, true)`,
    [String(PATIENCE_MS)],
  );
}

/**
 * Flags the rows of an import whose amounts fall into one of `parts` parts, each with the old row that may be the same payment.
 * Rows of one amount are always in one part, so that how many parts there are makes no difference. A row that is deleted
 * meanwhile is in no flag. `inTurns` runs long work piece by piece, so that the process gets to other things.
 */
export async function flagPart(
  tx: Queryable,
  {
    search,
    part,
    parts,
    inTurns,
  }: { readonly search: FlagSearch; readonly part: number; readonly parts: number; readonly inTurns: InTurns },
  step: (rows: number) => void,
): Promise<void> {
  const { bounds, others, ...target } = search;
  if (!bounds) return;
  const { from, to, amounts } = bounds;
  await setPatience(tx);
  const values = [target.importId, target.targetId, from, to, parts, part, amounts, others];
  await tx.query(`declare candidates no scroll cursor for ${CANDIDATES}`, values);
  const groups = createGroups();
  let pairs: DuplicatePair[] = [];
  const fetch = { text: `fetch ${PAGE_ROWS} from candidates`, query_timeout: PATIENCE_MS };
  for (let seen = 0, isLast = false; !isLast;) {
    const { rows } = await tx.query<CandidateRow>(fetch);
    isLast = rows.length < PAGE_ROWS;
    for (const row of rows) groups.add(row);
    const paired = await pairGroups(tx, groups.take({ isLast }), async (work) => inTurns(work, () => step(seen)));
    for (const found of paired) pairs.push(found);
    seen += rows.length;
    step(seen);
    if (pairs.length < MAX_HELD_ROWS && !isLast) continue;
    // Neighbours in the table are written together: found by amount they lie anywhere.
    pairs.sort((one, other) => one.id - other.id);
    for (let at = 0; at < pairs.length; at += PAGE_ROWS) {
      await saveFlags(tx, target.importId, pairs.slice(at, at + PAGE_ROWS));
      step(seen);
    }
    pairs = [];
  }
  await tx.query('close candidates');
}

/** What rows must have to be looked at: all that matters are those near the dates and of the amounts of either side. */
interface Bounds {
  readonly from: string;
  readonly to: string;
  /** Null where both sides have many rows. */
  readonly amounts: readonly string[] | null;
}

/** A row of the side that has few. */
interface FewRow {
  readonly amount: string;
  readonly date: string;
}

/** The bounds by the side that has few rows, if there is one: of the many of the other side only some have to be put in order. */
async function readBounds(tx: Queryable, target: LoadTarget, others: readonly string[]): Promise<Bounds | null> {
  const few = await readFewSide(tx, target, others);
  if (few) return boundsOf(few);
  const query = {
    text: `select min(booking_date) as "from", max(booking_date) as "to" from transactions
           where user_id = app.scope_id() and import_id = $1`,
    values: [target.importId],
    query_timeout: PATIENCE_MS,
  };
  const { rows } = await tx.query<{ from: string | null; to: string | null }>(query);
  const { from, to } = rows[0]!;
  return from === null || to === null ? null : { from, to, amounts: null };
}

/** The rows of a side that has few; undefined when both have many. */
async function readFewSide(
  tx: Queryable,
  target: LoadTarget,
  others: readonly string[],
): Promise<readonly FewRow[] | undefined> {
  const rowsWhere = async (where: string, ...values: unknown[]) => {
    const query = {
      text: `select amount_minor as amount, coalesce(booking_date, (occurred_at at time zone 'UTC')::date) as date from transactions
             where user_id = app.scope_id() and account_id = $1 and ${where} limit ${FEW_ROWS}`,
      values: [target.targetId, ...values],
      query_timeout: PATIENCE_MS,
    };
    const { rows } = await tx.query<FewRow>(query);
    return rows;
  };
  const fresh = await rowsWhere('import_id = $2', target.importId);
  if (fresh.length < FEW_ROWS) return fresh;
  const byHand = await rowsWhere('import_id is null');
  if (byHand.length >= FEW_ROWS) return undefined;
  const imported = await rowsWhere('import_id = any ($2)', others);
  return byHand.length + imported.length < FEW_ROWS ? [...byHand, ...imported] : undefined;
}

function boundsOf(rows: readonly FewRow[]): Bounds | null {
  const dates = rows.map(({ date }) => date).sort();
  if (dates.length === 0) return null;
  return { from: dates[0]!, to: dates.at(-1)!, amounts: [...new Set(rows.map(({ amount }) => amount))] };
}

/** Rows of one amount, none more than three days after the one before; rows of two groups have nothing to do with each other. */
type Group = readonly CandidateRow[];

/** Cuts candidates, in their order, into groups, and leaves out those in which nothing can be paired. */
function createGroups() {
  let open: CandidateRow[] = [];
  let closed: Group[] = [];
  const close = () => {
    if (open.some(({ isNew }) => isNew) && open.some(({ isNew }) => !isNew)) closed.push(open);
    open = [];
  };
  return {
    add(row: CandidateRow): void {
      const last = open.at(-1);
      if (
        last &&
        (last.amountMinor !== row.amountMinor ||
          last.currency !== row.currency ||
          row.day - last.day > DAYS_APART ||
          open.length >= MAX_HELD_ROWS)
      )
        close();
      open.push(row);
    },
    take({ isLast }: { isLast: boolean }): Group[] {
      if (isLast) close();
      const taken = closed;
      closed = [];
      return taken;
    },
  };
}

async function pairGroups(
  tx: Queryable,
  groups: readonly Group[],
  run: (work: Iterator<void, DuplicatePair[]>) => Promise<DuplicatePair[]>,
): Promise<DuplicatePair[]> {
  const textOf = await readTexts(tx, groups.flat());
  const pairs: DuplicatePair[] = [];
  for (const group of groups) {
    const sides: Record<'fresh' | 'old', PairableRow[]> = { fresh: [], old: [] };
    for (const { isNew, id, day } of group) {
      const text = textOf.get(id);
      if (text) sides[isNew ? 'fresh' : 'old'].push({ id: Number(id), day, ...text });
    }
    for (const pair of await run(pairDuplicates(sides.fresh, sides.old))) pairs.push(pair);
  }
  return pairs;
}

/** The texts of rows by their ids; a row that was deleted meanwhile has none. */
async function readTexts(
  tx: Queryable,
  candidates: readonly CandidateRow[],
): Promise<ReadonlyMap<string, Pick<PairableRow, 'text' | 'externalId'>>> {
  const texts = new Map<string, Pick<PairableRow, 'text' | 'externalId'>>();
  for (let from = 0; from < candidates.length; from += PAGE_ROWS) {
    const { rows } = await tx.query<{ id: string; description: string; payee: string; externalId: string | null }>(
      `select transaction_id as id, description, payee, external_id as "externalId" from transactions
       where user_id = app.scope_id() and transaction_id = any ($1::bigint[])`,
      [candidates.slice(from, from + PAGE_ROWS).map(({ id }) => id)],
    );
    for (const row of rows) texts.set(row.id, { text: comparableText(row), externalId: row.externalId });
  }
  return texts;
}

async function saveFlags(tx: Queryable, importId: string, pairs: readonly DuplicatePair[]): Promise<void> {
  // The lock keeps old rows from being deleted between this look and the commit; it lets them be edited.
  await tx.query(
    `with pair as (select * from unnest($2::bigint[], $3::bigint[]) as pair (id, old_id)),
       standing as (select transaction_id from transactions
                    where user_id = app.scope_id() and transaction_id = any ($3::bigint[])
                      and status <> 'void' for key share)
     update transactions t set possible_duplicate_of = pair.old_id
     from pair join standing on standing.transaction_id = pair.old_id
     where t.user_id = app.scope_id() and t.import_id = $1 and t.transaction_id = pair.id`,
    [importId, pairs.map(({ id }) => id), pairs.map(({ possibleDuplicateOf }) => possibleDuplicateOf)],
  );
}
