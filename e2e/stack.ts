import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import path from 'node:path';
import { waitFor } from '../test/support/wait';

const ROOT = path.join(__dirname, '..');

/** A worker process as its users start it: `tracc worker start`, `timeline worker start`. */
export interface WorkerProcess {
  readonly pid: number;
  /** The last 4,000 characters that it wrote. */
  output(): string;
  /** SIGKILL: no goodbye to anyone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starts a tenant's worker and waits until its probe says that it is ready. */
export async function startWorkerProcess(
  tenant: 'tracc' | 'timeline',
  env: Record<string, string>,
): Promise<WorkerProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [binOf(tenant), 'worker', 'start'], {
    env: { ...process.env, NODE_ENV: 'test', LOG_LEVEL: 'warn', ...env, PROBE_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)));
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  await waitFor(async () => {
    if (child.exitCode !== null) throw new Error(`the ${tenant} worker ended with ${child.exitCode}:\n${output}`);
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    return response?.ok === true;
  }, `the ${tenant} worker to be ready`);
  return {
    pid: child.pid!,
    output: () => output,
    kill: async () => void (await end(child, 'SIGKILL', exit)),
    stop: async () => end(child, 'SIGTERM', exit),
  };
}

/** A tenant's command as its users call it: `tracc …`, `timeline …`. */
export async function runCommand(
  tenant: 'tracc' | 'timeline',
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, NODE_ENV: 'test', ...env } };
    const child = execFile(process.execPath, [binOf(tenant), ...args], options, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

function binOf(tenant: 'tracc' | 'timeline'): string {
  return path.join(ROOT, 'apps', `${tenant}-worker`, 'bin', `${tenant}.js`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals, exit: Promise<number | null>): Promise<number | null> {
  child.kill(signal);
  return exit;
}

/** A way to a server on which nothing that is sent arrives while it is frozen. */
export interface FreezableProxy {
  readonly address: string;
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

/** Listens on loopback and passes everything on to `host:port`. */
export async function startProxy(target: string): Promise<FreezableProxy> {
  const { hostname, port } = new URL(`tcp://${target}`);
  const ways = new Map<Socket, Socket>();
  let frozen = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    ways.set(client, upstream);
    upstream.pipe(client);
    if (!frozen) client.pipe(upstream);
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    freeze() {
      frozen = true;
      for (const [client, upstream] of ways) client.unpipe(upstream).pause();
    },
    thaw() {
      frozen = false;
      for (const [client, upstream] of ways) client.pipe(upstream);
    },
    async close() {
      for (const client of ways.keys()) client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
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
