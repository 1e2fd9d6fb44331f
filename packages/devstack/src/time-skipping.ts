import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheDir, packageDir } from './locations';
import { makeOnce, runToEnd } from './make-once';
import { messageOf, type Log } from './progress';
import { downloadedFile } from './temporal-binary';
import { findJava, fromJars, oldestJava, readyWrapper } from './test-server-java';
import { isExecutable } from './tools';
import { wrapperScript } from './wrapper-script';

/** The release of the jars; the SDK's download is the one that the SDK chooses. */
const serverVersion = '1.38.0';
const downloadTimeoutMs = 60_000;
const makingTimeoutMs = 10 * 60_000;

/**
 * The path of a program that runs the time-skipping test server; the port is its only argument. For
 * `TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } })`.
 * What an earlier call has fetched, else the SDK's download, else the server's jars from Maven with the `java` of
 * this machine. Throws an Error that names everything tried, and what to install.
 */
export async function resolveTimeSkippingServer(input: {
  log: Log;
  /** process.env by default: PATH, JAVA_HOME and XDG_CACHE_HOME are looked at. */
  env?: NodeJS.ProcessEnv | undefined;
}): Promise<string> {
  const env = input.env ?? process.env;
  const folder = path.join(cacheDir(env), `temporal-test-server-${serverVersion}`);
  const downloaded = path.join(folder, process.platform === 'win32' ? 'downloaded.cmd' : 'downloaded.sh');
  if (isExecutable(downloaded)) return downloaded;
  const java = await findJava(env).catch((error: unknown) => messageOf(error));
  const ready = typeof java === 'string' ? undefined : readyWrapper({ folder, java });
  if (ready !== undefined) return ready;

  input.log('looking for the time-skipping test server');
  const tried: string[] = [];
  const attempt = async (name: string, make: () => Promise<string>): Promise<string | undefined> => {
    try {
      return await make();
    } catch (error) {
      tried.push(`${name}: ${messageOf(error)}`);
      return undefined;
    }
  };
  const found =
    (await attempt('the download of the Temporal SDK', () => fromSdk({ ...input, env, folder, downloaded }))) ??
    (await attempt(`the jars of io.temporal:temporal-test-server:${serverVersion} from Maven`, async () => {
      if (typeof java === 'string') throw new Error(java);
      return fromJars({ folder, java, env, log: input.log });
    }));
  if (found !== undefined) return found;
  throw new Error(
    [
      'found no time-skipping test server. Tried:',
      ...tried.map((line) => `  - ${line}`),
      `Install Java ${oldestJava} or later (17 starts quickest), and let this machine reach Maven Central.`,
    ].join('\n'),
  );
}

function fromSdk(input: { env: NodeJS.ProcessEnv; folder: string; downloaded: string; log: Log }): Promise<string> {
  return makeOnce({
    folder: input.folder,
    what: 'the test server',
    log: input.log,
    timeoutMs: makingTimeoutMs,
    find: () => (isExecutable(input.downloaded) ? input.downloaded : undefined),
    make: async (draft) => {
      input.log('asking the Temporal SDK for its download of the test server');
      await runToEnd({
        name: 'the download',
        command: process.execPath,
        args: [path.join(packageDir, 'fetch-server.cjs'), 'time-skipping', draft, 'default'],
        cwd: draft,
        env: input.env,
        timeoutMs: downloadTimeoutMs,
        log: input.log,
        describe: ({ seconds }) => `downloading the test server (${seconds} s so far, at most 60 s)`,
      });
      const command = path.join(input.folder, process.platform === 'win32' ? 'test-server.exe' : 'test-server');
      renameSync(downloadedFile(draft), command);
      const script = path.join(draft, 'script');
      writeFileSync(script, wrapperScript({ command, args: [], platform: process.platform }));
      chmodSync(script, 0o755);
      renameSync(script, input.downloaded);
      return input.downloaded;
    },
  });
}
