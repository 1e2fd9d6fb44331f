import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import download from 'mvn-artifact-download';
import { packageDir } from './locations';
import { makeOnce } from './make-once';
import { accepts, freePort } from './ports';
import { pollUntil, withProgress, type Log } from './progress';
import { environmentFor, supervise } from './supervised';
import { findOnPath, isExecutable, outputOf } from './tools';
import { wrapperScript } from './wrapper-script';

/** A jar of the test server: its Maven coordinates, and the SHA-256 of its content in hexadecimal. */
export interface PinnedJar {
  readonly artifact: string;
  readonly sha256: string;
}

/** The oldest Java that the test server runs on. */
export const oldestJava = 8;

const mainClass = 'io.temporal.testserver.TestServer';
/** Starts in a third of the time that Java's own choices for long-running servers take. */
const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
const jarTimeoutMs = 60_000;
const jarsTimeoutMs = 5 * 60_000;
const makingTimeoutMs = 10 * 60_000;
const parallelDownloads = 6;

/** The Java of this machine. */
export interface Java {
  readonly command: string;
  readonly major: number;
  /** Names the build: an archive of classes fits only the Java that made it. */
  readonly key: string;
}

/** Java's major version in what `java -version` writes: '1.8.0_392' is 8; undefined when it is not there. */
export function parseJavaMajor(output: string): number | undefined {
  const found = /version "(?:1\.)?(\d+)/.exec(output)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Java from JAVA_HOME, else from PATH. Throws an Error when there is none that will do. */
export async function findJava(env: NodeJS.ProcessEnv): Promise<Java> {
  const inHome = path.join(env['JAVA_HOME'] ?? '', 'bin', process.platform === 'win32' ? 'java.exe' : 'java');
  const command = env['JAVA_HOME'] !== undefined && isExecutable(inHome) ? inHome : findOnPath({ name: 'java', env });
  if (command === undefined) throw new Error('`java` is neither in JAVA_HOME nor on PATH');
  const output = await outputOf({ command, args: ['-version'], env, timeoutMs: 15_000 });
  const major = parseJavaMajor(output);
  if (major === undefined) throw new Error(`${command} does not say its version`);
  if (major < oldestJava) throw new Error(`${command} is Java ${major}, and ${oldestJava} or later is needed`);
  return { command, major, key: shortHash(`${command}\n${output}`) };
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

interface Installed {
  readonly wrapper: string;
  readonly archive: string;
  readonly jars: readonly string[];
  readonly pinned: readonly PinnedJar[];
}

/** Where everything lies, or will lie: one set of jars for all, a script and an archive for each Java. */
function layout(input: { folder: string; java: Java }): Installed {
  const list = readFileSync(path.join(packageDir, 'test-server', 'jars.json'), 'utf8');
  const pinned = JSON.parse(list) as PinnedJar[];
  const key = shortHash(`${input.java.key}\n${list}`);
  return {
    wrapper: path.join(input.folder, `java-${key}${process.platform === 'win32' ? '.cmd' : '.sh'}`),
    archive: path.join(input.folder, `classes-${key}.jsa`),
    jars: pinned.map(({ artifact }) => path.join(input.folder, 'jars', jarName(artifact))),
    pinned,
  };
}

/** The script of an earlier call for this Java, with all its jars in place; undefined when there is none. */
export function readyWrapper(input: { folder: string; java: Java }): string | undefined {
  const { wrapper, jars } = layout(input);
  return isExecutable(wrapper) && jars.every((jar) => existsSync(jar)) ? wrapper : undefined;
}

/** The file name of a jar, from its coordinates `group:name:version`. */
export function jarName(artifact: string): string {
  const [, name, version] = artifact.split(':');
  return `${name}-${version}.jar`;
}

/** Fetches the jars into `folder`, and returns the script that runs them. Throws an Error when one cannot be had. */
export function fromJars(input: { folder: string; java: Java; env: NodeJS.ProcessEnv; log: Log }): Promise<string> {
  const { folder, java, log } = input;
  const { wrapper, archive, jars, pinned } = layout(input);
  return makeOnce({
    folder,
    what: 'the test server',
    log,
    timeoutMs: makingTimeoutMs,
    find: () => readyWrapper(input),
    make: async (draft) => {
      if (!jars.every((jar) => existsSync(jar))) {
        const fresh = path.join(draft, 'jars');
        mkdirSync(fresh);
        await fetchJars({ pinned, folder: fresh, log });
        rmSync(path.join(folder, 'jars'), { recursive: true, force: true });
        renameSync(fresh, path.join(folder, 'jars'));
      }
      const archived = await makeClassArchive({ ...input, draft, jars, archive });
      const shared = archived ? [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto', '-Xlog:disable'] : [];
      const args = [...quickStart, ...shared, '-cp', jars.join(path.delimiter), mainClass];
      const script = path.join(draft, 'script');
      writeFileSync(script, wrapperScript({ command: java.command, args, platform: process.platform }));
      chmodSync(script, 0o755);
      renameSync(script, wrapper);
      return wrapper;
    },
  });
}

async function fetchJars(input: { pinned: readonly PinnedJar[]; folder: string; log: Log }): Promise<void> {
  const { pinned, log } = input;
  log(`fetching the test server from Maven: ${pinned.length} jars, about 40 MB once`);
  const waiting = [...pinned];
  let done = 0;
  const work = async (): Promise<void> => {
    for (let jar = waiting.shift(); jar !== undefined; jar = waiting.shift()) {
      await fetchJar({ jar, folder: input.folder });
      done += 1;
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${jarsTimeoutMs / 1_000} s`)), jarsTimeoutMs);
  });
  await withProgress({
    log,
    describe: (seconds) =>
      `fetching the test server from Maven (${done} of ${pinned.length} jars, ${seconds} s so far)`,
    work: Promise.race([late, Promise.all(Array.from({ length: parallelDownloads }, work))]),
  }).finally(() => {
    clearTimeout(timer);
    waiting.length = 0;
  });
}

/** One jar, at the second attempt if need be. Throws an Error when its content is not what was pinned. */
async function fetchJar(input: { jar: PinnedJar; folder: string }): Promise<void> {
  const { artifact, sha256 } = input.jar;
  const file = path.join(input.folder, jarName(artifact));
  const attempt = async (): Promise<void> => {
    await download(artifact, input.folder, undefined, jarName(artifact), { timeout: jarTimeoutMs });
    const found = createHash('sha256').update(readFileSync(file)).digest('hex');
    if (found !== sha256) throw new Error(`${artifact} has another content than the one pinned (sha256 ${found})`);
  };
  await attempt().catch(attempt);
}

/**
 * Writes an archive of the server's loaded classes, which saves about half of each start: the server is started and
 * ended once for it. False where this Java cannot, or does not, write one: the server works without.
 */
async function makeClassArchive(input: {
  draft: string;
  java: Java;
  jars: readonly string[];
  archive: string;
  env: NodeJS.ProcessEnv;
  log: Log;
}): Promise<boolean> {
  // The option came with Java 13.
  if (input.java.major < 13) return false;
  const made = path.join(input.draft, 'classes.jsa');
  const port = await freePort();
  const classPath = input.jars.join(path.delimiter);
  const server = await supervise({
    name: 'the test server',
    home: input.draft,
    command: input.java.command,
    args: [`-XX:ArchiveClassesAtExit=${made}`, ...quickStart, '-cp', classPath, mainClass, String(port)],
    cwd: input.draft,
    env: environmentFor({ env: input.env, drop: /^(JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|CLASSPATH)$/ }),
    logFile: path.join(input.draft, 'archive.log'),
    stop: [
      { signal: 'SIGTERM', waitMs: 30_000 },
      { signal: 'SIGKILL', waitMs: 1_000 },
    ],
  });
  const training = async (): Promise<void> => {
    await pollUntil({
      attempt: async () =>
        server.exit() !== undefined || (await accepts({ host: '127.0.0.1', port, timeoutMs: 500 })) ? true : undefined,
      everyMs: 50,
      timeoutMs: 20_000,
    });
    await server.stop();
  };
  input.log('preparing the test server for quick starts');
  await withProgress({
    log: input.log,
    describe: (seconds) => `preparing the test server for quick starts (${seconds} s so far)`,
    work: training(),
  });
  if (!existsSync(made)) return false;
  rmSync(input.archive, { force: true });
  renameSync(made, input.archive);
  return true;
}
