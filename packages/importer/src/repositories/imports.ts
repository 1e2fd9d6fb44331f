import type { BlobRef } from '@backend/shared/kernel';
import type { Queryable } from '@backend/shared/pg';
import type { Encoding, FileLayout, Position, RecordLimits } from '../reading';
import type { DataImportInput, DataImportResult, ImportUnderstood, ImportWarning } from '../records';

/** What the whole file told about itself, fixed before the first row is validated. */
export interface ImportPlan {
  readonly encoding: Encoding;
  readonly bomBytes: number;
  readonly layout: FileLayout;
  readonly skipBottom: number;
  /** Those that held when the file was parsed; the usual ones in plans of workers that knew no others. */
  readonly recordLimits?: RecordLimits;
  /** The tenant's decisions (date order, decimal sign, …), plain JSON. */
  readonly decisions: unknown;
  readonly warnings: readonly ImportWarning[];
  /** How the file was read, for people. Absent in plans of workers that did not tell. */
  readonly understood?: ImportUnderstood;
  /** What the statement's own balances say of the rows. */
  readonly balance?: DataImportResult['balance'];
  readonly pendingSkipped?: number;
  /** Of a transcription: the column with the line of the file. */
  readonly lineColumn?: number;
}

/** A transcription of the file into delimited text, and what the file said of itself besides. */
export interface ConvertedSource extends BlobRef {
  /** Column that holds the line of the file on which a record starts. */
  readonly lineColumn: number;
  /** Column that holds 1 for a record that takes another one back. */
  readonly reversalColumn: number;
  readonly profile: { readonly dateFormat?: string; readonly decimal?: '.' | ',' };
  readonly balances: readonly {
    readonly currency: string;
    readonly openingMinor: string;
    readonly closingMinor: string;
  }[];
  readonly pendingSkipped: number;
  readonly warnings: readonly ImportWarning[];
}

export interface ImportJob {
  readonly importId: string;
  readonly target: string;
  readonly source: DataImportInput['source'];
  readonly format: NonNullable<DataImportInput['format']>;
  readonly mode: 'commit' | 'preview';
  readonly onRowError: 'skip' | 'abort';
  readonly status: string;
  /** What is read instead of the file; null for delimited text. */
  readonly converted: ConvertedSource | null;
  readonly plan: ImportPlan | null;
  readonly rows: number;
  readonly skippedBlank: number;
  readonly validatedBatches: number;
  readonly validatedRows: number;
  readonly validatePosition: Position | null;
  readonly errorRows: number;
  readonly loadedBatches: number;
  readonly importedRows: number;
  readonly duplicateRows: number;
  /** How the rows went in; null before the first. */
  readonly loadedBy: 'copy' | 'insert' | null;
  readonly result: DataImportResult | null;
  /** Of a revert, so far. */
  readonly deletedRows: number;
  /** Of a revert; null before its end. */
  readonly keptRows: number | null;
  readonly createdAt: Date;
}

const COLUMNS = `
  import_id as "importId", target, source - 'format' as source, coalesce(source ->> 'format', 'auto') as format, mode,
  on_row_error as "onRowError", status,
  converted, plan, rows, skipped_blank as "skippedBlank", validated_batches as "validatedBatches", validated_rows as "validatedRows",
  validate_position as "validatePosition", error_rows as "errorRows", loaded_batches as "loadedBatches",
  imported_rows as "importedRows", duplicate_rows as "duplicateRows", loaded_by as "loadedBy", result,
  deleted_rows as "deletedRows", kept_rows as "keptRows", created_at as "createdAt"`;

/**
 * Makes the job's row, or opens one that failed again: it goes on at its checkpoints. A job that runs or has ended is left
 * as it is, and so is one of another scope, which has the id for itself.
 */
export async function openJob(tx: Queryable, input: DataImportInput): Promise<void> {
  const { importId, onRowError = 'skip' } = input;
  const source = JSON.stringify({ ...input.source, format: input.format ?? 'auto' });
  await tx.query(
    `insert into imports (import_id, scope_id, target, source, source_sha256, mode, on_row_error)
     values ($1, app.scope_id(), $2, $3, $4, $5, $6) on conflict (import_id) do nothing`,
    [importId, input.accountId, source, input.source.sha256, input.mode ?? 'commit', onRowError],
  );
  // Not in the conflict's stead: there a row of another scope is an error, here it is not seen.
  await tx.query(
    `update imports set status = 'running', result = null, source = $2, on_row_error = $3, updated_at = now()
     where import_id = $1 and status = 'failed'`,
    [importId, source, onRowError],
  );
}

export async function findJob(tx: Queryable, importId: string): Promise<ImportJob | undefined> {
  const { rows } = await tx.query<ImportJob>(`select ${COLUMNS} from imports where import_id = $1`, [importId]);
  return rows[0];
}

/** The newest jobs of the scope: of a status, into a target, among these ids, where that is given. */
export async function listJobs(
  tx: Queryable,
  {
    limit,
    status,
    target,
    importIds,
  }: { limit: number; status?: string | undefined; target?: string | undefined; importIds?: readonly string[] },
): Promise<ImportJob[]> {
  const { rows } = await tx.query<ImportJob>(
    `select ${COLUMNS} from imports where scope_id = app.scope_id()
       and ($2::text is null or status = $2) and ($3::text is null or target = $3)
       and ($4::text[] is null or import_id = any ($4))
     order by created_at desc limit $1`,
    [limit, status ?? null, target ?? null, importIds ?? null],
  );
  return rows;
}

