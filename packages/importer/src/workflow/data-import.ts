import {
  TemporalFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { userFailure } from '@backend/shared/failures';
import type { ImportActivities } from '../activities';
import {
  type DataImportInput,
  type DataImportResult,
  IMPORT_FAILURES,
  IMPORT_HANDLERS,
  type ImportProfile,
  type ImportProgress,
} from '../contract';
import { importOptions, inspectOptions, parseOptions } from './activity-options';

const { inspectImportFile } = proxyActivities<ImportActivities>(inspectOptions);
const { parseImportFile } = proxyActivities<ImportActivities>(parseOptions);
const { validateBatch, importToDatabase, finishImport, failImport } = proxyActivities<ImportActivities>(importOptions);

export const progressQuery = defineQuery<ImportProgress>(IMPORT_HANDLERS.progress);
export const setProfileUpdate = defineUpdate<ImportProgress, [ImportProfile]>(IMPORT_HANDLERS.setProfile);
export const cancelUpdate = defineUpdate<ImportProgress>(IMPORT_HANDLERS.cancel);
export const pauseSignal = defineSignal(IMPORT_HANDLERS.pause);
export const resumeSignal = defineSignal(IMPORT_HANDLERS.resume);

const INPUT_TIMEOUT = '7 days';

/**
 * Brings a file into the database: inspects it, reads its layout from all of it, validates it in batches of 100, and loads
 * it in chunks of whole batches. Counts, checkpoint and rows are one transaction, so the numbers are right after any crash.
 * Rows never enter the history: it has the same length for any size of file.
 */
export async function DataImportWorkflow(input: DataImportInput): Promise<DataImportResult> {
  const { importId, userId, mode = 'commit', onRowError = 'skip' } = validate(input);
  const job = { importId, userId };
  let progress: ImportProgress = {
    phase: 'inspecting',
    rows: 0,
    validated: 0,
    imported: 0,
    duplicates: 0,
    errors: 0,
    batchesDone: 0,
    batchesTotal: 0,
  };
  let profile = input.profile;
  let answered = false;
  let cancelled = false;
  let paused = false;

  setHandler(progressQuery, () => (paused ? { ...progress, phase: 'paused' } : progress));
  setHandler(pauseSignal, () => {
    paused = true;
  });
  setHandler(resumeSignal, () => {
    paused = false;
  });
  setHandler(cancelUpdate, () => {
    cancelled = true;
    return progress;
  });
  setHandler(
    setProfileUpdate,
    (answer: ImportProfile) => {
      profile = { ...profile, ...answer };
      answered = true;
      return progress;
    },
    {
      validator: (_answer: ImportProfile) => {
        if (progress.phase !== 'needsInput')
          throw userFailure(IMPORT_FAILURES.InvalidInput, 'This import is not waiting for a profile.');
      },
    },
  );

  try {
    const inspected = await inspectImportFile(input);
    if (inspected.alreadyImported) return finish(inspected.alreadyImported);

    progress = { ...progress, phase: 'parsing' };
    let parsed = await parseImportFile({ ...job, ...(profile ? { profile } : {}) });
    while (parsed.needsInput) {
      progress = { ...progress, phase: 'needsInput', needsInput: parsed.needsInput };
      answered = false;
      if (!(await condition(() => answered || cancelled, INPUT_TIMEOUT))) {
        throw userFailure(
          IMPORT_FAILURES.InputTimeout,
          `No answer came within ${INPUT_TIMEOUT}: ${parsed.needsInput.message}`,
        );
      }
      if (cancelled) break;
      progress = { ...without(progress), phase: 'parsing' };
      parsed = await parseImportFile({ ...job, ...(profile ? { profile } : {}) });
    }
    const { rows, batches } = parsed;

    progress = { ...without(progress), phase: 'validating', rows, batchesTotal: batches };
    for (let done = false; !done && !(await stopHere());) {
      const slice = await validateBatch(job);
      progress = { ...progress, validated: slice.validated, errors: slice.errors, batchesDone: slice.batchesDone };
      done = slice.done;
    }

    const aborted = onRowError === 'abort' && progress.errors > 0;
    if (mode === 'commit' && !aborted) {
      progress = { ...progress, phase: 'importing', batchesDone: 0 };
      for (let done = false; !done && !(await stopHere());) {
        const slice = await importToDatabase(job);
        progress = {
          ...progress,
          imported: slice.imported,
          duplicates: slice.duplicates,
          batchesDone: slice.batchesDone,
        };
        done = slice.done;
      }
    }

    progress = { ...progress, phase: 'finishing' };
    return finish(await finishImport({ ...job, outcome: aborted ? 'aborted' : cancelled ? 'cancelled' : 'completed' }));
  } catch (error) {
    progress = { ...progress, phase: 'failed' };
    if (error instanceof TemporalFailure && !isCancellation(error)) await failImport(job);
    throw error;
  }

  /** Between two slices: waits while paused, hands over to a new run before the history grows long, sees a cancel. */
  async function stopHere(): Promise<boolean> {
    await condition(() => !paused || cancelled);
    if (workflowInfo().continueAsNewSuggested && !cancelled) {
      await condition(allHandlersFinished);
      // Every step starts at its checkpoint in the database, so the next run finds the work as it is.
      await continueAsNew<typeof DataImportWorkflow>({ ...input, ...(profile ? { profile } : {}) });
    }
    return cancelled;
  }

  function finish(result: DataImportResult): DataImportResult {
    progress = { ...progress, phase: 'done' };
    return result;
  }
}

function without({ needsInput: _, ...progress }: ImportProgress): ImportProgress {
  return progress;
}

function validate(input: DataImportInput): DataImportInput {
  const refuse = (problem: string) => userFailure(IMPORT_FAILURES.InvalidInput, problem);
  for (const field of ['importId', 'userId', 'accountId'] as const) {
    if (typeof input?.[field] !== 'string' || input[field] === '') throw refuse(`${field} should be given as a text.`);
  }
  const { source, mode, onRowError } = input;
  if (!source || typeof source.ref !== 'string' || !/^[0-9a-f]{64}$/.test(source.sha256 ?? '')) {
    throw refuse('source should be {ref, sha256, bytes, filename}.');
  }
  if (mode !== undefined && mode !== 'commit' && mode !== 'preview') throw refuse('mode should be commit or preview.');
  if (onRowError !== undefined && onRowError !== 'skip' && onRowError !== 'abort')
    throw refuse('onRowError should be skip or abort.');
  return input;
}
