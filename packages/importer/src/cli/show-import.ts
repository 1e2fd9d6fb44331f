import { printJson, terminal } from '@backend/shared/cli';
import { rootFailure } from '@backend/shared/failures';
import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import {
  type DataImportResult,
  IMPORT_HANDLERS,
  type ImportProfile,
  type ImportProgress,
  type ImportQuestion,
  type RevertImportResult,
} from '../contract';
import type { ImportJob } from '../repositories';
import { type Order, progressText } from './control-import';
import { findImport } from './find-import';
import { facts, printLines, prose, section } from './layout-text';
import { inOptions } from './profile';
import { answerCommand, questionText } from './question-text';
import { previewText, resultText } from './result-text';
import { revertText } from './revert-import';
import type { ImportSession, ImportTenantWords } from './session';
import { understoodText } from './understood-text';
import { upToDate, waitedOn } from './watch-import';

/** What is known of an import, for `--json`. */
interface Shown {
  readonly importId: string;
  readonly status: string;
  readonly mode?: ImportJob['mode'];
  readonly file?: string;
  readonly target?: string;
  readonly createdAt?: string;
  readonly progress?: ImportProgress;
  /** After what failure its work is tried again, while it waits for that. */
  readonly waits?: string;
  readonly failure?: string;
  /** What was taken back of it, so far. */
  readonly revert?: RevertImportResult;
  readonly result?: DataImportResult;
  readonly rejects?: string;
}

/** `import show`: what became of an import, or how far it is and what it asks. */
export async function showImport({ session, importId, words, json }: Order): Promise<void> {
  const { job, handle } = await findImport(session, { tenant: words.tenant, importId });
  const state = await stateOf({ session, importId, handle, job });
  const result = job?.result ?? undefined;
  const rejects = result?.errorReportRef ? await session.blobs.locate(result.errorReportRef) : undefined;
  const shown: Shown = {
    importId,
    ...state,
    ...(job
      ? { mode: job.mode, file: job.source.filename, target: job.target, createdAt: job.createdAt.toISOString() }
      : {}),
    ...(job && isTakenBack(job) ? { revert: revertOf(job) } : {}),
    ...(result ? { result } : {}),
    ...(rejects === undefined ? {} : { rejects }),
  };
  if (json) return printJson({ ...shown, ...(job?.plan?.understood ? { understood: job.plan.understood } : {}) });

  const { width } = terminal();
  const question = state.progress?.needsInput;
  printLines([
    ...facts(factsOf(shown), width + 2),
    ...(question ? questionLines(question, { importId, width, call: words.call, roles: words.roles }) : []),
    ...(question ? [] : outcomeLines({ job, width, rejects, words })),
  ]);
}

function outcomeLines({
  job,
  width,
  rejects,
  words,
}: {
  job: ImportJob | undefined;
  width: number;
  rejects: string | undefined;
  words: ImportTenantWords;
}): string[] {
  if (!job) return [];
  const { result, plan, source, mode } = job;
  const shown = { file: source.filename, width, rejects, words };
  if (mode === 'preview' && !plan) return result ? ['', 'It was ended before its question was answered.'] : [];
  if (mode === 'preview' && result) return ['', ...previewText({ ...shown, result })];
  if (isTakenBack(job)) {
    const more = job.status === 'reverting' ? ` so far; ${words.call} revert ${job.importId} goes on with it` : '';
    return ['', ...prose(`${revertText(revertOf(job))}${more}.`, width + 2)];
  }
  return [
    ...(plan?.understood ? section('How the file was read', understoodText(plan.understood, width)) : []),
    ...(result ? ['', ...resultText({ ...shown, result })] : []),
  ];
}

function isTakenBack({ status }: ImportJob): boolean {
  return status === 'reverting' || status === 'reverted';
}

function revertOf({ deletedRows, keptRows }: ImportJob): RevertImportResult {
  return { deleted: deletedRows, keptEdited: keptRows ?? 0 };
}

function factsOf({ importId, status, mode, file, target, createdAt, progress, waits, failure }: Shown) {
  const entries: [name: string, text: string | undefined][] = [
    ['import', importId],
    ['file', file],
    ['into', target],
    ['begun', createdAt && `${createdAt.slice(0, 16).replace('T', ' ')} UTC`],
    ['status', mode === 'preview' ? `preview, ${statusText(status)}` : statusText(status)],
    ['progress', progress && progressText(progress)],
    ['waits', waits],
    ['why', failure],
  ];
  return entries.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
}

/** A status as people say it. */
export function statusText(status: string): string {
  return status.replaceAll('_', ' ');
}

function questionLines(
  question: ImportQuestion,
  { importId, width, call, roles }: { importId: string; width: number; call: string; roles: readonly string[] },
): string[] {
  const nextCommand = (answer: ImportProfile) => answerCommand({ call }, importId, answer);
  return questionText({ question, width, roles, nextCommand });
}

/** Where an import is; of one that failed, why. The database says it when the server has forgotten the workflow. */
async function stateOf({
  session,
  importId,
  handle,
  job,
}: {
  session: ImportSession;
  importId: string;
  handle: WorkflowHandle;
  job: ImportJob | undefined;
}): Promise<Pick<Shown, 'status' | 'progress' | 'waits' | 'failure'>> {
  const stored = job?.status ?? 'running';
  try {
    const description = await handle.describe();
    const { status } = description;
    if (status.name === 'RUNNING') {
      const progress = await handle.query<ImportProgress>(IMPORT_HANDLERS.progress);
      const waits = waitedOn(description);
      return {
        status: 'running',
        progress: await upToDate(session, importId, progress),
        ...(waits === undefined ? {} : { waits }),
      };
    }
    if (status.name === 'COMPLETED') return { status: stored };
    const ended = stored === 'running' ? status.name.toLowerCase().replaceAll('_', ' ') : stored;
    return { status: ended, ...(await failureOf(handle)) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { status: stored };
    throw error;
  }
}

async function failureOf(handle: WorkflowHandle): Promise<{ failure?: string }> {
  try {
    await handle.result();
    return {};
  } catch (error) {
    const failure = rootFailure(error);
    return failure?.message ? { failure: inOptions(failure.message) } : {};
  }
}
