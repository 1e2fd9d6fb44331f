import { randomUUID } from 'node:crypto';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { type DataImportInput, type DataImportResult, IMPORT_HANDLERS, type ImportProfile, type ImportProgress, importWorkflowId } from '@backend/importer/contract';
import { findJob, listJobs } from '@backend/importer/repositories';
import { CliFailure, UsageError, createProgressBar, followWorkflow, isJson, printJson, printTable } from '@backend/shared/cli';
import { formatMoney } from '@backend/shared/kernel';
import type { Command } from 'commander';
import { TENANT, WORKFLOW_TYPES } from '../contract';
import { type Session, withSession } from './session';
import { startWorkflow } from './start';

interface ImportOptions {
  user?: string;
  account?: string;
  profile?: string;
  id?: string;
  preview?: boolean;
  abort?: boolean;
  force?: boolean;
  watch?: boolean;
}

/** `tracc import FILE`, `tracc import list|answer|rejects` */
export function addImportCommands(program: Command): void {
  const user = ['--user <id>', 'whose account; TRACC_USER by default'] as const;
  const command = program
    .command('import')
    .description("bring a bank's file into an account")
    .argument('[file]', 'a CSV or TSV file')
    .option(...user)
    .option('--account <id>', 'the account of the file')
    .option('--profile <json>', 'what the file does not tell, such as \'{"dateFormat":"DD.MM.YYYY","decimal":","}\'')
    .option('--id <id>', 'an id of your own: the same id is the same import, however often it is asked for')
    .option('--preview', 'read and validate only; nothing is stored')
    .option('--abort', 'store nothing when any row has an error')
    .option('--force', 'import a file again that was imported before')
    .option('--watch', 'show progress until it is done')
    .addHelpText('after', '\nExamples:\n  tracc import bank.csv --account checking --watch\n  tracc import list')
    .action(async (file: string | undefined, options: ImportOptions, self: Command) => {
      if (file === undefined) throw new UsageError('which file? tracc import FILE --account ACCOUNT');
      await withSession(options, async (session) => importFile(session, file, options, self));
    });

  command
    .command('list')
    .description('the newest imports')
    .option(...user)
    .addHelpText('after', '\nExample:\n  tracc import list')
    .action(async (options: { user?: string }, self: Command) =>
      withSession(options, async (session) => {
        const jobs = await session.scope(session.userId, async (tx) => listJobs(tx, 20));
        if (isJson(self)) return printJson(jobs);
        printTable(
          ['id', 'file', 'account', 'status', 'rows', 'imported', 'duplicates', 'errors'],
          jobs.map((job) => [
            job.importId,
            job.source.filename,
            job.target,
            job.status,
            ...[job.rows, job.importedRows, job.duplicateRows, job.errorRows].map(String),
          ]),
        );
      }),
    );

  command
    .command('answer <id>')
    .description('answer what an import asks')
    .requiredOption('--profile <json>', 'the answer, such as \'{"dateFormat":"DD.MM.YYYY"}\'')
    .option(...user)
    .addHelpText('after', '\nExample:\n  tracc import answer 4f1c --profile \'{"decimal":","}\'')
    .action(async (id: string, options: { user?: string; profile: string }, self: Command) =>
      withSession({ user: options.user ?? self.optsWithGlobals<ImportOptions>().user }, async (session) => {
        const handle = (await session.client()).workflow.getHandle(importWorkflowId({ tenant: TENANT, importId: id }));
        // The parent command has an option of this name too, and commander gives the value to whichever saw it first.
        const profile = parseProfile(options.profile ?? self.optsWithGlobals<ImportOptions>().profile);
        await handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [profile] });
        process.stdout.write(`answered ${id}\n`);
      }),
    );

  command
    .command('rejects <id>')
    .description('the file of refused rows: mend it and import it again')
    .option(...user)
    .addHelpText('after', '\nExample:\n  tracc import rejects 4f1c')
    .action(async (id: string, options: { user?: string }, self: Command) =>
      withSession(options, async (session) => {
        const job = await session.scope(session.userId, async (tx) => findJob(tx, id));
        if (!job) throw new CliFailure(`there is no import ${id}`);
        const ref = job.result?.errorReportRef;
        const file = ref ? await session.blobs.locate(ref) : null;
        if (isJson(self)) return printJson({ importId: id, file });
        process.stdout.write(file ? `${file}\n` : `no row of ${id} was refused\n`);
      }),
    );
}

