import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { registryEntries, endProcess, identityOf, isAlive, type ProcessIdentity } from './processes';
import { pollUntil, withProgress, type Log } from './progress';

/** A lock that is held; `release` is safe to call twice. */
export interface Lock {
  readonly release: () => void;
}

type Attempt = { held: true; lock: Lock } | { held: false; holder: ProcessIdentity | undefined };

/**
 * Takes the lock file for this process, or says who holds it. A lock whose process has ended counts as free.
 * The content appears together with the name (link), so nobody reads a half-written holder.
 */
export function tryLock(file: string): Attempt {
  const draft = `${file}.${randomUUID()}`;
  const content = JSON.stringify({ ...identityOf(process.pid), token: randomUUID() });
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    for (let round = 0; round < 10; round += 1) {
      try {
        takeName({ draft, file, content });
        return {
          held: true,
          lock: {
            release: () => {
              if (read(file) === content) rmSync(file, { force: true });
            },
          },
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const found = read(file);
      if (found === undefined) continue;
      const holder = parseHolder(found);
      if (holder !== undefined && isAlive(holder)) return { held: false, holder };
      setAside({ file, expected: found });
    }
    return { held: false, holder: undefined };
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Takes a folder for this process, and waits until what an earlier, killed process ran there has ended.
 * Throws an Error of one sentence when a living process holds the folder.
 */
export async function lockHome(input: { home: string; lockFile: string; log: Log }): Promise<Lock> {
  const attempt = tryLock(input.lockFile);
  if (!attempt.held) {
    const who = attempt.holder === undefined ? 'another process' : `process ${attempt.holder.pid}`;
    throw new Error(`${input.home} is in use by a running stack (${who}): stop that one, or choose another folder`);
  }
  try {
    await withProgress({
      log: input.log,
      describe: (seconds) => `waiting for the stack that was killed in ${input.home} to end (${seconds} s so far)`,
      work: endLeftovers(input.home),
    });
    return attempt.lock;
  } catch (error) {
    attempt.lock.release();
    throw error;
  }
}

/** Waits for supervisors of this home that lost their parent, and ends what will not end. */
async function endLeftovers(home: string): Promise<void> {
  const mine = (): ReturnType<typeof registryEntries> =>
    registryEntries().filter(({ entry }) => entry.home === home && (isAlive(entry.supervisor) || isAlive(entry.child)));
  await pollUntil({
    attempt: async () => (mine().some(({ entry }) => isAlive(entry.supervisor)) ? undefined : true),
    everyMs: 50,
    timeoutMs: 15_000,
  });
  for (const { file, entry } of mine()) {
    await endProcess({ identity: entry.supervisor, signal: 'SIGKILL', waitMs: 1_000 });
    await endProcess({ identity: entry.child, signal: 'SIGINT', waitMs: 5_000 });
    rmSync(file, { force: true });
  }
}

/** Gives the lock its name, or throws EEXIST; where the file system has no hard links, in two steps instead of one. */
function takeName(input: { draft: string; file: string; content: string }): void {
  try {
    linkSync(input.draft, input.file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(code)) throw error;
    writeFileSync(input.file, input.content, { flag: 'wx', mode: 0o600 });
  }
}

/** Moves a stale lock out of the way; when it turns out that another lock was moved, that one is put back. */
function setAside(input: { file: string; expected: string }): void {
  const aside = `${input.file}.${randomUUID()}`;
  try {
    renameSync(input.file, aside);
  } catch {
    return;
  }
  try {
    if (read(aside) !== input.expected) linkSync(aside, input.file);
  } catch {
    // Somebody took the lock meanwhile: theirs stands.
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    const { pid, start } = JSON.parse(text) as ProcessIdentity;
    return Number.isInteger(pid) && pid > 0 ? { pid, start: start ?? null } : undefined;
  } catch {
    return undefined;
  }
}
