import { CliFailure, UsageError, isJson, type newProgram, printJson, printTable } from '@backend/shared/cli';
import { IMPORT_HANDLERS, importWorkflowId } from '../contract';
import { findJob, listJobs } from '../repositories';
import { importFile } from './import-file';
import { parseProfile } from './profile';
import type { ImportOptions, ImportSession } from './session';

/** A command of the program that every tenant has. */
type Command = ReturnType<typeof newProgram>;

/** Flags and description of an option. */
type OptionText = readonly [flags: string, description: string];

/** What differs between the tenants' import commands. */
export interface ImportCli<Options extends ImportOptions> {
  /** The first part of the workflow ids. */
  readonly tenant: string;
  readonly description: string;
  /** Says whose imports they are; on every command. */
  readonly ownerOption: OptionText;
  /** Says what a file is imported into, where that is not the owner; on `import FILE`. */
  readonly targetOption?: OptionText;
  /** How jobs' targets are headed in a list; left out where the owner is the target. */
  readonly targetTitle?: string;
  /** What stands behind `import FILE` in an example, such as `--account checking`. */
  readonly exampleOptions: string;
  /** A profile as this tenant's files may need it. */
  readonly exampleProfile: string;
  /** Opens a session, hands it to the work, closes it. */
  withSession(options: Options, work: (session: ImportSession) => Promise<void>): Promise<void>;
  /** Id of what the file is imported into; throws UsageError when the options do not say. */
  targetOf(options: Options, session: ImportSession): string;
}

/** `import FILE`, `import list|answer|rejects`: the same commands for both tenants. */
export function addImportCommands<Options extends ImportOptions>(program: Command, cli: ImportCli<Options>): void {
  const call = `${program.name()} import`;
  const profileOption = (description: string): OptionText => [
    '--profile <json>',
    `${description}, such as '${cli.exampleProfile}'`,
  ];
  // `import` has options of the same names as its sub-commands, and commander gives the value to whichever sees it first.
  const optionsOf = (command: Command): Options => command.optsWithGlobals<Options>();

  const command = program
    .command('import')
    .description(cli.description)
    .argument('[file]', 'a CSV or TSV file')
    .option(...cli.ownerOption);
  if (cli.targetOption) command.option(...cli.targetOption);
  command
    .option(...profileOption('what the file does not tell'))
    .option('--id <id>', 'an id of your own: the same id is the same import, however often it is asked for')
    .option('--preview', 'read and validate only; nothing is stored')
    .option('--abort', 'store nothing when any row has an error')
    .option('--force', 'import a file again that was imported before')
    .option('--watch', 'show progress until it is done')
    .addHelpText('after', `\nExamples:\n  ${call} file.csv ${cli.exampleOptions} --watch\n  ${call} list`)
    .action(async (file: string | undefined, _options: unknown, self: Command) => {
      if (file === undefined) throw new UsageError(`which file? ${call} FILE ${cli.exampleOptions}`);
      const options = optionsOf(self);
      await cli.withSession(options, async (session) =>
        importFile({
          session,
          file,
          targetId: cli.targetOf(options, session),
          tenant: cli.tenant,
          call,
          exampleProfile: cli.exampleProfile,
          options,
          json: isJson(self),
        }),
      );
    });

  command
    .command('list')
    .description('the newest imports')
    .option(...cli.ownerOption)
    .addHelpText('after', `\nExample:\n  ${call} list`)
    .action(async (_options: unknown, self: Command) =>
      cli.withSession(optionsOf(self), async ({ scope, ownerId }) => {
        const jobs = await scope(ownerId, async (tx) => listJobs(tx, 20));
        if (isJson(self)) return printJson(jobs);
        const { targetTitle } = cli;
        printTable(
          ['id', 'file', ...(targetTitle ? [targetTitle] : []), 'status', 'rows', 'imported', 'duplicates', 'errors'],
          jobs.map((job) => [
            job.importId,
            job.source.filename,
            ...(targetTitle ? [job.target] : []),
            job.status.replaceAll('_', ' '),
            ...[job.rows, job.importedRows, job.duplicateRows, job.errorRows].map(String),
          ]),
        );
      }),
    );

  command
    .command('answer <id>')
    .description('answer what an import asks')
    .option(...profileOption('the answer'))
    .option(...cli.ownerOption)
    .addHelpText('after', `\nExample:\n  ${call} answer 4f1c --profile '${cli.exampleProfile}'`)
    .action(async (importId: string, _options: unknown, self: Command) => {
      const options = optionsOf(self);
      const profile = parseProfile(options.profile, cli.exampleProfile);
      await cli.withSession(options, async (session) => {
        const handle = (await session.client()).workflow.getHandle(importWorkflowId({ tenant: cli.tenant, importId }));
        await handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [profile] });
        if (isJson(self)) printJson({ importId, profile });
        else process.stdout.write(`answered ${importId}\n`);
      });
    });

  command
    .command('rejects <id>')
    .description('the file of refused rows: mend it and import it again')
    .option(...cli.ownerOption)
    .addHelpText('after', `\nExample:\n  ${call} rejects 4f1c`)
    .action(async (importId: string, _options: unknown, self: Command) =>
      cli.withSession(optionsOf(self), async ({ scope, ownerId, blobs }) => {
        const job = await scope(ownerId, async (tx) => findJob(tx, importId));
        if (!job) throw new CliFailure(`there is no import ${importId}`);
        const ref = job.result?.errorReportRef;
        const file = ref ? await blobs.locate(ref) : null;
        if (isJson(self)) return printJson({ importId, file });
        process.stdout.write(file ? `${file}\n` : `no row of ${importId} was refused\n`);
      }),
    );
}