async function importFile(session: Session, file: string, options: ImportOptions, command: Command): Promise<void> {
  if (!options.account) throw new UsageError('--account is missing: the account of the file');
  await access(file).catch(() => {
    throw new UsageError(`the file ${file} cannot be read`);
  });
  const importId = options.id ?? randomUUID();
  const blob = await session.blobs.putFile(file);
  const input: DataImportInput = {
    importId,
    userId: session.userId,
    accountId: options.account,
    source: { ...blob, filename: path.basename(file) },
    mode: options.preview ? 'preview' : 'commit',
    onRowError: options.abort ? 'abort' : 'skip',
    ...(options.profile ? { profile: parseProfile(options.profile) } : {}),
    ...(options.force ? { force: true } : {}),
  };
  const handle = await startWorkflow(session, WORKFLOW_TYPES.dataImport, {
    workflowId: importWorkflowId({ tenant: TENANT, importId }),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    args: [input],
  });
  const bar = options.watch ? createProgressBar({ label: path.basename(file), unit: 'rows' }) : undefined;
  let asked: string | undefined;
  const result = await followWorkflow<DataImportResult, ImportProgress>({
    handle,
    progress: async () => handle.query<ImportProgress>(IMPORT_HANDLERS.progress),
    onProgress: (state) => {
      const done = state.phase === 'importing' || state.phase === 'finishing' ? state.imported + state.duplicates + state.errors : state.validated;
      if (state.rows > 0) bar?.update(done, state.rows, state.phase);
      const question = state.needsInput?.message;
      if (question && question !== asked) {
        process.stderr.write(`${question}\nAnswer with: tracc import answer ${importId} --profile '{…}'\n`);
      }
      asked = question;
    },
    onOutage: () => process.stderr.write('the server cannot be reached; waiting for it\n'),
  }).finally(() => bar?.stop());
  if (isJson(command)) return printJson(result);
  await printImport(session, result);
  if (result.status === 'aborted' || result.status === 'failed') throw new CliFailure(`nothing was stored: ${result.errors} rows have errors`);
}

async function printImport(session: Session, result: DataImportResult): Promise<void> {
  const write = (line: string) => process.stdout.write(`${line}\n`);
  write(
    `${result.status.replaceAll('_', ' ')}: ${result.rows} rows, ${result.imported} imported, ${result.duplicates} duplicates, ${result.errors} with errors`,
  );
  for (const [currency, { inMinor, outMinor }] of Object.entries(result.byCurrency)) {
    write(`${formatMoney({ minor: inMinor, currency })} in, ${formatMoney({ minor: outMinor, currency })} out, ${result.dateFrom} to ${result.dateTo}`);
  }
  for (const { message } of result.warnings) write(message);
  if (result.preview) printTable(Object.keys(result.preview[0] ?? {}), result.preview.map((row) => Object.values(row)));
  if (result.rowErrors.length > 0) {
    printTable(['line', 'column', 'code', 'what is wrong'], result.rowErrors.slice(0, 10).map((row) => [String(row.line), row.column, row.code, row.message]));
  }
  if (result.errorReportRef) write(`all refused rows: ${await session.blobs.locate(result.errorReportRef)}`);
}

function parseProfile(text: string | undefined): ImportProfile {
  try {
    const profile: unknown = JSON.parse(text ?? '');
    if (typeof profile === 'object' && profile !== null && !Array.isArray(profile)) return profile;
  } catch {
    // The sentence below says what is wrong.
  }
  throw new UsageError(`--profile should be a JSON object such as {"dateFormat":"DD.MM.YYYY"}, not ${text}`);
}
