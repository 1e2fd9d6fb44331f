import { type Metrics, counter, gauge, histogram } from '@backend/shared/telemetry';
import type { ImportFormatName } from '../contract';
import type { ImportJob } from '../repositories';

type Format = Exclude<ImportFormatName, 'auto'>;

const FORMATS = [
  'csv',
  'tsv',
  'ndjson',
  'json',
  'xlsx',
  'ofx',
  'qfx',
  'qif',
  'camt053',
  'mt940',
] as const satisfies readonly Format[];

/** What the import pipeline exports, in every tenant that has it. */
export const IMPORT_METRICS = {
  importRows: counter({
    name: 'import_rows_total',
    unit: 'rows',
    help: 'Rows of imported files: accepted into the database, rejected, or known already. Counted after the commit, each row once.',
    labels: { format: FORMATS, outcome: ['accepted', 'rejected', 'duplicate'] },
  }),
  importChunkSeconds: histogram({
    name: 'import_chunk_seconds',
    unit: 'seconds',
    help: 'Time of the transaction of one chunk of rows, by the step that the chunk belongs to.',
    labels: { step: ['validate', 'load', 'revert'] },
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  }),
  importsEnded: counter({
    name: 'import_ended_total',
    unit: 'imports',
    help: 'Imports that have ended, by their status. Each is counted once.',
    labels: { status: ['completed', 'completed_with_errors', 'aborted', 'cancelled', 'failed'] },
  }),
  importRevertedRows: counter({
    name: 'import_reverted_rows_total',
    unit: 'rows',
    help: 'Rows that reverts of imports have deleted.',
  }),
  importsOpen: gauge({
    name: 'import_open',
    unit: 'imports',
    help: 'Imports that have not ended, those that wait for an answer included; from Temporal visibility, by each worker.',
  }),
  importOldestOpen: gauge({
    name: 'import_oldest_open_start_timestamp_seconds',
    unit: 'seconds since 1970',
    help: 'When the oldest import that has not ended was started; 0 without one. From Temporal visibility, by each worker.',
  }),
} as const;

export type ImportMetrics = Metrics<typeof IMPORT_METRICS>;

/** The format that the file turned out to have; before it is known, the one that was asked for. */
export function formatOf({ plan, format }: Pick<ImportJob, 'plan' | 'format'>): Format {
  const found = plan?.understood?.format ?? format;
  return FORMATS.find((name) => name === found) ?? 'csv';
}
