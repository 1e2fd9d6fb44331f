import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CliFailure, UsageError, createProgressBar, followWorkflow, printJson, printTable } from '@backend/shared/cli';
import { formatMoney } from '@backend/shared/kernel';
import { WorkflowExecutionAlreadyStartedError, type WorkflowHandle, defaultPayloadConverter } from '@temporalio/client';
import {
  type DataImportInput,
  type DataImportResult,
  IMPORT_HANDLERS,
  IMPORT_WORKFLOW_TYPE,
  type ImportProgress,
  importWorkflowId,
} from '../contract';
import { parseProfile } from './profile';
import type { ImportOptions, ImportSession } from './session';

const ERRORS_SHOWN = 10;

/** Registers the file as a blob, starts its import, or finds the one of the same id, and follows it to its result. */
export async function importFile({
  session,
  file,
  targetId,
  tenant,
  call,
  exampleProfile,
  options,
  json,
}: {
  session: ImportSession;
  file: string;
  targetId: string;
  tenant: string;
  /** How the command is called, for what it tells people to type. */
  call: string;
  exampleProfile: string;
  options: ImportOptions;
  json: boolean;
}): Promise<void> {
  const profile = options.profile === undefined ? undefined : parseProfile(options.profile, exampleProfile);
  const isFile = await stat(file).then(
    (entry) => entry.isFile(),
    () => false,
  );
  if (!isFile) throw new UsageError(`the file ${file} cannot be read`);
  const importId = options.id ?? randomUUID();
  const filename = path.basename(file);
  const input: DataImportInput = {
    importId,
    userId: session.ownerId,
    accountId: targetId,
    source: { ...(await session.blobs.putFile(file)), filename },
    mode: options.preview ? 'preview' : 'commit',
    onRowError: options.abort ? 'abort' : 'skip',
    ...(profile ? { profile } : {}),
    ...(options.force ? { force: true } : {}),
  };
  const handle = await startImport({ session, tenant, input, isOwnId: options.id !== undefined });
  const bar = options.watch ? createProgressBar({ label: filename, unit: 'rows' }) : undefined;
  let asked: string | undefined;
  const result = await followWorkflow<DataImportResult, ImportProgress>({
    handle,
    progress: async () => handle.query<ImportProgress>(IMPORT_HANDLERS.progress),
    onProgress: (state) => {
      const done =
        state.phase === 'importing' || state.phase === 'finishing'
          ? state.imported + state.duplicates + state.errors
          : state.validated;
      if (state.rows > 0) bar?.update(done, state.rows, state.phase);
      const question = state.needsInput?.message;
      if (question && question !== asked) {
        process.stderr.write(`${question}\nAnswer with: ${call} answer ${importId} --profile '{…}'\n`);
      }
      asked = question;
    },
    onOutage: () => process.stderr.write('the server cannot be reached; waiting for it\n'),
  }).finally(() => bar?.stop());
  if (json) printJson(result);
  else await printImport(session, result);
  if (result.status === 'aborted') throw new CliFailure(`nothing was stored: ${result.errors} rows have errors`);
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
      args: [input],
    });
    // One that runs under the id is answered with as if it had been started.
    if (isOwnId) await refuseOther(handle, input);
    return handle;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const handle = (await session.client()).workflow.getHandle(workflowId);
    await refuseOther(handle, input);
    process.stderr.write('this was done before; here is its result\n');
    return handle;
  }
}

/** Somebody else's import under the same id is no answer. Its input is the first event of its history. */
async function refuseOther(handle: WorkflowHandle, asked: DataImportInput): Promise<void> {
  const { events } = await handle.fetchHistory();
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  if (!payload) return;
  const known = defaultPayloadConverter.fromPayload<Partial<DataImportInput>>(payload);
  const same =
    known.source?.sha256 === asked.source.sha256 &&
    known.accountId === asked.accountId &&
    (known.mode ?? 'commit') === asked.mode;
  if (!same) {
    throw new CliFailure(
      `the id ${asked.importId} belongs to an import of another file, target or mode; choose another --id`,
    );
  }
}

async function printImport(session: ImportSession, result: DataImportResult): Promise<void> {
  const write = (line: string) => process.stdout.write(`${line}\n`);
  write(
    `${result.status.replaceAll('_', ' ')}: ${result.rows} rows, ${result.imported} imported, ${result.duplicates} duplicates, ${result.errors} with errors`,
  );
  const sums = Object.entries(result.byCurrency).map(
    ([currency, { inMinor, outMinor }]) =>
      `${formatMoney({ minor: inMinor, currency })} in, ${formatMoney({ minor: outMinor, currency })} out, `,
  );
  if (result.dateFrom !== null)
    for (const sum of sums.length > 0 ? sums : ['']) write(`${sum}${result.dateFrom} to ${result.dateTo}`);
  if (result.possibleDuplicates > 0) write(`${result.possibleDuplicates} may be there already: look at them`);
  for (const { message } of result.warnings) write(message);
  if (result.preview)
    printTable(
      Object.keys(result.preview[0] ?? {}),
      result.preview.map((row) => Object.values(row)),
    );
  if (result.rowErrors.length > 0) {
    printTable(
      ['line', 'column', 'code', 'what is wrong'],
      result.rowErrors.slice(0, ERRORS_SHOWN).map((row) => [String(row.line), row.column, row.code, row.message]),
    );
  }
  if (result.errorReportRef) write(`all refused rows: ${await session.blobs.locate(result.errorReportRef)}`);
}
