import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

/** An account of this machine. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** What the check of access needs to know of one folder or file. */
export interface Permissions {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** The accounts of a passwd file; lines that are none are left out. */
export function parsePasswd(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

/** The account that PostgreSQL is to run as when root starts it: `postgres`, else `nobody`; undefined when there is neither. */
export function chooseAccount(accounts: readonly Account[]): Account | undefined {
  return ['postgres', 'nobody']
    .map((name) => accounts.find((account) => account.name === name && account.uid !== 0))
    .find((account) => account !== undefined);
}

/**
 * The account to step down to: undefined when this process is not root and runs programs as itself.
 * Throws an Error when root finds no account to use.
 */
export function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const account = chooseAccount(parsePasswd(readFileSync('/etc/passwd', 'utf8')));
  if (account === undefined) {
    throw new Error(
      'PostgreSQL does not run as root, and this machine has neither an account `postgres` nor `nobody`: start this as another user',
    );
  }
  return account;
}

/** Whether the permission bits let an account pass through a folder (`execute`) or read a file (`read`). */
export function allows(input: { account: Account; of: Permissions; what: 'execute' | 'read' }): boolean {
  const bit = input.what === 'execute' ? 1 : 4;
  const shift = input.of.uid === input.account.uid ? 6 : input.of.gid === input.account.gid ? 3 : 0;
  return ((input.of.mode >> shift) & bit) !== 0;
}

/** Whether an account can get into a folder: every folder on the way, and the folder itself, lets it pass. */
export function canReach(input: { account: Account | undefined; folder: string }): boolean {
  const { account } = input;
  if (account === undefined) return true;
  let folder = realpathSync(input.folder);
  for (;;) {
    if (!allows({ account, of: statSync(folder), what: 'execute' })) return false;
    const parent = path.dirname(folder);
    if (parent === folder) return true;
    folder = parent;
  }
}

/** Whether an account can read and run a file, and get to it. */
export function canRun(input: { account: Account | undefined; file: string }): boolean {
  const { account } = input;
  if (account === undefined) return true;
  const of = lstatSync(realpathSync(input.file));
  return (
    allows({ account, of, what: 'execute' }) &&
    allows({ account, of, what: 'read' }) &&
    canReach({ account, folder: path.dirname(realpathSync(input.file)) })
  );
}
