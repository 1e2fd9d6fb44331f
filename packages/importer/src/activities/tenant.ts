import type { Queryable } from '@backend/shared/pg';
import type { PoolClient } from 'pg';
import type { ImportProfile, ImportQuestion, UnderstoodValues } from '../contract';
import type { SupportedFormat } from '../formats/resolve-format';
import type { ShownRecord } from '../inference';
import type { FileLayout, RoleCatalogue, SourceRecord } from '../reading';
import type { ImportSummary, KeyedRows, LoadTarget, LoadedRows, PackedChunk, Validated } from '../records';

/** What a file is imported into, as it is when the import begins. Plain JSON. */
export interface ImportTarget {
  readonly id: string;
  /** ISO 4217 code of rows that name none; only where records are money. */
  readonly currency?: string;
  /** IANA zone in which an instant gets its date. */
  readonly zone?: string;
}

/** Gathers, record by record over the whole file, what has to be decided once for the file. */
export interface Evidence {
  feed(record: SourceRecord): void;
  /** The decisions (plain JSON), or a question to the user, each with what was understood; or why the file cannot be read. */
  finish():
    | { readonly decisions: unknown; readonly understood: UnderstoodValues }
    | { readonly needsInput: ImportQuestion; readonly understood: UnderstoodValues }
    | { readonly problem: { readonly code: string; readonly message: string } };
}

export type RowValidator<Row> = (record: SourceRecord) => Validated<Row, string>;

export interface Packer<Row, Pack> {
  /**
   * Turns a batch of rows into what waits for its chunk, which should be small, since a chunk of it is in memory. `used` is
   * one whose rows are in the database: its memory may be taken again.
   */
  pack(rows: KeyedRows<Row>, used?: Pack): Pack;
}

/**
 * Flags the rows of one of `parts` parts (from 0), which are the same whenever it is asked; each in a transaction of its own.
 * `step` is called between two pieces of work, with the rows looked at so far; it may throw.
 */
export type FlagPart = (
  tx: Queryable,
  part: { readonly part: number; readonly parts: number },
  step: (rows: number) => void,
) => Promise<void>;

/** Rows that a revert has deleted in one transaction, and where the next one goes on. */
export interface DeletedChunk {
  readonly deleted: number;
  /** A word of the tenant's own; undefined to look from the start. */
  readonly next: string | undefined;
}

/** What a record is to a tenant: the only part of the pipeline that differs between them. */
export interface ImportTenant<Row, Pack = unknown> {
  /** The first part of its workflow ids. */
  readonly name: string;
  /** What a file is imported into, in the words of the tenant's users: `open account`, `timeline`. */
  readonly targetName: string;
  readonly catalogue: RoleCatalogue;
  /** The formats of its files. */
  readonly formats: readonly SupportedFormat[];
  /** The target, or undefined when there is none of that id that can be imported into. */
  findTarget(tx: Queryable, targetId: string): Promise<ImportTarget | undefined>;
  collectEvidence(file: { layout: FileLayout; target: ImportTarget; profile: ImportProfile; year: number }): Evidence;
  /** Columns that their values suggest where no header names them; `titles` are names that columns have in any case. */
  suggestColumns?(records: readonly ShownRecord[], titles?: readonly string[]): ImportProfile | undefined;
  createValidator(file: { layout: FileLayout; decisions: unknown }): RowValidator<Row>;
  /**
   * Makes the key of each row (32 hexadecimal digits), in file order from the first row on: equal rows are told apart by their
   * order, where `mayRepeat` does not deny that there are any.
   */
  createKeyer(targetId: string, mayRepeat: (row: Row) => boolean): (row: Row) => string;
  /** 32 bits that equal rows have in common; undefined for a row that nothing is counted for. Only where equal rows are told apart. */
  readonly fingerprint?: (row: Row) => number | undefined;
  /** Begins a load, in a transaction of its own. */
  openLoad(tx: Queryable, target: LoadTarget): Promise<Packer<Row, Pack>>;
  load(tx: PoolClient, chunk: PackedChunk<Pack> & LoadTarget): Promise<LoadedRows>;
  summarise(tx: Queryable, importId: string): Promise<ImportSummary>;
  /** Flags rows of an import that its target may have had before, from another source. Only where that is done after the load. */
  readonly possibleDuplicates?: {
    /**
     * In how many parts of about `partRows` rows the import is to be looked at; 0 when the target has no rows but those that came
     * with it, which is told cheaply, however many these are.
     */
    planParts(
      tx: Queryable,
      search: LoadTarget & { readonly rows: number; readonly partRows: number },
    ): Promise<number>;
    /** Reads what all parts have in common, once for as many of them as an attempt comes to. */
    openSearch(tx: Queryable, target: LoadTarget): Promise<FlagPart>;
  };
  /**
   * Deletes up to `limit` rows of an import that are as it has stored them, with all that stands on them alone, and says how
   * many; 0 when there are none left. Nothing points to them afterwards. `after` is the `next` of the chunk before, if there was
   * one: a chunk that goes on there does not pass over rows that were deleted or kept by the ones before.
   */
  deleteUnedited(
    tx: Queryable,
    chunk: { readonly importId: string; readonly limit: number; readonly after: string | undefined },
  ): Promise<DeletedChunk>;
  /** How many rows of an import there are. */
  countRows(tx: Queryable, importId: string): Promise<number>;
  /** What a row adds to a balance; only where records are money. */
  amountOf?(row: Row): { readonly minor: bigint; readonly currency: string };
  /** `YYYY-MM-DD`; only where every record is of one day. */
  dayOf?(row: Row): string;
  /** The decisions, with the sign of rows turned round that take another one back. */
  flipReversals?(decisions: unknown): unknown;
  /** A row as a preview shows it. */
  describe(row: Row): Record<string, string>;
}
