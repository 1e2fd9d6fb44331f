import type { Command } from 'commander';
import { migrate, type MigrationSet } from '../pg';
import { printJson } from './output';
import { CliFailure, UsageError } from './run-command';

export interface WorkerCommands {
  readonly start: () => Promise<void>;
  readonly probeUrl: () => string;
  readonly ownerUrl: () => string | undefined;
  readonly migrations: readonly MigrationSet[];
}

/** The commands that every tenant has: `worker start`, `worker health`, `db migrate`. Returns the `db` command, for more. */
export function addWorkerCommands(program: Command, tenant: WorkerCommands): Command {
  const worker = program.command('worker').description('run a worker, or ask one how it is');
  worker
    .command('start')
    .description('run a worker until SIGTERM or Ctrl-C')
    .addHelpText('after', `\nExample:\n  ${program.name()} worker start`)
    .action(tenant.start);
  worker
    .command('health')
    .description('ask the worker on this machine whether it is ready (for exec probes)')
    .addHelpText('after', `\nExample:\n  ${program.name()} worker health`)
    .action(async (_options: unknown, command: Command) => {
      const state = await readiness(tenant.probeUrl());
      if (isJson(command)) printJson(state);
      else process.stdout.write(`${state.ready ? 'ready' : 'not ready'}${describeChecks(state.checks)}\n`);
      if (!state.ready) throw new CliFailure('the worker is not ready');
    });

  const db = program.command('db').description('the tables of this tenant');
  db.command('migrate')
    .description('bring the database up to date, as its owner role')
    .addHelpText('after', `\nExample:\n  ${program.name()} db migrate`)
    .action(async (_options: unknown, command: Command) => {
      const ownerUrl = tenant.ownerUrl();
      if (!ownerUrl)
        throw new UsageError(
          'DATABASE_OWNER_URL is missing: the database URL of the owner role, which alone may change tables',
        );
      const applied = await migrate({ ownerUrl, sets: tenant.migrations });
      if (isJson(command)) printJson({ applied });
      else
        process.stdout.write(applied.length > 0 ? `applied ${applied.join(', ')}\n` : 'the database is up to date\n');
    });
  return db;
}

/** Whether `--json` was given to the root command. */
export function isJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}

async function readiness(url: string): Promise<{ ready: boolean; checks?: Record<string, string> }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    return (await response.json()) as { ready: boolean; checks: Record<string, string> };
  } catch {
    throw new CliFailure(`no worker answers at ${url}; start one, or check PROBE_HOST and PROBE_PORT`);
  }
}

function describeChecks(checks: Record<string, string> = {}): string {
  const list = Object.entries(checks).map(([name, state]) => `${name} ${state}`);
  return list.length > 0 ? ` (${list.join(', ')})` : '';
}
