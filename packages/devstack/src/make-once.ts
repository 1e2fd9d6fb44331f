import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { tryLock, type Lock } from './lock';
import { pause, pollUntil, secondsSince, type Log } from './progress';
import { lastLinesOf, supervise } from './supervised';

/**
 * Runs `make` under a lock that all processes of this user share, in a folder beside the target so that the result
 * can be renamed into place. A second process waits, and then finds what the first has made.
 * `find` looks for the finished thing; `make` gets the empty folder, puts the thing in place and returns it.
 */
export async function makeOnce<T>(input: {
  folder: string;
  what: string;
  log: Log;
  timeoutMs: number;
  find: () => T | undefined;
  make: (draftFolder: string) => Promise<T>;
}): Promise<T> {
  mkdirSync(input.folder, { recursive: true });
  const lock = await waitForLock(input);
  try {
    const found = input.find();
    if (found !== undefined) return found;
    // Drafts of processes that were killed; the lock says that nobody works on one.
    for (const name of readdirSync(input.folder).filter((item) => item.startsWith('draft-'))) {
      rmSync(path.join(input.folder, name), { recursive: true, force: true, maxRetries: 5 });
    }
    const draft = mkdtempSync(path.join(input.folder, 'draft-'));
    try {
      return await input.make(draft);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  } finally {
    lock.release();
  }
}

async function waitForLock(input: { folder: string; what: string; log: Log; timeoutMs: number }): Promise<Lock> {
  const file = path.join(input.folder, 'making.lock');
  const startedAtMs = Date.now();
  let saidAtMs = 0;
  const lock = await pollUntil({
    attempt: async () => {
      const attempt = tryLock(file);
      if (attempt.held) return attempt.lock;
      if (Date.now() - saidAtMs > 5_000) {
        saidAtMs = Date.now();
        const who = attempt.holder === undefined ? 'another process' : `process ${attempt.holder.pid}`;
        input.log(`waiting for ${who}, which makes ${input.what} (${secondsSince(startedAtMs)} s so far)`);
      }
      return undefined;
    },
    everyMs: 250,
    timeoutMs: input.timeoutMs,
  });
  if (lock === undefined) {
    throw new Error(`another process has been making ${input.what} for over ${input.timeoutMs / 1_000} s: see ${file}`);
  }
  return lock;
}

/**
 * Runs a program that takes its time, until it ends by itself; it ends with this process too.
 * Throws an Error with its last lines when it fails, or takes longer than `timeoutMs`.
 */
export async function runToEnd(input: {
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  timeoutMs: number;
  /** Ends the program. */
  signal?: AbortSignal | undefined;
  log: Log;
  /** A progress line, from the seconds so far and the program's last line. */
  describe: (progress: { seconds: number; lastLine: string }) => string;
}): Promise<void> {
  const logFolder = mkdtempSync(path.join(input.cwd, 'run-'));
  const logFile = path.join(logFolder, 'output.log');
  const startedAtMs = Date.now();
  const program = await supervise({
    name: input.name,
    home: input.cwd,
    command: input.command,
    args: input.args,
    cwd: input.cwd,
    env: input.env,
    logFile,
    stop: [
      { signal: 'SIGINT', waitMs: 3_000 },
      { signal: 'SIGKILL', waitMs: 1_000 },
    ],
  });
  let ended = false;
  let timedOut = false;
  const watch = async (): Promise<void> => {
    let sayAtMs = startedAtMs + 2_000;
    while (!ended) {
      await pause(100);
      if (ended) return;
      timedOut = Date.now() - startedAtMs > input.timeoutMs;
      if (timedOut || input.signal?.aborted === true) {
        await program.stop();
        return;
      }
      if (Date.now() >= sayAtMs) {
        sayAtMs = Date.now() + 5_000;
        const lastLine = lastLinesOf(logFile).split('\n').at(-1) ?? '';
        input.log(input.describe({ seconds: secondsSince(startedAtMs), lastLine }));
      }
    }
  };
  const watching = watch();
  const exit = await program.exited;
  ended = true;
  await watching;
  const output = program.lastLines();
  rmSync(logFolder, { recursive: true, force: true });
  input.signal?.throwIfAborted();
  if (timedOut)
    throw new Error(`${input.name} took longer than ${input.timeoutMs / 1_000} s; its last lines:\n${output}`);
  if (exit.code !== 0) throw new Error(`${input.name} failed (${exit.code ?? exit.signal}): ${output}`);
}
