import type { BlobRef } from '@backend/shared/kernel';
import type { ImportUnderstood } from './understood';

export type {
  ImportDoubt,
  ImportProof,
  ImportUnderstood,
  UnderstoodAmount,
  UnderstoodColumn,
  UnderstoodDates,
  UnderstoodValues,
} from './understood';

/** What a client in any language needs to import a file into either tenant. Imports nothing at run time. */

export const IMPORT_WORKFLOW_TYPE = 'DataImportWorkflow';
export const REVERT_IMPORT_WORKFLOW_TYPE = 'RevertImportWorkflow';

/** Failure types of an import and of its revert; all of them are non-retryable. */
export const IMPORT_FAILURES = {
  InvalidInput: 'InvalidInput',
  /** The import id was used before for another file, target or mode, by another user, or for rows under another `onRowError`. */
  IdempotencyConflict: 'IdempotencyConflict',
  ChecksumMismatch: 'ChecksumMismatch',
  FileTooLarge: 'FileTooLarge',
  UnsupportedFormat: 'UnsupportedFormat',
  UnsafeXml: 'UnsafeXml',
  DecodeError: 'DecodeError',
  UnsupportedEncoding: 'UnsupportedEncoding',
  MixedDateFormats: 'MixedDateFormats',
  MixedNumberFormats: 'MixedNumberFormats',
  EmptyFile: 'EmptyFile',
  /** The file is not what its format says. */
  MalformedFile: 'MalformedFile',
  TargetNotFound: 'TargetNotFound',
  InputTimeout: 'InputTimeout',
  BlobMissing: 'BlobMissing',
  /** What should be reverted is no import of this user or timeline. */
  ImportNotFound: 'ImportNotFound',
  /** The import that should be reverted, or another one that has rows in the same target, is still at work. */
  ImportRunning: 'ImportRunning',
  /** The import was reverted, or is being reverted, or what it took for duplicates was: its id is used up. */
  ImportReverted: 'ImportReverted',
} as const;

/** `{tenant}/import/{importId}` */
export function importWorkflowId({ tenant, importId }: { tenant: string; importId: string }): string {
  return `${tenant}/import/${encodeURIComponent(importId)}`;
}
/** The inverse of {@link importWorkflowId}; undefined for any other id. */
export function parseImportWorkflowId(workflowId: string): { tenant: string; importId: string } | undefined {
  return parseId(/^([a-z][a-z0-9-]*)\/import\/([^/]+)$/, workflowId);
}

/** `{tenant}/revert/{importId}` */
export function revertWorkflowId({ tenant, importId }: { tenant: string; importId: string }): string {
  return `${tenant}/revert/${encodeURIComponent(importId)}`;
}
/** The inverse of {@link revertWorkflowId}; undefined for any other id. */
export function parseRevertWorkflowId(workflowId: string): { tenant: string; importId: string } | undefined {
  return parseId(/^([a-z][a-z0-9-]*)\/revert\/([^/]+)$/, workflowId);
}

function parseId(pattern: RegExp, workflowId: string): { tenant: string; importId: string } | undefined {
  const [, tenant, encoded] = pattern.exec(workflowId) ?? [];
  if (tenant === undefined || encoded === undefined) return undefined;
  try {
    return { tenant, importId: decodeURIComponent(encoded) };
  } catch {
    // A `%` that begins no escape: no builder made this id.
    return undefined;
  }
}

/** Takes back what an import added. */
export interface RevertImportInput {
  readonly importId: string;
  /** The user in tracc; the timeline in timeline. */
  readonly userId: string;
}

/** Of a revert that is asked for again: the figures of the first. */
export interface RevertImportResult {
  readonly deleted: number;
  /** Rows that were edited since and therefore stay. */
  readonly keptEdited: number;
}

/** What a user may state about a file; everything that is left out is worked out, or asked for. */
export interface ImportProfile {
  readonly encoding?: string;
  readonly delimiter?: ',' | ';' | '\t' | '|';
  /** 1-based line of the header; 0 = no header, `columns` gives indexes. */
  readonly headerLine?: number;
  /** Lines to ignore at the top. */
  readonly skipTop?: number;
  /** Records (blank lines not counted) to ignore at the end. */
  readonly skipBottom?: number;
  /** Role → column name, or 0-based index. */
  readonly columns?: Readonly<Record<string, string | number>>;
  /** Any text with D, M and Y in their order, such as `DD.MM.YYYY`. */
  readonly dateFormat?: string;
  readonly decimal?: '.' | ',';
  /** ISO 4217 code of rows that name none. */
  readonly currency?: string;
  readonly invertSign?: boolean;
}

/** Every format that has a name here; one without a reader is refused with `UnsupportedFormat`. */
export type ImportFormatName =
  | 'auto'
  | 'csv'
  | 'tsv'
  | 'ndjson'
  | 'json'
  | 'xlsx'
  | 'ofx'
  | 'qfx'
  | 'qif'
  | 'camt053'
  | 'mt940';

