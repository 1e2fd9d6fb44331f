import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sharedFolder } from './locations';
import type { PostgresBinaries } from './postgres-binaries';
import { endProcess, identityOf, isAlive } from './processes';
import { messageOf, withProgress, type Log } from './progress';
import { supervise } from './supervised';
import { canReach, type Account } from './unprivileged';

/** A cluster on disk, ready to be started. */
export interface Cluster {
  /** PostgreSQL's own data folder. */
  readonly folder: string;
  readonly password: string;
}

/** What is written beside a cluster that lies elsewhere: the two tokens being equal ties it to its home. */
interface Origin {
  readonly home: string;
  readonly token: string;
}

const initdbTimeoutMs = 120_000;

/**
 * The cluster of `home`, made when there is none. It lies in `home`, or, where the account cannot get there
 * (root's own folders), in a temporary folder; removing `home` removes it too, at the next start.
 * The caller holds the lock of `home`. Throws an Error that ends with initdb's last lines.
 */
export async function prepareCluster(input: {
  home: string;
  account: Account | undefined;
  durable: boolean;
  binaries: PostgresBinaries;
  env: NodeJS.ProcessEnv;
  log: Log;
}): Promise<Cluster> {
  const { home, account } = input;
  const parent = canReach({ account, folder: home })
    ? home
    : relocatedFolder({ home, account: account as Account, durable: input.durable });
  const folder = path.join(parent, 'cluster');
  const passwordFile = path.join(home, 'superuser-password');

  if (existsSync(path.join(folder, 'PG_VERSION')) && existsSync(passwordFile)) {
    const version = readFileSync(path.join(folder, 'PG_VERSION'), 'utf8').trim();
    const wanted = input.binaries.packageVersion.split('.')[0] ?? '';
    if (version !== wanted) {
      throw new Error(
        `${home} holds data of PostgreSQL ${version}, and this is ${wanted}: remove it, or choose another`,
      );
    }
    await endForgottenServer({ folder });
    return { folder, password: readFileSync(passwordFile, 'utf8').trim() };
  }

  const password = randomBytes(24).toString('base64url');
  await initialize({ ...input, parent, folder, password });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  return { folder, password };
}

