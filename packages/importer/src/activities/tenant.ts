import type { Queryable } from '@backend/shared/pg';
import type { ImportProfile, ImportQuestion } from '../contract';
import type { FileLayout, RoleCatalogue, SourceRecord } from '../reading';
import type { ImportSummary, Validated } from '../records';

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
  /** The decisions (plain JSON), or a question to the user, or why the file cannot be read. */
  finish():
    | { readonly decisions: unknown }
    | { readonly needsInput: ImportQuestion }
    | { readonly problem: { readonly code: string; readonly message: string } };
}

export type RowValidator<Row> = (record: SourceRecord) => Validated<Row, string>;

/** Rows that were added; the others had their key in the target already. */
export interface LoadedRows {
  readonly imported: number;
}

/** What a record is to a tenant: the only part of the pipeline that differs between them. */
export interface ImportTenant<Row> {
  /** What a file is imported into, in the words of the tenant's users: `open account`, `timeline`. */
  readonly targetName: string;
  readonly catalogue: RoleCatalogue;
  /** The target, or undefined when there is none of that id that can be imported into. */
  findTarget(tx: Queryable, targetId: string): Promise<ImportTarget | undefined>;
  collectEvidence(file: { layout: FileLayout; target: ImportTarget; profile: ImportProfile; year: number }): Evidence;
  createValidator(file: { layout: FileLayout; decisions: unknown }): RowValidator<Row>;
  /** Makes the key of each row, in file order from the first row on: equal rows are told apart by their order. */
  createKeyer(targetId: string): (row: Row) => Buffer;
  load(
    tx: Queryable,
    chunk: { importId: string; targetId: string; rows: readonly { row: Row; key: Buffer }[] },
  ): Promise<LoadedRows>;
  summarise(tx: Queryable, importId: string): Promise<ImportSummary>;
  /** A row as a preview shows it. */
  describe(row: Row): Record<string, string>;
}
