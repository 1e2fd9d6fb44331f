import type { BlobRef } from '@backend/shared/kernel';

/** What a client in any language needs to import a file into either tenant. Imports nothing at run time. */

export const IMPORT_WORKFLOW_TYPE = 'DataImportWorkflow';

/** Failure types of an import; all of them are non-retryable. */
export const IMPORT_FAILURES = {
  InvalidInput: 'InvalidInput',
  ChecksumMismatch: 'ChecksumMismatch',
  FileTooLarge: 'FileTooLarge',
  UnsupportedFormat: 'UnsupportedFormat',
  DecodeError: 'DecodeError',
  UnsupportedEncoding: 'UnsupportedEncoding',
  MixedDateFormats: 'MixedDateFormats',
  MixedNumberFormats: 'MixedNumberFormats',
  EmptyFile: 'EmptyFile',
  TargetNotFound: 'TargetNotFound',
  InputTimeout: 'InputTimeout',
  BlobMissing: 'BlobMissing',
} as const;
export type ImportFailureType = (typeof IMPORT_FAILURES)[keyof typeof IMPORT_FAILURES];

/** `{tenant}/import/{importId}` */
export function importWorkflowId({ tenant, importId }: { tenant: string; importId: string }): string {
  return `${tenant}/import/${encodeURIComponent(importId)}`;
}
/** The inverse of {@link importWorkflowId}; undefined for any other id. */
export function parseImportWorkflowId(workflowId: string): { tenant: string; importId: string } | undefined {
  const match = /^([a-z]+)\/import\/([^/]+)$/.exec(workflowId);
  return match ? { tenant: match[1]!, importId: decodeURIComponent(match[2]!) } : undefined;
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

export interface DataImportInput {
  readonly importId: string;
  /** The user in tracc; the timeline in timeline. */
  readonly userId: string;
  /** The account in tracc; the timeline in timeline. */
  readonly accountId: string;
  readonly source: BlobRef & { readonly filename: string };
  readonly format?: 'auto' | 'csv' | 'tsv';
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
  readonly warnings: readonly ImportWarning[];
  /** The first 100 refused rows. */
  readonly rowErrors: readonly ImportRowError[];
  /** Every refused row as CSV: its own columns, line and code; can be mended and imported again. */
  readonly errorReportRef?: BlobRef;
  /** Preview only: the first 50 rows as they would be stored. */
  readonly preview?: readonly Readonly<Record<string, string>>[];
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
  readonly needsInput?: { readonly code: string; readonly message: string };
}

/** Names of the handlers of DataImportWorkflow. */
export const IMPORT_HANDLERS = {
  progress: 'progress',
  setProfile: 'setProfile',
  cancel: 'cancel',
  pause: 'pause',
  resume: 'resume',
} as const;

/** Records of one batch, the unit of validation, progress and restart. */
export const BATCH_ROWS = 100;
