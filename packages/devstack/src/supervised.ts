import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { registryDir } from './locations';
import { endProcess, identityOf, supervisorFile } from './processes';
import { pollUntil } from './progress';
import type { Account } from './unprivileged';

/** One step of ending a program: a signal, and how long to wait for it to work. */
export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

/** What to run, and how to end it. */
export interface SupervisedProgram {
  /** For messages: 'PostgreSQL'. */
  readonly name: string;
  /** The folder whose lock the caller holds: says whose this program is. */
  readonly home: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Run as this account; only for root. */
  readonly account?: Account | undefined;
  /** Takes the program's stdout and stderr; begun anew by each start. */
  readonly logFile: string;
  readonly stop: readonly StopStep[];
  /** Removed when the program was told to end, by the parent's death too; kept when it ends by itself. */
  readonly removeOnExit?: readonly string[];
}

/** How a program ended. */
export interface ProgramExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A program that runs until `stop()`, or until this process ends, whichever comes first. */
export interface Supervised {
  readonly pid: number;
  /** Settles when the program has ended, by itself or by `stop()`. */
  readonly exited: Promise<ProgramExit>;
  /** Undefined while it runs. */
  readonly exit: () => ProgramExit | undefined;
  /** The last lines that the program wrote. */
  readonly lastLines: () => string;
  readonly stop: () => Promise<void>;
}

type Report =
  | { event: 'started'; pid: number }
  | { event: 'failed'; message: string }
  | ({ event: 'exited' } & ProgramExit);

/**
 * Starts a program under a supervisor of its own (see supervise.cjs).
 * Throws an Error when the program cannot be executed at all.
 */
export async function supervise(program: SupervisedProgram): Promise<Supervised> {
  closeSync(openSync(program.logFile, 'w', 0o600));
  const spec = {
    name: program.name,
    home: program.home,
    command: program.command,
    args: program.args,
    cwd: program.cwd,
    ...(program.account === undefined ? {} : { uid: program.account.uid, gid: program.account.gid }),
    logFile: program.logFile,
    registryFile: path.join(registryDir(), `${randomUUID()}.json`),
    stop: program.stop,
    removeOnExit: program.removeOnExit ?? [],
  };
  // Options for this process, such as a debugger's port, are not for the supervisor.
  const { NODE_OPTIONS: _options, ...env } = program.env;
  const supervisor = spawn(process.execPath, [supervisorFile, JSON.stringify(spec)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // A process group of its own: a terminal's Ctrl-C reaches the parent alone, which then ends things in order.
    detached: true,
    windowsHide: true,
    env,
  });
  supervisor.stdin.on('error', () => {});

  let exit: ProgramExit | undefined;
  let onExit!: (value: ProgramExit) => void;
  const exited = new Promise<ProgramExit>((resolve) => {
    onExit = (value) => {
      exit ??= value;
      resolve(exit);
    };
  });

  const pid = await new Promise<number>((resolve, reject) => {
    createInterface({ input: supervisor.stdout }).on('line', (line) => {
      const report = JSON.parse(line) as Report;
      if (report.event === 'started') resolve(report.pid);
      else if (report.event === 'failed') reject(new Error(`cannot run ${program.command}: ${report.message}`));
      else onExit({ code: report.code, signal: report.signal });
    });
    supervisor.once('error', (error) => reject(new Error(`cannot run ${process.execPath}: ${error.message}`)));
    // 'close', not 'exit': what the supervisor reported last has been read by then.
    supervisor.once('close', (code, signal) => {
      reject(new Error(`the supervisor of ${program.name} ended before it started anything`));
      onExit({ code, signal });
    });
  });

  // The caller's process may end whenever it wants to: that is what ends the program too.
  supervisor.unref();
  (supervisor.stdin as unknown as { unref?: () => void }).unref?.();
  (supervisor.stdout as unknown as { unref?: () => void }).unref?.();

  const child = identityOf(pid);
  const boundMs = program.stop.reduce((total, step) => total + step.waitMs, 3_000);
  const supervisorGone = (): boolean => supervisor.exitCode !== null || supervisor.signalCode !== null;
  return {
    pid,
    exited,
    exit: () => exit,
    lastLines: () => lastLinesOf(program.logFile),
    stop: async () => {
      supervisor.ref();
      supervisor.stdin.end();
      await pollUntil({
        attempt: async () => (supervisorGone() ? true : undefined),
        everyMs: 20,
        timeoutMs: boundMs,
      });
      if (!supervisorGone()) supervisor.kill('SIGKILL');
      // Only when the supervisor itself was killed is there something left to end.
      await endProcess({ identity: child, signal: 'SIGTERM', waitMs: 2_000 });
    },
  };
}

/** The last 20 lines of a log, for an error message; empty when there is none. */
export function lastLinesOf(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
  } catch {
    return '';
  }
}

/** The environment for a program: this one's, without the names that `drop` matches, and with `set`. */
export function environmentFor(input: {
  env: NodeJS.ProcessEnv;
  drop: RegExp;
  set?: Readonly<Record<string, string>>;
}): NodeJS.ProcessEnv {
  const kept = Object.entries(input.env).filter(([name]) => !input.drop.test(name));
  return { ...Object.fromEntries(kept), ...input.set };
}
