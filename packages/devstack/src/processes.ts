import { createRequire } from 'node:module';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { packageDir, registryDir } from './locations';
import { pollUntil } from './progress';

/** One process for good: a pid alone may have been handed to another by now. `start` is null where the system does not tell. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly start: string | null;
}

/** What a supervisor notes down while it runs a program. */
export interface RegistryEntry {
  readonly name: string;
  readonly home: string;
  readonly supervisor: ProcessIdentity;
  readonly child: ProcessIdentity;
}

/** The supervisor's own file: started by path, and the one place that reads a process's start. */
export const supervisorFile = path.join(packageDir, 'supervise.cjs');

const { startOfProcess } = createRequire(__filename)(supervisorFile) as {
  startOfProcess: (pid: number) => string | null;
};

/** The identity of a process that runs now. */
export function identityOf(pid: number): ProcessIdentity {
  return { pid, start: startOfProcess(pid) };
}

/** Whether that very process still runs. A zombie, which only waits to be collected, does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: it exists and is another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (isZombie(identity.pid)) return false;
  return identity.start === null || startOfProcess(identity.pid) === identity.start;
}

function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

/** Ends a process: `signal` first, SIGKILL when it is still there after `waitMs`. */
export async function endProcess(input: {
  identity: ProcessIdentity;
  signal: NodeJS.Signals;
  waitMs: number;
}): Promise<void> {
  for (const signal of [input.signal, 'SIGKILL'] as const) {
    if (!isAlive(input.identity)) return;
    try {
      process.kill(input.identity.pid, signal);
    } catch {
      return;
    }
    await pollUntil({
      attempt: async () => (isAlive(input.identity) ? undefined : true),
      everyMs: 50,
      timeoutMs: input.waitMs,
    });
  }
}

/** All notes of supervisors; unreadable ones are left out. */
export function registryEntries(): { file: string; entry: RegistryEntry }[] {
  const folder = registryDir();
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const file = path.join(folder, name);
      try {
        return [{ file, entry: JSON.parse(readFileSync(file, 'utf8')) as RegistryEntry }];
      } catch {
        return [];
      }
    });
}

/**
 * Ends every program whose supervisor is gone (it can only have been killed with SIGKILL), and removes its note.
 * Programs under a living supervisor are not touched: a supervisor without a parent ends its program itself.
 */
export async function sweepOrphans(): Promise<void> {
  await Promise.all(
    registryEntries().map(async ({ file, entry }) => {
      if (isAlive(entry.supervisor)) return;
      // Without a start the number may be another program's by now: that one is nobody's to end.
      if (entry.child.start !== null) await endProcess({ identity: entry.child, signal: 'SIGINT', waitMs: 5_000 });
      rmSync(file, { force: true });
    }),
  );
}
