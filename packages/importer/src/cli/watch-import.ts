import {
  type ProgressBar,
  createProgressBar,
  failureWaitedOn,
  followWorkflow,
  heartbeatNumber,
} from '@backend/shared/cli';
import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { type DataImportResult, IMPORT_HANDLERS, type ImportProgress, type ImportQuestion } from '../contract';
import { findJob } from '../repositories';
import { inOptions } from './profile';
import type { ImportSession } from './session';

/** An import as it is now: what its workflow knows, and what it has done since it last told. */
interface Moment {
  readonly progress: ImportProgress;
  /** Of the activity that reads the file. */
  readonly bytesRead: number;
  readonly waits: string | undefined;
}

/**
 * Waits for the result of an import; draws a bar when it is watched. `onQuestion` is called once for each question, and again
 * at the next look when it fails. What the import waits for is told on standard error.
 */
export async function followImport({
  session,
  handle,
  importId,
  file,
  bytes,
  watch,
  onQuestion,
}: {
  session: ImportSession;
  handle: WorkflowHandle;
  importId: string;
  /** Its name, for people. */
  file: string;
  /** Its size; 0 when it is not known. */
  bytes: number;
  watch: boolean;
  onQuestion: (question: ImportQuestion) => Promise<void> | void;
}): Promise<DataImportResult> {
  const bar = watch ? createProgressBar({ label: file, unit: 'rows' }) : undefined;
  let asked: string | undefined;
  let told: string | undefined;
  return followWorkflow<DataImportResult, Moment>({
    handle,
    progress: async () => {
      const moment = await look({ session, handle, importId, watch });
      const question = moment.progress.needsInput;
      if (question && question.message !== asked) await onQuestion(question);
      asked = question?.message;
      const { waits = told } = moment;
      if (waits !== told) process.stderr.write(`${file} waits: ${waits}\n`);
      told = waits;
      return moment;
    },
    onProgress: (moment) => bar && draw(bar, moment, bytes),
    onOutage: () => process.stderr.write('the server cannot be reached; waiting for it\n'),
  }).finally(() => bar?.stop());
}

async function look({
  session,
  handle,
  importId,
  watch,
}: {
  session: ImportSession;
  handle: WorkflowHandle;
  importId: string;
  watch: boolean;
}): Promise<Moment> {
  const progress = await handle.query<ImportProgress>(IMPORT_HANDLERS.progress);
  const description = await handle.describe();
  const moment = { progress, bytesRead: 0, waits: waitedOn(description) };
  if (!watch) return moment;
  if (progress.phase === 'inspecting' || progress.phase === 'parsing')
    return { ...moment, bytesRead: heartbeatNumber(description, 'bytes') };
  return { ...moment, progress: await upToDate(session, importId, progress) };
}

/** The progress of a workflow with the counts of now: it hears of a step when its slice is done, the job's row has each chunk. */
export async function upToDate(
  session: ImportSession,
  importId: string,
  progress: ImportProgress,
): Promise<ImportProgress> {
  if (progress.rows === 0) return progress;
  const job = await session.scope(session.ownerId, async (tx) => findJob(tx, importId));
  if (!job) return progress;
  const { validatedRows, importedRows, duplicateRows, errorRows } = job;
  return {
    ...progress,
    validated: validatedRows,
    imported: importedRows,
    duplicates: duplicateRows,
    errors: errorRows,
  };
}

/** Why an activity of the import failed that waits to be tried again, for people; undefined while the work goes on. */
export function waitedOn(description: WorkflowExecutionDescription): string | undefined {
  const failure = failureWaitedOn(description);
  return failure && inOptions(failure);
}

const PHASES: Readonly<Partial<Record<ImportProgress['phase'], string>>> = {
  inspecting: 'checking the file',
  parsing: 'reading',
  validating: 'validating',
  importing: 'importing',
  finishing: 'finishing',
  paused: 'paused',
};

function draw(bar: ProgressBar, { progress, bytesRead }: Moment, bytes: number): void {
  const { phase, rows, validated, imported, duplicates, errors } = progress;
  const note = PHASES[phase] ?? '';
  // A transcription can be longer than the file.
  if (bytesRead > 0 && bytesRead <= bytes) bar.update(megabytes(bytesRead), megabytes(bytes), note, 'MB');
  const done = phase === 'importing' || phase === 'finishing' ? imported + duplicates + errors : validated;
  if (rows > 0) bar.update(Math.min(done, rows), rows, note);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 100_000) / 10;
}