/** Makes the cluster under another name first: an interrupted run leaves nothing that looks like a cluster. */
async function initialize(input: {
  home: string;
  parent: string;
  folder: string;
  password: string;
  account: Account | undefined;
  durable: boolean;
  binaries: PostgresBinaries;
  env: NodeJS.ProcessEnv;
  log: Log;
}): Promise<void> {
  for (const name of readdirSync(input.parent)) {
    if (name.startsWith('cluster')) rmSync(path.join(input.parent, name), { recursive: true, force: true });
  }
  const draft = path.join(input.parent, `cluster.${randomUUID()}`);
  const passwordFile = `${draft}.password`;
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, input.password, { mode: 0o600 });
  if (input.account !== undefined) {
    for (const at of [draft, passwordFile]) chownSync(at, input.account.uid, input.account.gid);
  }
  try {
    input.log('making a PostgreSQL cluster');
    const program = await supervise({
      name: 'initdb',
      home: input.home,
      command: input.binaries.initdb,
      args: [
        `--pgdata=${draft}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // PostgreSQL's own C.UTF-8: the same order of text on every machine, whatever locales it has.
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        ...(input.durable ? [] : ['--no-sync']),
      ],
      cwd: input.parent,
      env: input.env,
      account: input.account,
      logFile: path.join(input.home, 'initdb.log'),
      stop: [
        { signal: 'SIGINT', waitMs: 2_000 },
        { signal: 'SIGKILL', waitMs: 1_000 },
      ],
      removeOnExit: [passwordFile],
    });
    const timer = setTimeout(() => void program.stop(), initdbTimeoutMs);
    const exit = await withProgress({
      log: input.log,
      describe: (seconds) => `making a PostgreSQL cluster (${seconds} s so far)`,
      work: program.exited,
    }).finally(() => clearTimeout(timer));
    if (exit.code !== 0) {
      const why = exit.code === null ? `was ended by ${exit.signal ?? 'us'}` : `failed with code ${exit.code}`;
      throw new Error(`initdb ${why}; its last lines:\n${program.lastLines()}`);
    }
    renameSync(draft, input.folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
    rmSync(passwordFile, { force: true });
  }
}

/**
 * The folder that stands in for a home the account cannot enter, made when it is not there, and emptied when its
 * home has been removed and made anew since.
 */
function relocatedFolder(input: { home: string; account: Account; durable: boolean }): string {
  const key = createHash('sha256').update(realpathSync(input.home)).digest('hex').slice(0, 16);
  const problems: string[] = [];
  // /var/tmp outlives a restart of the machine.
  const bases = input.durable ? ['/var/tmp', tmpdir(), '/tmp'] : [tmpdir(), '/tmp', '/var/tmp'];
  for (const base of new Set(bases)) {
    try {
      const shared = sharedFolder(base);
      if (!canReach({ account: input.account, folder: shared })) {
        problems.push(`${shared} cannot be entered by ${input.account.name}`);
        continue;
      }
      removeHomeless(shared);
      return claim({ folder: path.join(shared, `home-${key}`), home: input.home, account: input.account });
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  throw new Error(`found no place for PostgreSQL's data that ${input.account.name} may enter: ${problems.join('; ')}`);
}

function claim(input: { folder: string; home: string; account: Account }): string {
  const here = path.join(input.folder, 'origin.json');
  const there = path.join(input.home, 'cluster-location.json');
  const [left, right] = [readOrigin(here), readOrigin(there)];
  if (left !== undefined && left.token === right?.token) return input.folder;
  rmSync(input.folder, { recursive: true, force: true });
  mkdirSync(input.folder, { mode: 0o700 });
  chownSync(input.folder, input.account.uid, input.account.gid);
  const token = randomUUID();
  writeFileSync(here, JSON.stringify({ home: realpathSync(input.home), token }));
  writeFileSync(there, JSON.stringify({ home: input.folder, token }));
  return input.folder;
}

/** Removes the stand-ins whose home is gone, unless a server still runs there. */
function removeHomeless(shared: string): void {
  for (const name of readdirSync(shared).filter((found) => found.startsWith('home-'))) {
    const folder = path.join(shared, name);
    const origin = readOrigin(path.join(folder, 'origin.json'));
    if (origin === undefined || existsSync(origin.home)) continue;
    const pid = serverPid(path.join(folder, 'cluster'));
    if (pid === undefined || !isAlive(identityOf(pid))) rmSync(folder, { recursive: true, force: true });
  }
}

function readOrigin(file: string): Origin | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Origin;
  } catch {
    return undefined;
  }
}

function serverPid(cluster: string): number | undefined {
  try {
    const pid = Number(readFileSync(path.join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Ends a server that still runs on a cluster nobody holds, and removes its pid file. A pid file whose number now
 * belongs to some other program would keep PostgreSQL from starting for ever: it is removed as well.
 */
async function endForgottenServer(input: { folder: string }): Promise<void> {
  const pid = serverPid(input.folder);
  if (pid === undefined) return;
  const identity = identityOf(pid);
  if (isAlive(identity) && worksIn({ pid, folder: input.folder })) {
    await endProcess({ identity, signal: 'SIGINT', waitMs: 10_000 });
  }
  rmSync(path.join(input.folder, 'postmaster.pid'), { force: true });
}

/** Whether a process has that folder as its working directory, as PostgreSQL has its data folder; where the system does not tell, yes. */
function worksIn(input: { pid: number; folder: string }): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return realpathSync(`/proc/${input.pid}/cwd`) === realpathSync(input.folder);
  } catch {
    return false;
  }
}
