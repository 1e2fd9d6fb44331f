import { copyFile } from 'node:fs/promises';
import { CliFailure, UsageError, isJson, type newProgram, printJson } from '@backend/shared/cli';
import type { ImportFormatName } from '../contract';
import { findJob } from '../repositories';
import { answerImport, cancelImport, signalImport } from './control-import';
import { importFile } from './import-file';
import { printLines } from './layout-text';
import { type ListOptions, STATUS_OPTION, listImports } from './list-imports';
import { retype } from './retype';
import { revertImport } from './revert-import';
import type { ImportOptions, ImportSession, ImportTenantWords } from './session';
import { showImport } from './show-import';

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
  /** Says into what those of a list go, where that is not the owner. */
  readonly targetFilter?: { readonly option: OptionText; of(options: Options): string | undefined };
  /** What stands behind `import FILE` in an example, such as `--account checking`. */
  readonly exampleOptions: string;
  /** A profile as this tenant's files may need it. */
  readonly exampleProfile: string;
  /** The command that shows what of an import may have been there already. */
  duplicatesCall(importId: string): string;
  /** A column as this tenant's files may need to name it, such as `date=Buchungstag`. */
  readonly exampleColumn: string;
  /** The formats that are read. */
  readonly formats: readonly ImportFormatName[];
  /** Roles that a column may have. */
  readonly roles: readonly string[];
  /** Opens a session, hands it to the work, closes it. */
  withSession(options: Options, work: (session: ImportSession) => Promise<void>): Promise<void>;
  /** Id of what the file is imported into; throws UsageError when the options do not say. */
  targetOf(options: Options, session: ImportSession): string;
}

