import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { cacheDir, packageDir } from './locations';
import { makeOnce, runToEnd } from './make-once';
import type { Log } from './progress';
import { environmentFor } from './supervised';
import { findOnPath, isExecutable } from './tools';

const version = '0.315.0';
const buildTimeoutMs = 30 * 60_000;

/** The `promtool` program that checks and tests alert rules: PROMTOOL, PATH, or what was built before; undefined without one. */
export function findPromtool(env: NodeJS.ProcessEnv): string | undefined {
  return env['PROMTOOL'] || (findOnPath({ name: 'promtool', env }) ?? cached(env));
}

/** The same, built from Go modules where there is none. Throws an Error when that is needed and does not work. */
export async function makePromtool(input: { env: NodeJS.ProcessEnv; log: Log }): Promise<string> {
  const { env, log } = input;
  const found = findPromtool(env);
  if (found !== undefined) return found;
  const go = findOnPath({ name: 'go', env });
  if (go === undefined) throw new Error('promtool is not on PATH, and neither is `go`, which could build it');
  return makeOnce({
    folder: folderOf(env),
    what: 'promtool',
    log,
    timeoutMs: buildTimeoutMs,
    find: () => cached(env),
    make: async (draft) => {
      const moduleDir = path.join(draft, 'module');
      mkdirSync(moduleDir);
      for (const name of ['go.mod', 'go.sum'])
        copyFileSync(path.join(packageDir, 'promtool', name), path.join(moduleDir, name));
      const made = path.join(draft, 'promtool');
      await runToEnd({
        name: '`go build` of promtool',
        command: go,
        args: ['build', '-trimpath', '-ldflags', '-s -w', '-o', made, 'github.com/prometheus/prometheus/cmd/promtool'],
        cwd: moduleDir,
        env: environmentFor({
          env,
          // Settings of another build, such as a workspace file, are not for this one.
          drop: /^(GOFLAGS|GOWORK|GO111MODULE|GOOS|GOARCH|CGO_ENABLED)$/,
          set: { CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-mod=readonly -buildvcs=false' },
        }),
        timeoutMs: buildTimeoutMs,
        log,
        describe: ({ seconds }) =>
          `building promtool ${version} from Go modules, some minutes once (${seconds} s so far)`,
      });
      renameSync(made, fileOf(env));
      return fileOf(env);
    },
  });
}

function folderOf(env: NodeJS.ProcessEnv): string {
  return path.join(cacheDir(env), `promtool-${version}`);
}

function fileOf(env: NodeJS.ProcessEnv): string {
  return path.join(folderOf(env), 'promtool');
}

function cached(env: NodeJS.ProcessEnv): string | undefined {
  return isExecutable(fileOf(env)) ? fileOf(env) : undefined;
}
