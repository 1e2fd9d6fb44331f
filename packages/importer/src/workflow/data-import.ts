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
  type ImportCarry,
  IMPORT_FAILURES,
  IMPORT_HANDLERS,
  type ImportProfile,
  type ImportProgress,
} from '../contract';
import { isStorableText, mergeProfiles, profileProblem } from '../domain';
import { importOptions, inspectOptions, parseOptions } from './activity-options';
import { idsProblem } from './ids-problem';

const { inspectImportFile } = proxyActivities<ImportActivities>(inspectOptions);
const { parseImportFile } = proxyActivities<ImportActivities>(parseOptions);
const { validateBatch, importToDatabase, finishImport, failImport, holdImport } =
  proxyActivities<ImportActivities>(importOptions);

export const progressQuery = defineQuery<ImportProgress>(IMPORT_HANDLERS.progress);
export const setProfileUpdate = defineUpdate<ImportProgress, [ImportProfile]>(IMPORT_HANDLERS.setProfile);
export const cancelUpdate = defineUpdate<ImportProgress>(IMPORT_HANDLERS.cancel);
export const pauseSignal = defineSignal(IMPORT_HANDLERS.pause);
export const resumeSignal = defineSignal(IMPORT_HANDLERS.resume);

const INPUT_TIMEOUT = '7 days';
/** A run hands over before it reaches 4,000 events; one step and the messages of its time fit into what is left. */
const MAX_HISTORY_EVENTS = 3500;

/**
 * Brings a file into the database: inspects it, reads its layout from all of it, validates it in batches of 100, and loads
 * it in chunks of whole batches. Counts, checkpoint and rows are one transaction, so the numbers are right after any crash.
 * Rows never enter the history: it has the same length for any size of file.
 */