/** `import FILE`, `import list|show|answer|pause|resume|cancel|rejects|revert`: the same commands for both tenants. */
export function addImportCommands<Options extends ImportOptions>(program: Command, cli: ImportCli<Options>): void {
  const call = `${program.name()} import`;
  const words: ImportTenantWords = {
    tenant: cli.tenant,
    call,
    formats: ['auto', ...cli.formats],
    roles: cli.roles,
    exampleProfile: cli.exampleProfile,
    duplicatesCall: (importId) => cli.duplicatesCall(importId),
  };
  // `import` has options of the same names as its sub-commands, and commander gives the value to whichever sees it first.
  const optionsOf = (command: Command): Options => command.optsWithGlobals<Options>();

  const command = program
    .command('import')
    .description(cli.description)
    .argument('[file]', `a file: ${cli.formats.join(', ')}`)
    .option(...cli.ownerOption);
  if (cli.targetOption) command.option(...cli.targetOption);
  addProfileOptions(command, cli);
  command
    .option('--format <name>', `how the file is read: ${words.formats.join(', ')}; told by its content by default`)
    .option('--id <id>', 'an id of your own: the same id is the same import, however often it is asked for')
    .option('--preview', 'show how the file is read, and its first rows; nothing is stored')
    .option('--abort', 'store nothing when any row has an error')
    .option('--force', 'import a file again that was imported before')
    .option('--watch', 'show progress until it is done')
    .addHelpText(
      'after',
      `\nExamples:\n  ${call} file.csv ${cli.exampleOptions} --preview\n  ${call} file.csv ${cli.exampleOptions} --watch\n  ${call} list`,
    )
    .action(async (file: string | undefined, _options: unknown, self: Command) => {
      if (file === undefined) throw new UsageError(`which file? ${call} FILE ${cli.exampleOptions}`);
      const options = optionsOf(self);
      await cli.withSession(options, async (session) =>
        importFile({
          session,
          file,
          targetId: cli.targetOf(options, session),
          words,
          retype: (change) => retype(self, { call, file, ...change }),
          options,
          json: isJson(self),
        }),
      );
    });

  const list = command.command('list');
  if (cli.targetFilter) list.option(...cli.targetFilter.option);
  list
    .description('the newest imports')
    .option('--open', 'only those that have not ended')
    .option(...STATUS_OPTION)
    .option(...cli.ownerOption)
    .addHelpText('after', `\nExample:\n  ${call} list --status needsInput`)
    .action(async ({ open, status }: ListOptions, self: Command) => {
      const options = optionsOf(self);
      const target = cli.targetFilter?.of(options);
      await cli.withSession(options, async (session) =>
        listImports(session, { open, status, target }, { targetTitle: cli.targetTitle, json: isJson(self) }),
      );
    });

  const order = (name: string, description: string, example = '') =>
    command
      .command(`${name} <id>`)
      .description(description)
      .option(...cli.ownerOption)
      .addHelpText('after', `\nExample:\n  ${call} ${name} 4f1c${example}`);

  order('show', 'what became of an import: its figures, how the file was read, what it asks').action(
    async (importId: string, _options: unknown, self: Command) =>
      cli.withSession(optionsOf(self), async (session) => showImport({ session, importId, words, json: isJson(self) })),
  );

  addProfileOptions(order('answer', 'answer what an import asks', ' --date-format DMY'), cli).action(
    async (importId: string, _options: unknown, self: Command) => {
      const options = optionsOf(self);
      await cli.withSession(options, async (session) =>
        answerImport({ session, importId, words, json: isJson(self) }, options),
      );
    },
  );

  for (const signal of ['pause', 'resume'] as const) {
    const description = signal === 'pause' ? 'stop an import after the chunk in hand' : 'go on with a paused import';
    order(signal, description).action(async (importId: string, _options: unknown, self: Command) =>
      cli.withSession(optionsOf(self), async (session) =>
        signalImport({ session, importId, words, json: isJson(self) }, signal),
      ),
    );
  }

  order('cancel', 'end an import after the chunk in hand; what is imported stays').action(
    async (importId: string, _options: unknown, self: Command) =>
      cli.withSession(optionsOf(self), async (session) =>
        cancelImport({ session, importId, words, json: isJson(self) }),
      ),
  );

  order('rejects', 'the file of refused rows: mend it and import it again', ' --out rejects.csv')
    .option('--out <file>', 'write it to this file')
    .action(async (importId: string, { out }: { out?: string }, self: Command) =>
      cli.withSession(optionsOf(self), async ({ scope, ownerId, blobs }) => {
        const job = await scope(ownerId, async (tx) => findJob(tx, importId));
        if (!job) throw new CliFailure(`there is no import ${importId}`);
        const ref = job.result?.errorReportRef;
        const kept = ref ? await blobs.locate(ref) : null;
        if (kept !== null && out !== undefined) await copyFile(kept, out);
        const file = kept !== null && out !== undefined ? out : kept;
        if (isJson(self)) return printJson({ importId, file });
        printLines([file ?? `no row of ${importId} was refused`]);
      }),
    );

  command
    .command('revert <id>')
    .description('delete the rows of an import, except those that were edited since')
    .option('--yes', 'do not ask first')
    .option(...cli.ownerOption)
    .addHelpText('after', `\nExample:\n  ${call} revert 4f1c`)
    .action(async (importId: string, { yes = false }: { yes?: boolean }, self: Command) =>
      cli.withSession(optionsOf(self), async (session) =>
        revertImport({ session, importId, tenant: cli.tenant, yes, json: isJson(self) }),
      ),
    );
}

/** What the file does not tell, option by option or as one JSON object. */
function addProfileOptions<Options extends ImportOptions>(command: Command, cli: ImportCli<Options>): Command {
  return command
    .option('--date-format <order>', 'order of the parts of a date: DMY, MDY or YMD')
    .option('--decimal <sign>', 'the decimal sign of amounts: . or ,')
    .option('--encoding <name>', 'how the letters are written: utf-8, windows-1252, iso-8859-2 …')
    .option('--currency <code>', 'currency of rows that name none')
    .option('--invert-sign', 'money out is written as a positive amount')
    .option(
      '--column <role=name>',
      `which column it is, such as ${cli.exampleColumn}; once for each of ${cli.roles.join(', ')}`,
      (column: string, before: readonly string[] | undefined) => [...(before ?? []), column],
    )
    .option('--profile <json>', `all of this as JSON, such as '${cli.exampleProfile}', or @FILE with it`);
}
