import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CliFailure, UsageError, printJson, terminal } from '@backend/shared/cli';
import { WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import {
  type DataImportInput,
  type DataImportResult,
  IMPORT_HANDLERS,
  IMPORT_SEARCH_ATTRIBUTES,
  IMPORT_WORKFLOW_TYPE,
  type ImportFormatName,
  type ImportProfile,
  type ImportQuestion,
  importWorkflowId,
} from '../contract';
import { mergeProfiles } from '../domain';
import { findJob } from '../repositories';
import { readInput } from './find-import';
import { count, printLines } from './layout-text';
import { PROFILE_OPTIONS, profileOptions, readProfile } from './profile';
import { answerCommand, questionText } from './question-text';
import { previewText, resultText } from './result-text';
import type { ImportOptions, ImportSession, ImportTenantWords } from './session';
import { followImport } from './watch-import';

/** Builds the command line that was typed anew, without some of its options and with others. */
export type Retype = (change: { without?: readonly string[]; and?: readonly string[] }) => string;

/**
 * Registers the file as a blob, starts its import, or finds the one of the same id, and follows it to its result. A preview
 * that asks something shows the question and is ended: it has nothing to wait for.
 */
export async function importFile({
  session,
  file,
  targetId,
  words,
  retype,
  options,
  json,
}: {
  session: ImportSession;
  file: string;
  targetId: string;
  words: ImportTenantWords;
  retype: Retype;
  options: ImportOptions;
  json: boolean;
}): Promise<void> {
  const profile = await readProfile(options, { example: words.exampleProfile, roles: words.roles });
  const format = formatOf(options.format, words.formats);
  const isFile = await stat(file).then(
    (entry) => entry.isFile(),
    () => false,
  );
  if (!isFile) throw new UsageError(`the file ${file} cannot be read`);
  // Short enough to be typed; two of the same would be refused, not mixed up.
  const importId = options.id ?? randomUUID().replaceAll('-', '').slice(0, 12);
  const filename = path.basename(file);
  const input: DataImportInput = {
    importId,
    userId: session.ownerId,
    accountId: targetId,
    source: { ...(await session.blobs.putFile(file)), filename },
    mode: options.preview ? 'preview' : 'commit',
    onRowError: options.abort ? 'abort' : 'skip',
    ...(format ? { format } : {}),
    ...(profile ? { profile } : {}),
    ...(options.force ? { force: true } : {}),
  };
  const handle = await startImport({ session, tenant: words.tenant, input, isOwnId: options.id !== undefined });
  const { width } = terminal();
  const show = (question: ImportQuestion, nextCommand: (answer: ImportProfile) => string) =>
    questionText({ question, width, roles: words.roles, nextCommand });
  let open: ImportQuestion | undefined;
  const result = await followImport({
    session,
    handle,
    importId,
    file: filename,
    bytes: input.source.bytes,
    watch: options.watch === true,
    onQuestion: async (question) => {
      if (options.preview) {
        await handle.executeUpdate(IMPORT_HANDLERS.cancel);
        open = question;
        return;
      }
      process.stderr.write(
        `${[
          `The import of ${filename} waits for an answer.`,
          ...show(question, (answer) => answerCommand(words, importId, answer)),
          '',
          'It is waited for here; it may be given from another terminal, or after Ctrl-C, for seven days.',
        ].join('\n')}\n`,
      );
    },
  });
  if (open) {
    if (json) printJson({ ...result, needsInput: open });
    else {
      const again = (answer: ImportProfile) =>
        retype({ without: ['id', ...PROFILE_OPTIONS], and: profileOptions(mergeProfiles(profile, answer)) });
      printLines([`Preview of ${filename}: nothing was stored.`, ...show(open, again)]);
    }
    throw new CliFailure(`${filename} cannot be imported before that is answered`);
  }
  if (json) printJson(result);
  else await printImport({ session, result, filename, words, retype, isPreview: options.preview === true });
  if (result.status === 'aborted')
    throw new CliFailure(`nothing was stored: ${count(result.errors, 'row has an error', 'rows have errors')}`);
}

/** The result of an import or a preview, for people. */
async function printImport({
  session,
  result,
  filename,
  words,
  retype,
  isPreview,
}: {
  session: ImportSession;
  result: DataImportResult;
  filename: string;
  words: ImportTenantWords;
  retype: Retype;
  isPreview: boolean;
}): Promise<void> {
  const { width } = terminal();
  const rejects = result.errorReportRef ? await session.blobs.locate(result.errorReportRef) : undefined;
  const shown = { result, file: filename, width, rejects, words };
  printLines(
    isPreview && result.status !== 'cancelled'
      ? previewText({ ...shown, nextCommand: retype({ without: ['preview', 'id'] }) })
      : resultText(shown),
  );
}

function formatOf(format: string | undefined, formats: readonly string[]): ImportFormatName | undefined {
  if (format === undefined) return undefined;
  const name = format.toLowerCase();
  if (!formats.includes(name)) throw new UsageError(`--format should be one of ${formats.join(', ')}, not ${format}`);
  return name as ImportFormatName;
}

/** An id that was used before is that import: running or done, its result is the answer. */
async function startImport({
  session,
  tenant,
  input,
  isOwnId,
}: {
  session: ImportSession;
  tenant: string;
  input: DataImportInput;
  isOwnId: boolean;
}): Promise<WorkflowHandle> {
  const workflowId = importWorkflowId({ tenant, importId: input.importId });
  try {
    const handle = await session.start(IMPORT_WORKFLOW_TYPE, {
      workflowId,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      typedSearchAttributes: [{ key: IMPORT_SEARCH_ATTRIBUTES.status, value: 'running' }],
      staticSummary: `${input.mode === 'preview' ? 'Preview' : 'Import'} of ${input.source.bytes} bytes`,
      args: [input],
    });
    // One that runs under the id is answered with as if it had been started.
    if (isOwnId) await refuseOther(handle, input);
    return handle;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const handle = (await session.client()).workflow.getHandle(workflowId);
    await refuseOther(handle, input);
    const job = await session.scope(session.ownerId, async (tx) => findJob(tx, input.importId));
    if (job?.status === 'reverting' || job?.status === 'reverted')
      throw new CliFailure(`the import ${input.importId} was reverted; import the file under another id`);
    process.stderr.write('this was done before; here is its result\n');
    return handle;
  }
}

/** Somebody else's import under the same id is no answer. */
async function refuseOther(handle: WorkflowHandle, asked: DataImportInput): Promise<void> {
  const known = await readInput(handle);
  if (!known) return;
  const same =
    known.userId === asked.userId &&
    known.source?.sha256 === asked.source.sha256 &&
    known.accountId === asked.accountId &&
    (known.mode ?? 'commit') === asked.mode;
  if (!same) {
    throw new CliFailure(
      `the id ${asked.importId} belongs to an import of another file, target, mode or user; choose another --id`,
    );
  }
}
