import { once } from 'node:events';
import { DatabaseError, type PoolClient, escapeIdentifier } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** A cell as COPY takes it: texts and numbers as text, bytes as bytea (`hex` has their digits), null as null. */
export type CopyCell = string | number | bigint | { readonly hex: string } | null;

/** Rows for some columns of a table. */
export interface CopyTarget {
  readonly table: string;
  readonly columns: readonly string[];
}

/** Holds a batch of usual rows without growing. */
const USUAL_BYTES = 16 * 1024;

/**
 * Rows in the text format of COPY, ready to be sent. `used` is what this function gave before and nobody reads any more: its
 * memory is taken again.
 */
export function encodeCopyRows(rows: readonly (readonly CopyCell[])[], used?: Buffer): Buffer {
  let memory = used ? Buffer.from(used.buffer) : Buffer.allocUnsafeSlow(USUAL_BYTES);
  let length = 0;
  for (const row of rows) {
    let text = cellText(row[0]!);
    for (let column = 1; column < row.length; column += 1) text += `\t${cellText(row[column]!)}`;
    text += '\n';
    // A UTF-16 code unit takes three bytes of UTF-8 at most.
    if (length + text.length * 3 > memory.length) {
      const larger = Buffer.allocUnsafeSlow((length + text.length * 3) * 2);
      memory.copy(larger, 0, 0, length);
      memory = larger;
    }
    length += memory.write(text, length);
  }
  return memory.subarray(0, length);
}

/** The first cell of each encoded row, which is one of bytes: `\\\\x` and the digits, escaped as COPY and array literals want it. */
export function firstCells(rows: Buffer): string[] {
  const cells: string[] = [];
  for (const { start } of rowRanges(rows)) cells.push(rows.toString('latin1', start, rows.indexOf(TAB, start)));
  return cells;
}

/** The encoded rows of which `isKept` says so, by their place among them (from 0). */
export function pickCopyRows(rows: Buffer, isKept: (place: number) => boolean): Buffer {
  const kept: Buffer[] = [];
  let place = 0;
  for (const { start, end } of rowRanges(rows)) if (isKept(place++)) kept.push(rows.subarray(start, end));
  return Buffer.concat(kept);
}

const TAB = 9;
const LF = 10;

/** A line feed inside a cell is escaped, so each one ends a row. */
function* rowRanges(rows: Buffer): Generator<{ readonly start: number; readonly end: number }> {
  for (let start = 0; start < rows.length;) {
    const end = rows.indexOf(LF, start) + 1;
    yield { start, end };
    start = end;
  }
}

/**
 * Sends encoded rows to a table by COPY, in the transaction of the client. Rejects with the database's own error; the rows are
 * then in no table, and the transaction is to be rolled back (to a savepoint). Once it settles, the client takes the next
 * statement, or its connection is lost.
 */
export async function copyRows(
  client: PoolClient,
  { table, columns }: CopyTarget,
  pieces: readonly Buffer[],
): Promise<void> {
  const into = `${escapeIdentifier(table)} (${columns.map(escapeIdentifier).join(', ')})`;
  const listening = new AbortController();
  // Rejects when the connection is lost. Listened to from the start: both can follow an error at once.
  const ready = once(client, 'drain', { signal: listening.signal }).catch(() => undefined);
  try {
    await new Promise<void>((resolve, reject) => {
      const copy = client.query(copyFrom(`copy ${into} from stdin`));
      copy.once('finish', resolve);
      copy.on('error', (error) => {
        // What is not sent yet need not be sent any more.
        copy.destroy();
        reject(error);
      });
      // All of them are in memory already; the stream gives the socket no more at once than it takes.
      for (const piece of pieces) copy.write(piece);
      copy.end();
    });
  } catch (error) {
    // PostgreSQL reports an error before it has undone the statement, and takes the next one only after.
    if (error instanceof DatabaseError) {
      const patience = setTimeout(() => listening.abort(), READY_WITHIN_MS);
      await ready;
      clearTimeout(patience);
    }
    throw error;
  } finally {
    listening.abort();
  }
}

/** After a longer time the next statement is left to find out why PostgreSQL is not ready. */
const READY_WITHIN_MS = 10_000;

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function cellText(cell: CopyCell): string {
  if (cell === null) return '\\N';
  if (typeof cell === 'object') return `\\\\x${cell.hex}`;
  // Unlike `String`, this goes past the engine's cache of numbers as texts, which would keep each until the old heap is collected.
  if (typeof cell === 'number' && Number.isSafeInteger(cell)) return cell.toFixed(0);
  if (typeof cell !== 'string') return String(cell);
  return /[\\\t\n\r]/.test(cell) ? cell.replace(/[\\\t\n\r]/g, (sign) => ESCAPES[sign]!) : cell;
}

/**
 * The role under which this connection may COPY into a table with row-level security: `{tenant}_loader`, when the operator's
 * database has one, it was granted, and it may insert the columns: one that was made after the migrations has no rights.
 * PostgreSQL refuses COPY to every role that row-level security confines, so that role is not confined; it may only insert,
 * and the tables' own checks hold it to the scope of the transaction.
 */
export async function findLoaderRole(client: PoolClient, { table, columns }: CopyTarget): Promise<string | undefined> {
  const { rows } = await client.query<{ role: string }>(
    `select rolname as role from pg_roles
     where rolname = regexp_replace(current_user, '_worker$', '_loader') and rolname <> current_user and rolbypassrls
       and pg_has_role(current_user, oid, 'member')
       and (select bool_and(has_column_privilege(oid, $1::text, name, 'insert')) from unnest($2::text[]) name)`,
    [escapeIdentifier(table), columns],
  );
  return rows[0]?.role;
}

/**
 * Runs work inside a savepoint: what it did is kept when it resolves, and undone when it throws one of the error codes, for
 * which `otherwise` runs instead. Any other error passes.
 */
export async function trySavepoint<T>(
  client: PoolClient,
  { sqlStates, otherwise }: { sqlStates: readonly string[]; otherwise: () => Promise<T> },
  work: () => Promise<T>,
): Promise<T> {
  await client.query('savepoint attempt');
  try {
    const result = await work();
    await client.query('release savepoint attempt');
    return result;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (typeof code !== 'string' || !sqlStates.includes(code)) throw error;
    await client.query('rollback to savepoint attempt');
    return otherwise();
  }
}
