import type { Command } from 'commander';
import { type MigrationSet, describeDatabaseError, migrate, pingUrl, provision } from '../pg';
import { printJson } from './output';
import { CliFailure, UsageError } from './run-command';
import { waitForServer, waitOption } from './wait-option';
import { isJson } from './worker-commands';

export interface DbCommands {
  readonly migrations: readonly MigrationSet[];
  readonly urls: () => {
    readonly DATABASE_URL: string;
    readonly DATABASE_OWNER_URL?: string | undefined;
    readonly DATABASE_ADMIN_URL?: string | undefined;
  };
}

/** `db provision` and `db migrate`, for the tenant of the program's name. Returns the `db` command, for more. */
export function addDbCommands(program: Command, { migrations, urls }: DbCommands): Command {
  const db = program.command('db').description('the database of this tenant');
  db.command('provision')
    .description('make the database with its roles and tables, where they are missing, as an administrator')
    .addOption(waitOption('the database server'))
    .addHelpText('after', `\nExample:\n  ${program.name()} db provision --wait 60`)
    .action(async ({ wait }: { wait: number }, command: Command) => {
      const { DATABASE_URL: workerUrl, DATABASE_ADMIN_URL: adminUrl, ...given } = urls();
      if (!adminUrl)
        throw new UsageError(
          'DATABASE_ADMIN_URL is missing: the database URL of a role that may create roles and databases',
        );
      const ownerUrl = requireOwner(given);
      const applied = await onServer({ url: adminUrl, variable: 'DATABASE_ADMIN_URL', waitS: wait }, async () =>
        provision({ adminUrl, tenant: program.name(), urls: { workerUrl, ownerUrl }, sets: migrations }),
      );
      report(applied, command);
    });
  db.command('migrate')
    .description('bring the database up to date, as its owner role')
    .addOption(waitOption('the database server'))
    .addHelpText('after', `\nExample:\n  ${program.name()} db migrate`)
    .action(async ({ wait }: { wait: number }, command: Command) => {
      const ownerUrl = requireOwner(urls());
      const applied = await onServer({ url: ownerUrl, variable: 'DATABASE_OWNER_URL', waitS: wait }, async () =>
        migrate({ ownerUrl, sets: migrations }),
      );
      report(applied, command);
    });
  return db;
}

function requireOwner({ DATABASE_OWNER_URL: url }: { readonly DATABASE_OWNER_URL?: string | undefined }): string {
  if (url) return url;
  throw new UsageError(
    'DATABASE_OWNER_URL is missing: the database URL of the owner role, which alone may change tables',
  );
}

/** Does the work once the server answers; what the server has refused is told with the variable that names it. */
async function onServer<T>(
  { url, variable, waitS }: { url: string; variable: string; waitS: number },
  work: () => Promise<T>,
): Promise<T> {
  const describe = (error: unknown) => describeDatabaseError(error, url, variable);
  try {
    await waitForServer(async (boundMs) => pingUrl(url, boundMs), { waitS, describe });
    return await work();
  } catch (error) {
    const sentence = describe(error);
    throw sentence === undefined ? error : new CliFailure(sentence);
  }
}

function report(applied: readonly string[], command: Command): void {
  if (isJson(command)) printJson({ applied });
  else process.stdout.write(applied.length > 0 ? `applied ${applied.join(', ')}\n` : 'the database is up to date\n');
}
