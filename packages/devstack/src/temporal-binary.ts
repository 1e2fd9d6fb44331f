import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheDir, packageDir } from './locations';
import { makeOnce, runToEnd } from './make-once';
import { messageOf, type Log } from './progress';
import { environmentFor } from './supervised';
import { compareVersions, findOnPath, isExecutable, outputOf } from './tools';

/** The release that the download and the build bring: the newest that can be built as a dependency, without a `replace`. */
export const cliVersion = '1.5.1';
const serverVersion = '1.29.1';
/** Task queue fairness, which both workers ask for, begins here. */
const oldestServer = '1.29.0';

const downloadTimeoutMs = 60_000;
const buildTimeoutMs = 20 * 60_000;
const versionTimeoutMs = 15_000;

/** A `temporal` program, and where it is from. */
export interface TemporalBinary {
  readonly path: string;
  readonly source: 'path' | 'download' | 'go-build';
}

/** What is looked at, in the order of trying; replaced in tests. */
export interface BinarySources {
  readonly signal?: AbortSignal | undefined;
  readonly onPath: () => Promise<TemporalBinary | undefined>;
  readonly cached: () => TemporalBinary | undefined;
  readonly download: () => Promise<TemporalBinary>;
  readonly goBuild: () => Promise<TemporalBinary>;
}

/**
 * The `temporal` program to start: on PATH, else what an earlier start has fetched or built, else the SDK's
 * download, else a build from Go modules. Throws an Error that names everything tried, and what to install.
 */
export function resolveTemporalBinary(input: {
  env: NodeJS.ProcessEnv;
  log: Log;
  signal?: AbortSignal | undefined;
}): Promise<TemporalBinary> {
  const folder = path.join(cacheDir(input.env), `temporal-cli-${cliVersion}`);
  return firstThatWorks({
    signal: input.signal,
    onPath: () => onPath(input.env),
    cached: () => cached(folder),
    download: () => download({ ...input, folder }),
    goBuild: () => goBuild({ ...input, folder }),
  });
}

/** The order of trying, apart from what is tried. */
export async function firstThatWorks(sources: BinarySources): Promise<TemporalBinary> {
  const tried: string[] = [];
  const attempt = async (
    name: string,
    find: () => Promise<TemporalBinary | undefined>,
  ): Promise<TemporalBinary | undefined> => {
    try {
      const found = await find();
      if (found === undefined) tried.push(`${name}: there is none`);
      return found;
    } catch (error) {
      sources.signal?.throwIfAborted();
      tried.push(`${name}: ${messageOf(error)}`);
      return undefined;
    }
  };
  const found =
    (await attempt('`temporal` on PATH', sources.onPath)) ??
    sources.cached() ??
    (await attempt('the download of the Temporal SDK', sources.download)) ??
    (await attempt('a build from Go modules', sources.goBuild));
  if (found !== undefined) return found;
  throw new Error(
    [
      'found no Temporal server to start. Tried:',
      ...tried.map((line) => `  - ${line}`),
      'Install the Temporal CLI (https://docs.temporal.io/cli) or Go 1.25 or later, or set TEMPORAL_ADDRESS to a running server.',
    ].join('\n'),
  );
}

/** The server's version in what `temporal --version` writes; undefined when it is not there. */
export function parseServerVersion(output: string): string | undefined {
  return /\(Server (\d+\.\d+\.\d+[^,)\s]*)/.exec(output)?.[1];
}

/** Go's version in what `go version` writes; undefined when it is not there. */
export function parseGoVersion(output: string): string | undefined {
  return /\bgo(\d+\.\d+(?:\.\d+)?)/.exec(output)?.[1];
}

async function onPath(env: NodeJS.ProcessEnv): Promise<TemporalBinary | undefined> {
  const file = findOnPath({ name: 'temporal', env });
  if (file === undefined) return undefined;
  const version = parseServerVersion(
    await outputOf({ command: file, args: ['--version'], env, timeoutMs: versionTimeoutMs }),
  );
  if (version === undefined) throw new Error(`${file} does not say which server it holds`);
  if (compareVersions(version, oldestServer) < 0) {
    throw new Error(`${file} holds server ${version}, and ${oldestServer} or later is needed`);
  }
  return { path: file, source: 'path' };
}