/** Of an import `i`. */
const LACKS_REVERTED_ROWS = `(i.duplicate_rows > 0 and exists (
  select from imports r where r.scope_id = i.scope_id and r.target = i.target and r.updated_at > i.created_at
    and (r.status = 'reverting' or r.deleted_rows > 0)))`;

/**
 * An import of the same content into the same target that is complete and not reverted. One that has taken rows for duplicates
 * is complete no more when an import that may have added them was reverted since.
 */
export async function findCompleted(
  tx: Queryable,
  { target, sha256, exceptImportId }: { target: string; sha256: string; exceptImportId: string },
): Promise<ImportJob | undefined> {
  const { rows } = await tx.query<ImportJob>(
    `select ${COLUMNS} from imports i
     where scope_id = app.scope_id() and target = $1 and source_sha256 = $2 and import_id <> $3
       and mode = 'commit' and status in ('completed', 'completed_with_errors')
       and not ${LACKS_REVERTED_ROWS}
     order by created_at limit 1`,
    [target, sha256, exceptImportId],
  );
  return rows[0];
}

/** Whether rows that a job has taken for duplicates may have been deleted since, by a revert in its target. */
export async function lacksRevertedRows(tx: Queryable, importId: string): Promise<boolean> {
  const { rowCount } = await tx.query(`select 1 from imports i where import_id = $1 and ${LACKS_REVERTED_ROWS}`, [
    importId,
  ]);
  return rowCount === 1;
}

/** Keeps a transcription. */
export async function saveConverted(
  tx: Queryable,
  { importId, converted }: { importId: string; converted: ConvertedSource },
): Promise<void> {
  await tx.query('update imports set converted = $2 where import_id = $1', [importId, JSON.stringify(converted)]);
}

/** Fixes the plan of a running job. One that has validated rows keeps the plan that they were validated by. */
export async function savePlan(
  tx: Queryable,
  { importId, plan, rows, skippedBlank }: { importId: string; plan: ImportPlan; rows: number; skippedBlank: number },
): Promise<void> {
  await tx.query(
    `update imports set plan = $2, rows = $3, skipped_blank = $4, updated_at = now()
     where import_id = $1 and status = 'running' and validated_batches = 0 and loaded_batches = 0`,
    [importId, JSON.stringify(plan), rows, skippedBlank],
  );
}

/** What a step is told when its checkpoint has moved on. */
export interface SavedStep {
  /** Somebody wants the work to stop here. */
  readonly hold: boolean;
}

/** Moves the validation checkpoint on. Undefined when another attempt has moved it or the job has ended: the caller's work is void. */
export async function saveValidated(
  tx: Queryable,
  step: { importId: string; fromBatch: number; toBatch: number; rows: number; errors: number; position: Position },
): Promise<SavedStep | undefined> {
  const { rows } = await tx.query<SavedStep>(
    `update imports set validated_batches = $3, validated_rows = validated_rows + $4, error_rows = error_rows + $5,
       validate_position = $6, updated_at = now()
     where import_id = $1 and validated_batches = $2 and status = 'running' returning hold`,
    [step.importId, step.fromBatch, step.toBatch, step.rows, step.errors, JSON.stringify(step.position)],
  );
  return rows[0];
}

/** Locks a running job whose load checkpoint is still the caller's. False when another attempt has moved it. */
export async function claimLoad(
  tx: Queryable,
  { importId, fromBatch }: { importId: string; fromBatch: number },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select 1 from imports where import_id = $1 and loaded_batches = $2 and status = 'running' for update`,
    [importId, fromBatch],
  );
  return rowCount === 1;
}

/** Moves the load checkpoint on, with the chunk's counts. The caller holds the claim. */
export async function saveLoaded(
  tx: Queryable,
  step: { importId: string; toBatch: number; imported: number; duplicates: number; by: 'copy' | 'insert' | null },
): Promise<SavedStep> {
  const { rows } = await tx.query<SavedStep>(
    `update imports set loaded_batches = $2, imported_rows = imported_rows + $3, duplicate_rows = duplicate_rows + $4,
       loaded_by = coalesce($5, loaded_by), updated_at = now()
     where import_id = $1 returning hold`,
    [step.importId, step.toBatch, step.imported, step.duplicates, step.by],
  );
  return rows[0]!;
}

/**
 * Lets this transaction be committed before the disk has it: a crash of the database may undo it, wholly, with all that were
 * committed after it. {@link flushLoads} has to come before anybody is told of it.
 */
export async function deferFlush(tx: Queryable): Promise<void> {
  await tx.query('set local synchronous_commit = off');
}

/** With the commit of this transaction the disk has all chunks that were committed before. */
export async function flushLoads(tx: Queryable, importId: string): Promise<void> {
  await tx.query('update imports set updated_at = now() where import_id = $1', [importId]);
}

/** Asks the step that is at work to stop after its chunk, or no more. */
export async function saveHold(tx: Queryable, { importId, hold }: { importId: string; hold: boolean }): Promise<void> {
  await tx.query('update imports set hold = $2 where import_id = $1', [importId, hold]);
}

/** Ends a running job. False when it has ended before: it keeps its end. */
export async function saveResult(
  tx: Queryable,
  { importId, status, result }: { importId: string; status: string; result: DataImportResult | null },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update imports set status = $2, result = $3, updated_at = now() where import_id = $1 and status = 'running'`,
    [importId, status, result === null ? null : JSON.stringify(result)],
  );
  return rowCount === 1;
}
