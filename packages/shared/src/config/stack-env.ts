import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { profileOf } from './profile';

/** Where the running embedded stack leaves the settings of a tenant's commands, below the repository's root. */
export function stackEnvFile(root: string, tenant: string): string {
  return path.join(root, '.devstack', `${tenant}.env`);
}

/**
 * The environment, completed by the file that the embedded stack writes while it is up, so that `npx tracc …` in a
 * second terminal needs no exports. What is set explicitly always wins; without the file nothing changes.
 */
export function withStackEnv(
  env: Readonly<Record<string, string | undefined>>,
  { root, tenant }: { root: string; tenant: string },
): Record<string, string | undefined> {
  const file = stackEnvFile(root, tenant);
  if (profileOf(env) === 'production' || !existsSync(file)) return { ...env };
  const entries = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => /^([A-Z0-9_]+)=(.*)$/.exec(line))
    .flatMap((match) => (match ? [[match[1]!, match[2]!] as const] : []));
  return { ...Object.fromEntries(entries), ...env };
}