interface Making {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

function fileName(): string {
  return process.platform === 'win32' ? 'temporal.exe' : 'temporal';
}

function cached(folder: string): TemporalBinary | undefined {
  const file = path.join(folder, fileName());
  if (!isExecutable(file)) return undefined;
  const sourceFile = path.join(folder, 'source');
  const source = existsSync(sourceFile) ? readFileSync(sourceFile, 'utf8').trim() : '';
  return { path: file, source: source === 'download' ? 'download' : 'go-build' };
}

/** Puts a finished program in its place: the rename is what makes it count. */
function keep(input: { made: string; folder: string; source: 'download' | 'go-build' }): TemporalBinary {
  const file = path.join(input.folder, fileName());
  writeFileSync(path.join(input.folder, 'source'), `${input.source}\n`);
  renameSync(input.made, file);
  return { path: file, source: input.source };
}

function download(input: Making): Promise<TemporalBinary> {
  return makeOnce({
    folder: input.folder,
    what: 'the Temporal server',
    log: input.log,
    timeoutMs: buildTimeoutMs,
    find: () => cached(input.folder),
    make: async (draft) => {
      input.log('asking the Temporal SDK for its download of the server');
      await runToEnd({
        name: 'the download',
        command: process.execPath,
        args: [path.join(packageDir, 'fetch-server.cjs'), 'dev-server', draft, `v${cliVersion}`],
        cwd: draft,
        env: input.env,
        timeoutMs: downloadTimeoutMs,
        signal: input.signal,
        log: input.log,
        describe: ({ seconds }) => `downloading the Temporal server (${seconds} s so far, at most 60 s)`,
      });
      return keep({ made: downloadedFile(draft), folder: input.folder, source: 'download' });
    },
  });
}

/** The one program in a folder that the SDK has downloaded to. */
export function downloadedFile(folder: string): string {
  const file = readdirSync(folder)
    .map((name) => path.join(folder, name))
    .find(isExecutable);
  if (file === undefined) throw new Error('the SDK has downloaded no program');
  return file;
}

async function goBuild(input: Making): Promise<TemporalBinary> {
  const go = findOnPath({ name: 'go', env: input.env });
  if (go === undefined) throw new Error('`go` is not on PATH');
  return makeOnce({
    folder: input.folder,
    what: 'the Temporal server',
    log: input.log,
    timeoutMs: buildTimeoutMs,
    find: () => cached(input.folder),
    make: async (draft) => {
      const moduleDir = path.join(draft, 'module');
      mkdirSync(moduleDir);
      for (const name of ['go.mod', 'go.sum']) {
        copyFileSync(path.join(packageDir, 'temporal-cli', name), path.join(moduleDir, name));
      }
      const made = path.join(draft, fileName());
      const env = environmentFor({
        env: input.env,
        // Settings of another build, such as a workspace file, are not for this one.
        drop: /^(GOFLAGS|GOWORK|GO111MODULE|GOOS|GOARCH|CGO_ENABLED)$/,
        // Without C: the same build where there is no C compiler.
        set: { CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-mod=readonly -buildvcs=false' },
      });
      input.log(`building Temporal ${serverVersion} from Go modules, about 3 minutes once`);
      try {
        await runToEnd({
          name: '`go build`',
          command: go,
          args: [
            'build',
            '-ldflags',
            `-s -w -X github.com/temporalio/cli/temporalcli.Version=${cliVersion}`,
            '-o',
            made,
            'github.com/temporalio/cli/cmd/temporal',
          ],
          cwd: moduleDir,
          env,
          timeoutMs: buildTimeoutMs,
          signal: input.signal,
          log: input.log,
          describe: ({ seconds, lastLine }) => {
            const step = /^go: downloading (\S+)/.exec(lastLine)?.[1];
            const doing = step === undefined ? '' : `, fetching ${step}`;
            return `building Temporal ${serverVersion} from Go modules, about 3 minutes once (${seconds} s so far${doing})`;
          },
        });
      } catch (error) {
        input.signal?.throwIfAborted();
        const version = await outputOf({ command: go, args: ['version'], env, timeoutMs: versionTimeoutMs })
          .then(parseGoVersion)
          .catch(() => undefined);
        throw new Error(`${messageOf(error)} (with Go ${version ?? 'of unknown version'}; 1.25 or later is needed)`, {
          cause: error,
        });
      }
      return keep({ made, folder: input.folder, source: 'go-build' });
    },
  });
}
