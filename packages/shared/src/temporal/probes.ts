import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A named check that resolves when its part works and rejects with a sentence when not. */
export type ReadinessCheck = () => Promise<void>;

export interface ProbeServer {
  readonly port: number;
  close(): Promise<void>;
}

const CHECK_TIMEOUT_MS = 3000;

/**
 * `/livez` answers while the event loop turns; `/startupz` once the worker polls; `/readyz` when every check passes now.
 * The checks are made at each call, each bounded by 3 s: the SDK's own worker state says RUNNING through an outage.
 */
export async function startProbes({
  host,
  port,
  checks,
  started,
}: {
  host: string;
  port: number;
  checks: Readonly<Record<string, ReadinessCheck>>;
  started: () => boolean;
}): Promise<ProbeServer> {
  const server = createServer((request, response) => {
    const answer = (ok: boolean, body: unknown) => {
      response.writeHead(ok ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(`${JSON.stringify(body)}\n`);
    };
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET') {
      response.writeHead(405).end();
    } else if (path === '/livez') {
      answer(true, { live: true });
    } else if (path === '/startupz') {
      answer(started(), { started: started() });
    } else if (path === '/readyz') {
      void readiness(checks).then((result) =>
        answer(started() && result.ready, { ...result, ready: started() && result.ready }),
      );
    } else {
      response.writeHead(404).end();
    }
  });
  // Bounds for slow and idle callers; a probe is a few bytes.
  server.headersTimeout = 5000;
  server.requestTimeout = 10_000;
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readiness(
  checks: Readonly<Record<string, ReadinessCheck>>,
): Promise<{ ready: boolean; checks: Record<string, string> }> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
      });
      try {
        await Promise.race([check(), late]);
        return [name, 'ok'] as const;
      } catch (error) {
        return [name, error instanceof Error ? error.message : String(error)] as const;
      } finally {
        clearTimeout(timer);
      }
    }),
  );
  return { ready: results.every(([, result]) => result === 'ok'), checks: Object.fromEntries(results) };
}
