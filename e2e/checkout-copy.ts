import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.join(__dirname, '..');
/** What a fresh clone does not have, beside what is built. */
const LEFT_OUT = new Set(['node_modules', '.git', '.devstack', '.turbo', 'data']);

/** A copy of this checkout, built as this one is, whose packages are its own and whose dependencies are those of this one. */
export interface CheckoutCopy {
  readonly root: string;
  /** Runs a program in it; rejects with all that it wrote when it fails. */
  run(program: string, args: readonly string[], options?: { readonly cwd?: string }): Promise<string>;
  /** Every file of it, but for dependencies. */
  files(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

export async function copyCheckout(): Promise<CheckoutCopy> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'checkout-'));
  await cp(ROOT, root, {
    recursive: true,
    // What is newer than what was built from it would be built again.
    preserveTimestamps: true,
    filter: (source) => !LEFT_OUT.has(path.basename(source)),
  });
  await linkDependencies(root);
  return {
    root,
    run: async (program, args, { cwd = '.' } = {}) =>
      new Promise((resolve, reject) => {
        const options = { cwd: path.join(root, cwd), maxBuffer: 64 * 1024 ** 2 };
        const child = execFile(process.execPath, [path.join(root, program), ...args], options, (error, out, err) =>
          error ? reject(new Error(`${program} ${args.join(' ')}:\n${out}\n${err}`)) : resolve(`${out}${err}`),
        );
        // Who would ask something gets no answer.
        child.stdin?.end();
      }),
    files: async () =>
      (await readdir(root, { recursive: true })).filter((file) => !file.includes('node_modules')).toSorted(),
    remove: async () => rm(root, { recursive: true, force: true }),
  };
}

/** Our own packages are links of npm's to the checkout that it was run in; here they lead to the copy's. */
async function linkDependencies(root: string): Promise<void> {
  const from = path.join(ROOT, 'node_modules');
  const to = path.join(root, 'node_modules');
  await mkdir(path.join(to, '@backend'), { recursive: true });
  const packages = await readdir(path.join(root, 'packages'));
  for (const name of packages) {
    await symlink(path.join(root, 'packages', name), path.join(to, '@backend', name));
    await symlink(path.join(ROOT, 'packages', name, 'node_modules'), path.join(root, 'packages', name, 'node_modules'));
  }
  const entries = (await readdir(from)).filter((name) => name !== '@backend' && !name.endsWith('-worker'));
  await Promise.all(entries.map(async (name) => symlink(path.join(from, name), path.join(to, name))));
}
