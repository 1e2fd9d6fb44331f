import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

/** The folder of this package: the same from dist/ and from src/ under jest. */
export const packageDir = path.resolve(__dirname, '..');

const projectFolder = 'temporal-tenants';

/**
 * The user's cache folder for what is made once and kept: the server binary, the test server's jars.
 * XDG_CACHE_HOME, else ~/.cache.
 */
export function cacheDir(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_CACHE_HOME'];
  // The XDG rules say that a relative value is to be ignored.
  return path.join(base !== undefined && path.isAbsolute(base) ? base : path.join(homedir(), '.cache'), projectFolder);
}

/**
 * Where each supervisor leaves a note of what it runs, so that a later start can end what has lost its supervisor.
 * In the temporary folder, one for each user: it must be writable even where the home folder is not.
 */
export function registryDir(): string {
  return ownedFolder(path.join(tmpdir(), `${projectFolder}-running-${userKey()}`), 0o700);
}

/** Where files go that an unprivileged account must reach. `base` is a folder such as /tmp. */
export function sharedFolder(base: string): string {
  return ownedFolder(path.join(base, `${projectFolder}-${userKey()}`), 0o755);
}

/**
 * Makes a folder under a name that others could guess, and refuses one that somebody else made there first.
 * Throws an Error when the path is a link, no folder, or another user's.
 */
function ownedFolder(folder: string, mode: number): string {
  mkdirSync(folder, { recursive: true, mode });
  const found = lstatSync(folder);
  if (!found.isDirectory() || (process.getuid !== undefined && found.uid !== process.getuid())) {
    throw new Error(`${folder} exists and is not a folder of this user: remove it`);
  }
  // mkdir's mode is subject to the umask.
  if ((found.mode & 0o777) !== mode && process.platform !== 'win32') chmodSync(folder, mode);
  return folder;
}

function userKey(): string {
  return process.getuid === undefined ? 'user' : String(process.getuid());
}
