import {
  ContinueAsNew,
  TemporalFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow';
import { userFailure } from '@backend/shared/failures';
import { statusAttribute, summarized, until, versioned } from '@backend/shared/workflow';
import type { ImportActivities } from '../activities';
import {
  type DataImportInput,
  type DataImportResult,
  type ImportCarry,
  IMPORT_FAILURES,
  IMPORT_HANDLERS,
  IMPORT_SEARCH_ATTRIBUTES,
  type ImportPhase,
  type ImportProfile,
  type ImportProgress,
  type ImportSearchStatus,
} from '../contract';
import { isStorableText, mergeProfiles, profileProblem } from '../domain';
import { importOptions, inspectOptions, parseOptions } from './activity-options';
import { idsProblem } from './ids-problem';
import { importDetails } from './import-details';
import { SUMMARIES } from './summaries';

const { inspectImportFile } = summarized(proxyActivities<ImportActivities>(inspectOptions), SUMMARIES);
const { parseImportFile } = summarized(proxyActivities<ImportActivities>(parseOptions), SUMMARIES);
const { validateBatch, importToDatabase, finishImport, failImport, holdImport } = summarized(
  proxyActivities<ImportActivities>(importOptions),
  SUMMARIES,
);

export const progressQuery = defineQuery<ImportProgress>(IMPORT_HANDLERS.progress);
export const setProfileUpdate = defineUpdate<ImportProgress, [ImportProfile]>(IMPORT_HANDLERS.setProfile);
export const cancelUpdate = defineUpdate<ImportProgress>(IMPORT_HANDLERS.cancel);
export const pauseSignal = defineSignal(IMPORT_HANDLERS.pause);
export const resumeSignal = defineSignal(IMPORT_HANDLERS.resume);

const INPUT_TIMEOUT = '7 days';
/** An import has some forty events; only a flood of messages makes more, and so many are replayed within a second. */
const MAX_HISTORY_EVENTS = 1000;

/**
 * Brings a file into the database: inspects it, reads its layout from all of it, validates it in batches of 100, and loads
 * it in chunks of whole batches. Counts, checkpoint and rows are one transaction, so the numbers are right after any crash.
 * Rows never enter the history: it has the same length for any size of file.
 */
export async function DataImportWorkflow(input: DataImportInput, carry: ImportCarry = {}): Promise<DataImportResult> {
  const { importId, userId, mode = 'commit', onRowError = 'skip' } = validate(input);
  const job = { importId, userId };
  const showStatus = statusAttribute<ImportSearchStatus>(IMPORT_SEARCH_ATTRIBUTES.status);
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
  let phaseSince = Date.now();

  setHandler(progressQuery, () => (paused && !hasEnded() ? { ...progress, phase: 'paused' } : progress));
  setHandler(pauseSignal, async () => {
    paused = true;
    show();
    await holdWork();
  });
  setHandler(resumeSignal, () => {
    paused = false;
    show();
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
    show();
    const inspected = await inspectImportFile(input);
    if (inspected.alreadyImported) return finish(inspected.alreadyImported);
    opened = true;

    enter('parsing');
    let parsed = await parseImportFile({ ...job, ...(profile ? { profile } : {}) });
    while (parsed.needsInput) {
      enter('needsInput', { needsInput: parsed.needsInput });
      answered = false;
      const isOver = await condition(() => answered || cancelled || isLong(), INPUT_TIMEOUT, {
        summary: 'Wait for an answer about the layout',
      });
      if (!isOver) {
        throw userFailure(
          IMPORT_FAILURES.InputTimeout,
          `No answer came within ${INPUT_TIMEOUT}: ${parsed.needsInput.message}`,
        );
      }
      if (cancelled) break;
      if (isLong()) await handOver();
      enter('parsing');
      parsed = await parseImportFile({ ...job, ...(profile ? { profile } : {}) });
    }
    const { rows, batches } = parsed;

    enter('validating', { rows, batchesTotal: batches });
    for (let done = false, n = 0; !done && !(await stopHere()); n += 1) {
      const slice = await working(validateBatch({ ...job, slice: n }));
      const { validated, errors, batchesDone } = slice;
      advance({ validated, errors, batchesDone });
      done = slice.done;
    }

    const refused = onRowError === 'abort' && progress.errors > 0;
    if (mode === 'commit' && !refused) {
      enter('importing', { batchesDone: 0 });
      for (let done = false, n = 0; !done && !(await stopHere()); n += 1) {
        const slice = await working(importToDatabase({ ...job, slice: n }));
        const { imported, duplicates, batchesDone } = slice;
        advance({ imported, duplicates, batchesDone });
        done = slice.done;
      }
    }

    enter('finishing');
    // Whoever cancels is told so, whatever was found in the rows before.
    return finish(await finishImport({ ...job, outcome: cancelled ? 'cancelled' : refused ? 'aborted' : 'completed' }));
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    enter('failed');
    showStatus(isCancellation(error) ? 'cancelled' : 'failed');
    // A job that this run did not open is another import's.
    if (opened && error instanceof TemporalFailure && !isCancellation(error)) await failImport(job);
    throw error;
  }

  function enter(phase: ImportPhase, change: Partial<ImportProgress> = {}): void {
    const { needsInput: _answered, ...before } = progress;
    progress = { ...before, phase };
    phaseSince = Date.now();
    advance(change);
  }

  function advance(change: Partial<ImportProgress>): void {
    progress = { ...progress, ...change };
    show();
  }

  /** Tells the UI, and those who look for imports that wait. */
  function show(): void {
    setCurrentDetails(importDetails(progress, { paused, phaseMs: Date.now() - phaseSince }));
    if (hasEnded()) return;
    showStatus(paused ? 'paused' : progress.phase === 'needsInput' ? 'needsInput' : 'running');
  }

  /** A slice of work, which a pause or a cancel ends after the chunk in hand. */
  async function working<T>(slice: Promise<T>): Promise<T> {
    atWork = true;
    try {
      return await slice;
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
    await until(() => !paused || cancelled || isLong());
    if (held) {
      await until(allHandlersFinished);
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
    await until(allHandlersFinished);
    return continueAsNew<typeof DataImportWorkflow>({ ...input, ...(profile ? { profile } : {}) }, { paused });
  }

  function finish(result: DataImportResult): DataImportResult {
    enter('done');
    showStatus(result.status);
    return result;
  }
}

// It ends with the code that it began with.
setWorkflowOptions(versioned('PINNED'), DataImportWorkflow);

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
