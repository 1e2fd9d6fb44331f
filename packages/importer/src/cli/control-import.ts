import { CliFailure, UsageError, printJson, terminal } from '@backend/shared/cli';
import { failureType } from '@backend/shared/failures';
import { WorkflowNotFoundError } from '@temporalio/client';
import { type DataImportResult, IMPORT_HANDLERS, type ImportProgress } from '../contract';
import { findImport } from './find-import';
import { count, printLines } from './layout-text';
import { type ProfileOptions, readProfile } from './profile';
import { resultText } from './result-text';
import type { ImportSession, ImportTenantWords } from './session';
import { followImport, upToDate } from './watch-import';

/** What the commands that act on a running import have in common. */
export interface Order {
  readonly session: ImportSession;
  readonly importId: string;
  readonly words: ImportTenantWords;
  readonly json: boolean;
}

/** `import pause` and `import resume`: the chunk in hand is finished first. */
export async function signalImport(order: Order, signal: 'pause' | 'resume'): Promise<void> {
  const { session, importId, words, json } = order;
  const { handle } = await findImport(session, { tenant: words.tenant, importId });
  await refuseEnded(importId, async () => handle.signal(IMPORT_HANDLERS[signal]));
  const progress = await upToDate(session, importId, await handle.query<ImportProgress>(IMPORT_HANDLERS.progress));
  if (json) return printJson({ importId, progress });
  const figures = progress.rows > 0 ? `, ${figuresText(progress)}` : '';
  printLines([
    `${signal === 'pause' ? 'paused' : 'resumed'} ${importId}${figures}`,
    ...(signal === 'pause' ? [`${words.call} resume ${importId} goes on`] : []),
  ]);
}

/** `import cancel`: ends an import after the chunk in hand; what is imported stays. */
export async function cancelImport({ session, importId, words, json }: Order): Promise<void> {
  const { job, handle } = await findImport(session, { tenant: words.tenant, importId });
  await refuseEnded(importId, async () => handle.executeUpdate(IMPORT_HANDLERS.cancel));
  const file = job?.source.filename ?? importId;
  const result: DataImportResult = await followImport({
    session,
    handle,
    importId,
    file,
    bytes: job?.source.bytes ?? 0,
    watch: false,
    onQuestion: () => undefined,
  });
  if (json) return printJson(result);
  const rejects = result.errorReportRef ? await session.blobs.locate(result.errorReportRef) : undefined;
  printLines(resultText({ result, file, width: terminal().width, rejects, words }));
}

/** `import answer`: says what the import has asked. */
export async function answerImport({ session, importId, words, json }: Order, options: ProfileOptions): Promise<void> {
  const profile = await readProfile(options, { example: words.exampleProfile, roles: words.roles });
  if (!profile)
    throw new UsageError(`--profile is missing: a JSON object such as ${words.exampleProfile}; or --date-format DMY`);
  const { handle } = await findImport(session, { tenant: words.tenant, importId });
  await refuseEnded(importId, async () => handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [profile] }));
  if (json) return printJson({ importId, profile });
  printLines([`answered ${importId}; ${words.call} show ${importId} says what becomes of it`]);
}

/** An import that has ended takes no orders. */
async function refuseEnded(importId: string, order: () => Promise<unknown>): Promise<void> {
  try {
    await order();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || failureType(error) === 'AcceptedUpdateCompletedWorkflow')
      throw new CliFailure(`the import ${importId} has ended already`);
    throw error;
  }
}

/** How far an import is, in words. */
export function progressText(progress: ImportProgress): string {
  const phase = progress.phase === 'needsInput' ? 'waits for an answer' : progress.phase;
  return progress.rows === 0 ? phase : `${phase}: ${figuresText(progress)}`;
}

function figuresText({ rows, validated, imported, duplicates, errors }: ImportProgress): string {
  return [
    `${validated.toLocaleString('en-US')} of ${count(rows, 'row')} validated`,
    ...(imported + duplicates > 0 ? [`${imported.toLocaleString('en-US')} imported`] : []),
    ...(duplicates > 0 ? [`${duplicates.toLocaleString('en-US')} there already`] : []),
    ...(errors > 0 ? [`${errors.toLocaleString('en-US')} refused`] : []),
  ].join(', ');
}