export async function DataImportWorkflow(input: DataImportInput, carry: ImportCarry = {}): Promise<DataImportResult> {
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
  let paused = carry.paused ?? false;
  let opened = false;
  let atWork = false;
  let held = false;

  setHandler(progressQuery, () => (paused && !hasEnded() ? { ...progress, phase: 'paused' } : progress));
  setHandler(pauseSignal, async () => {
    paused = true;
    await holdWork();
  });
  setHandler(resumeSignal, () => {
    paused = false;
  });
  setHandler(cancelUpdate, async () => {
    cancelled = true;
    await holdWork();
    return progress;
  });
  setHandler(
    setProfileUpdate,
    (answer: ImportProfile) => {
      profile = mergeProfiles(profile, answer);
      answered = true;
      return progress;
    },
    {
      validator: (answer: ImportProfile) => {
        if (progress.phase !== 'needsInput')
          throw userFailure(IMPORT_FAILURES.InvalidInput, 'This import is not waiting for a profile.');
        const problem = profileProblem(answer);
        if (problem !== undefined) throw userFailure(IMPORT_FAILURES.InvalidInput, problem);
      },
    },
  );

  try {
    const inspected = await inspectImportFile(input);
    if (inspected.alreadyImported) return finish(inspected.alreadyImported);
    opened = true;

    progress = { ...progress, phase: 'parsing' };
    let parsed = await parseImportFile({ ...job, ...(profile ? { profile } : {}) });
    while (parsed.needsInput) {
      progress = { ...progress, phase: 'needsInput', needsInput: parsed.needsInput };
      answered = false;
      if (!(await condition(() => answered || cancelled || isLong(), INPUT_TIMEOUT))) {
        throw userFailure(
          IMPORT_FAILURES.InputTimeout,
          `No answer came within ${INPUT_TIMEOUT}: ${parsed.needsInput.message}`,
        );
      }
      if (cancelled) break;
      if (isLong()) await handOver();
      progress = { ...without(progress), phase: 'parsing' };
      parsed = await parseImportFile({ ...job, ...(profile ? { profile } : {}) });
    }
    const { rows, batches } = parsed;

    progress = { ...without(progress), phase: 'validating', rows, batchesTotal: batches };
    for (let done = false, n = 0; !done && !(await stopHere()); n += 1) {
      const slice = await working(async () => validateBatch({ ...job, slice: n }));
      progress = { ...progress, validated: slice.validated, errors: slice.errors, batchesDone: slice.batchesDone };
      done = slice.done;
    }

    const refused = onRowError === 'abort' && progress.errors > 0;
    if (mode === 'commit' && !refused) {
      progress = { ...progress, phase: 'importing', batchesDone: 0 };
      for (let done = false, n = 0; !done && !(await stopHere()); n += 1) {
        const slice = await working(async () => importToDatabase({ ...job, slice: n }));
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
    // Whoever cancels is told so, whatever was found in the rows before.
    return finish(await finishImport({ ...job, outcome: cancelled ? 'cancelled' : refused ? 'aborted' : 'completed' }));
  } catch (error) {
    progress = { ...progress, phase: 'failed' };
    // A job that this run did not open is another import's.
    if (opened && error instanceof TemporalFailure && !isCancellation(error)) await failImport(job);
    throw error;
  }

  /** A slice of work, which a pause or a cancel ends after the chunk in hand. */
  async function working<T>(slice: () => Promise<T>): Promise<T> {
    atWork = true;
    try {
      return await slice();
    } finally {
      atWork = false;
    }
  }

  /** Once for a slice, however often it is asked for. */
  async function holdWork(): Promise<void> {
    if (!atWork || held) return;
    held = true;
    await holdImport({ ...job, hold: true });
  }

  /** Between two slices: waits while paused, hands over to a new run before the history grows long, sees a cancel. */
  async function stopHere(): Promise<boolean> {
    await condition(() => !paused || cancelled || isLong());
    if (held) {
      await condition(allHandlersFinished);
      held = false;
      await holdImport({ ...job, hold: false });
    }
    if (isLong() && !cancelled) await handOver();
    return cancelled;
  }

  function hasEnded(): boolean {
    return progress.phase === 'done' || progress.phase === 'failed';
  }

  function isLong(): boolean {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    return continueAsNewSuggested || historyLength > MAX_HISTORY_EVENTS;
  }

  /** Every step starts at its checkpoint in the database, so the next run finds the work as it is. */
  async function handOver(): Promise<never> {
    await condition(allHandlersFinished);
    return continueAsNew<typeof DataImportWorkflow>({ ...input, ...(profile ? { profile } : {}) }, { paused });
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
  const idProblem = idsProblem(input, ['importId', 'userId', 'accountId']);
  if (idProblem !== undefined) throw refuse(idProblem);
  const { source, mode, onRowError, format, profile, force } = input;
  if (!source || typeof source.ref !== 'string' || !/^[0-9a-f]{64}$/.test(source.sha256 ?? '')) {
    throw refuse('source should be {ref, sha256, bytes, filename}.');
  }
  if (typeof source.filename !== 'string' || source.filename === '' || source.filename.length > 255)
    throw refuse('source.filename should be a text of 1 to 255 characters.');
  if (!isStorableText(source.filename)) throw refuse('source.filename should hold no NUL and no broken characters.');
  if (!Number.isSafeInteger(source.bytes) || source.bytes < 0)
    throw refuse('source.bytes should be the number of bytes of the file.');
  if (format !== undefined && (typeof format !== 'string' || !/^[\w.+-]{1,20}$/.test(format)))
    throw refuse('format should be a text such as auto or csv.');
  if (force !== undefined && typeof force !== 'boolean') throw refuse('force should be true or false.');
  const problem = profile === undefined ? undefined : profileProblem(profile);
  if (problem !== undefined) throw refuse(problem);
  if (mode !== undefined && mode !== 'commit' && mode !== 'preview') throw refuse('mode should be commit or preview.');
  if (onRowError !== undefined && onRowError !== 'skip' && onRowError !== 'abort')
    throw refuse('onRowError should be skip or abort.');
  return input;
}