export interface DataImportInput {
  readonly importId: string;
  /** The user in tracc; the timeline in timeline. */
  readonly userId: string;
  /** The account in tracc; the timeline in timeline. */
  readonly accountId: string;
  readonly source: BlobRef & { readonly filename: string };
  readonly format?: ImportFormatName;
  readonly profile?: ImportProfile;
  readonly mode?: 'commit' | 'preview';
  readonly onRowError?: 'skip' | 'abort';
  readonly force?: boolean;
}

export type ImportStatus =
  | 'completed'
  | 'completed_with_errors'
  | 'already_imported'
  | 'aborted'
  | 'cancelled'
  | 'failed';

/**
 * Search attributes of an import, by which the server lists executions. They are not encrypted: ids and states only. `user` is the
 * user in tracc and the timeline in timeline; `status` is an {@link ImportSearchStatus}.
 */
export const IMPORT_SEARCH_ATTRIBUTES = {
  user: { name: 'TenantUser', type: 'KEYWORD' },
  status: { name: 'ImportStatus', type: 'KEYWORD' },
} as const;

/** Where an import stands: open ones are `running`, wait for an answer (`needsInput`), or are `paused`. */
export type ImportSearchStatus = 'running' | 'needsInput' | 'paused' | ImportStatus;

/** One row that was refused. Line = start line of the record in the file, 1-based. */
export interface ImportRowError {
  readonly line: number;
  readonly column: string;
  readonly code: string;
  /** At most 200 characters of what was there. */
  readonly value: string;
  readonly message: string;
}

export interface ImportWarning {
  readonly code: string;
  readonly message: string;
  /** Figures of the warning, such as `differenceMinor`. */
  readonly data?: Readonly<Record<string, string>>;
}

/** On a completed commit `rows = imported + duplicates + errors`. */
export interface DataImportResult {
  readonly status: ImportStatus;
  readonly importId: string;
  readonly rows: number;
  readonly imported: number;
  readonly duplicates: number;
  readonly possibleDuplicates: number;
  readonly errors: number;
  readonly skippedBlank: number;
  readonly pendingSkipped: number;
  readonly batches: number;
  /** Sums of the imported rows, minor units as text; empty for timeline events. */
  readonly byCurrency: Readonly<Record<string, { readonly inMinor: string; readonly outMinor: string }>>;
  readonly dateFrom: string | null;
  readonly dateTo: string | null;
  readonly balance: 'ok' | 'mismatch' | 'unknown';
  /** How rows went into the database: by COPY, or by INSERT where it has no role that may COPY. Absent when there were none. */
  readonly loadedBy?: 'copy' | 'insert';
  readonly warnings: readonly ImportWarning[];
  /** The first 100 refused rows. */
  readonly rowErrors: readonly ImportRowError[];
  /** Every refused row as CSV: its own columns, line and code; can be mended and imported again. */
  readonly errorReportRef?: BlobRef;
  /** Preview only: the first 50 rows as they would be stored. */
  readonly preview?: readonly Readonly<Record<string, string>>[];
  /** Preview only: how the file was read, and why. */
  readonly understood?: ImportUnderstood;
}

export type ImportPhase =
  | 'inspecting'
  | 'needsInput'
  | 'parsing'
  | 'validating'
  | 'importing'
  | 'finishing'
  | 'paused'
  | 'done'
  | 'failed';

/** What the user has to say before a file can be read. */
export interface ImportQuestion {
  /** `MissingColumn`, `AmbiguousDateFormat` or `AmbiguousNumberFormat`. */
  readonly code: string;
  /** At most 2,000 characters. */
  readonly message: string;
  /** What `dateFormat` or `decimal` may be answered with. */
  readonly choices?: readonly string[];
  /** What the value that is asked about means under each of the choices. */
  readonly readings?: readonly string[];
  /** The roles that no column has. */
  readonly missing?: readonly string[];
  /** The names of the columns, where the file has any: the first 50, each cut to 60 characters. */
  readonly header?: readonly string[];
  /** An answer that the values of the file suggest; for a person to confirm, never taken by itself. */
  readonly suggestion?: ImportProfile;
  /** How the file was read so far, with its first records. */
  readonly understood?: ImportUnderstood;
}

/** What a run of the workflow hands on to the next one, besides the input. */
export interface ImportCarry {
  readonly paused?: boolean;
}

export interface ImportProgress {
  readonly phase: ImportPhase;
  readonly rows: number;
  readonly validated: number;
  readonly imported: number;
  readonly duplicates: number;
  readonly errors: number;
  readonly batchesDone: number;
  readonly batchesTotal: number;
  /** Why the file cannot be read without an answer; answered with the update `setProfile`. */
  readonly needsInput?: ImportQuestion;
}

/** Names of the handlers of DataImportWorkflow. */
export const IMPORT_HANDLERS = {
  progress: 'progress',
  setProfile: 'setProfile',
  cancel: 'cancel',
  pause: 'pause',
  resume: 'resume',
} as const;
