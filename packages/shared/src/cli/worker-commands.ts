import type { Command } from 'commander';
import { ConfigError, bracketed } from '../config';
import { ServersAbsent } from '../temporal';
import { printJson } from './output';
import { CliFailure } from './run-command';

/** Exit codes of a worker beside 0 and 1, of sysexits.h: EX_UNAVAILABLE and EX_CONFIG. */
const EXIT_UNAVAILABLE = 69;
const EXIT_CONFIG = 78;

/** A worker that has ended is given this long for what it has left. */
const LEFTOVERS_MS = 1000;

export interface WorkerCommands {
  readonly start: () => Promise<void>;
  /** Where the worker's probes listen. */
  readonly probes: () => { readonly host: string; readonly port: number };
}

/** `worker start` and `worker health`. */
export function addWorkerCommands(program: Command, tenant: WorkerCommands): void {
  const worker = program.command('worker').description('run a worker, or ask one how it is');
  worker
    .command('start')
    .description('run a worker until SIGTERM or Ctrl-C')
    .addHelpText('after', `\nExample:\n  ${program.name()} worker start`)
    .action(async () => {
      try {
        await forOrchestrators(tenant.start);
      } finally {
        // An activity that goes on although it was cancelled, or a socket that nobody answers, must not keep the process.
        setTimeout(() => process.exit(), LEFTOVERS_MS).unref();
      }
    });
  worker
    .command('health')
    .description('ask the worker on this machine whether it is ready (for exec probes)')
    .addHelpText('after', `\nExample:\n  ${program.name()} worker health`)
    .action(async (_options: unknown, command: Command) => {
      const state = await forOrchestrators(async () => readiness(readyUrl(tenant.probes())));
      if (isJson(command)) printJson(state);
      else process.stdout.write(`${state.ready ? 'ready' : 'not ready'}${describeChecks(state.checks)}\n`);
      if (!state.ready) throw new CliFailure('the worker is not ready');
    });
}

/** Gives what an orchestrator should tell apart its own exit code: it may start a worker again, but not mend its settings. */
async function forOrchestrators<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConfigError) throw new CliFailure(error.message, EXIT_CONFIG);
    if (error instanceof ServersAbsent) throw new CliFailure(error.message, EXIT_UNAVAILABLE);
    throw error;
  }
}

/** Whether `--json` was given to the root command. */
export function isJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}

/** Where a worker on this machine is asked whether it is ready; who listens on every address is asked on loopback. */
export function readyUrl({ host, port }: { readonly host: string; readonly port: number }): string {
  const loopback: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  return `http://${bracketed(loopback[host] ?? host)}:${port}/readyz`;
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
