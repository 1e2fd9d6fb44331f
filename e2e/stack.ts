import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { type Socket, connect, createServer } from 'node:net';
import path from 'node:path';
import { waitFor } from '../test/support/wait';

const ROOT = path.join(__dirname, '..');

/** A worker process as its users start it: `tracc worker start`, `timeline worker start`. */
export interface WorkerProcess {
  readonly pid: number;
  /** Where its probes are: `http://127.0.0.1:PORT`. */
  readonly probes: string;
  /** The last characters that it wrote: 4,000, unless it was started to keep more. */
  output(): string;
  /** Resolves with the exit code when it ends; null when a signal ended it. */
  readonly exit: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
  /** SIGKILL: no goodbye to anyone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface LaunchOptions {
  /** Characters of its output that are kept. */
  readonly keep?: number;
  /** Another checkout than this one. */
  readonly root?: string;
}

/**
 * Starts a tenant's worker and waits until its probe says that it is ready. `until: 'started'` is for the time-skipping server, which
 * cannot be asked for its pollers.
 */
export async function startWorkerProcess(
  tenant: string,
  env: Record<string, string>,
  { until = 'ready', ...options }: LaunchOptions & { readonly until?: 'ready' | 'started' } = {},
): Promise<WorkerProcess> {
  const worker = await launchWorkerProcess(tenant, env, options);
  let code: number | null | undefined;
  void worker.exit.then((exitCode) => (code = exitCode));
  let said = 'nothing';
  await waitFor(async () => {
    if (code !== undefined) throw new Error(`the ${tenant} worker ended with ${code}:\n${worker.output()}`);
    const response = await fetch(`${worker.probes}/${until === 'ready' ? 'readyz' : 'startupz'}`).catch(
      () => undefined,
    );
    if (response) said = await response.text();
    return response?.ok === true;
  }, `the ${tenant} worker to be ${until}`).catch((error: unknown) => {
    throw new Error(`it said ${said} and wrote:\n${worker.output()}`, { cause: error });
  });
  return worker;
}

/** Starts a tenant's worker and waits for nothing. */
export async function launchWorkerProcess(
  tenant: string,
  env: Record<string, string>,
  { keep = 4000, root }: LaunchOptions = {},
): Promise<WorkerProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [binOf(tenant, root), 'worker', 'start'], {
    env: { ...process.env, NODE_ENV: 'test', LOG_LEVEL: 'warn', PROBE_PORT: String(port), ...env },
    // By the channel it ends with the test's process, whatever becomes of the test.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  child.channel?.unref();
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-keep)));
  const exit = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return {
    pid: child.pid!,
    probes: `http://127.0.0.1:${port}`,
    output: () => output,
    exit,
    signal: (name) => void child.kill(name),
    kill: async () => void (await end(child, 'SIGKILL', exit)),
    stop: async () => end(child, 'SIGTERM', exit),
  };
}

/** The status of a probe; undefined when nobody answers within 5 s. */
export async function statusOf({ probes }: WorkerProcess, probe: string): Promise<number | undefined> {
  const response = await fetch(`${probes}${probe}`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.status;
}

/** A tenant's command as its users call it: `tracc …`, `timeline …`. */
export async function runCommand(
  tenant: string,
  args: readonly string[],
  env: Record<string, string>,
  root?: string,
): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, NODE_ENV: 'test', ...env } };
    const child = execFile(process.execPath, [binOf(tenant, root), ...args], options, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

/** Of this checkout, or of the one in `root`. */
function binOf(tenant: string, root = ROOT): string {
  return path.join(root, 'apps', `${tenant}-worker`, 'bin', `${tenant}.js`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals, exit: Promise<number | null>): Promise<number | null> {
  child.kill(signal);
  return exit;
}

/** A way to a server on which nothing that is sent arrives while it is frozen. */
export interface FreezableProxy {
  readonly address: string;
  /** Passes nothing on any more, and closes nothing: what the worker sends, or both ways. New connections are taken too. */
  freeze(direction?: 'sent' | 'both'): void;
  thaw(): void;
  /** Ends every connection and listens no more. */
  shut(): Promise<void>;
  /** Listens again, on the same port. */
  open(): Promise<void>;
  close(): Promise<void>;
}

/** Listens on loopback and passes everything on to `host:port`. */
export async function startProxy(target: string, { isOpen = true } = {}): Promise<FreezableProxy> {
  const { hostname, port: targetPort } = new URL(`tcp://${target}`);
  const ways = new Map<Socket, Socket>();
  let frozen: 'sent' | 'both' | undefined;
  const flow = (client: Socket, upstream: Socket) => {
    if (frozen) client.unpipe(upstream).pause();
    else client.pipe(upstream);
    if (frozen === 'both') upstream.unpipe(client).pause();
    else upstream.pipe(client);
  };
  const flowAll = () => ways.forEach((upstream, client) => flow(client, upstream));
  const server = createServer((client) => {
    const upstream = connect(Number(targetPort), hostname);
    ways.set(client, upstream);
    flow(client, upstream);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        ways.delete(client);
        other.destroy();
      });
    }
  });
  const port = await freePort();
  const open = async () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const shut = async () => {
    for (const client of ways.keys()) client.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  if (isOpen) await open();
  return {
    address: `127.0.0.1:${port}`,
    freeze(direction = 'sent') {
      frozen = direction;
      flowAll();
    },
    thaw() {
      frozen = undefined;
      flowAll();
    },
    shut,
    open,
    close: shut,
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
