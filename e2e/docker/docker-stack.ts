import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { type CheckoutCopy, copyCheckout } from '../checkout-copy';
import { freePort, runCommand } from '../stack';

type Tenant = 'tracc' | 'timeline';
interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The compose stack of a copy of this checkout, under a name, with ports and settings of its own. */
export interface DockerStack {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** `npm run stack:<name> -- <args>`. */
  script(name: string, ...args: string[]): Promise<Ended>;
  /** As {@link script}; throws with what it wrote when it fails. */
  run(name: string, ...args: string[]): Promise<string>;
  /** A tenant's command on this machine, with the settings that `stack:up` has left for it. */
  command(tenant: Tenant, ...args: string[]): Promise<Ended>;
  docker(...args: string[]): Promise<Ended>;
  compose(...args: string[]): Promise<Ended>;
  container(service: string): string;
  /** A statement as the superuser, in a tenant's database. */
  sql<T extends object>(tenant: Tenant, statement: string, values?: unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

/** What a command printed; fails the test with what it complained of when it did not end well. */
export async function ok(ended: Promise<Ended>): Promise<string> {
  const { code, out, err } = await ended;
  expect([code, code === 0 ? '' : err]).toEqual([0, '']);
  return out;
}

export async function openDockerStack(name: string): Promise<DockerStack> {
  const copy: CheckoutCopy = await copyCheckout();
  const { root } = copy;
  const directory = path.join(root, 'infra', 'compose');
  for (const own of ['.env', 'tracc.env', 'timeline.env', 'identities', 'backups'])
    await rm(path.join(directory, own), { recursive: true, force: true });
  const env = {
    STACK_NAME: `verify-${name}`,
    STACK_VERSION: 'verify',
    TEMPORAL_PORT: String(await freePort()),
    UI_PORT: String(await freePort()),
    POSTGRES_PORT: String(await freePort()),
  };
  const exec = async (file: string, args: readonly string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const options = { cwd: root, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 ** 2 };
      const child = execFile(file, args, options, (_error, out, err) =>
        resolve({ code: child.exitCode ?? -1, out, err }),
      );
    });
  const docker = async (...args: string[]) => exec('docker', args);
  const compose = async (...args: string[]) =>
    docker('compose', '-f', path.join(directory, 'docker-compose.yml'), ...args);
  const script = async (scriptName: string, ...args: string[]) =>
    exec(process.execPath, [path.join(root, 'scripts', 'stack', `${scriptName}.mjs`), ...args]);
  return {
    root,
    env,
    script,
    async run(scriptName, ...args) {
      const { code, out, err } = await script(scriptName, ...args);
      if (code !== 0) throw new Error(`stack:${scriptName} ended with ${code}:\n${out}\n${err}`);
      return out;
    },
    command: async (tenant, ...args) => runCommand(tenant, args, {}, root),
    docker,
    compose,
    container: (service) => `${env.STACK_NAME}-${service}-1`,
    async sql<T extends object>(tenant: Tenant, statement: string, values?: unknown[]) {
      const settings = await readFile(path.join(directory, '.env'), 'utf8');
      const [, password] = /^POSTGRES_PASSWORD=(.+)$/m.exec(settings)!;
      const connectionString = `postgres://postgres:${password}@127.0.0.1:${env.POSTGRES_PORT}/${tenant}`;
      const client = new Client({ connectionString });
      await client.connect();
      try {
        return (await client.query<T>(statement, values)).rows;
      } finally {
        await client.end();
      }
    },
    async close() {
      await script('down', '--volumes');
      await copy.remove();
    },
  };
}
