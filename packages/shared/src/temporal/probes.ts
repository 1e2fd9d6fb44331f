import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A named check that resolves when its part works and rejects with a sentence when not. */
export type ReadinessCheck = () => Promise<void>;

export interface ProbeServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Readiness {
  readonly ready: boolean;
  /** `ok`, or a sentence, under the name of each check. */
  readonly checks: Readonly<Record<string, string>>;
}

const CHECK_TIMEOUT_MS = 3000;

/** A probe is a few bytes. Node looks for who is late every 30 s unless told otherwise. */
const SLOW_CALLERS = { headersTimeout: 2000, requestTimeout: 5000, connectionsCheckingInterval: 1000 };

/**
 * `/livez` answers while the event loop turns; `/startupz` once the worker polls; `/readyz` when every check passes now.
 * The checks are made when somebody asks, and every `everyMs`, each bounded by 3 s; who asks meanwhile gets the answer of the same round.
 */
export async function startProbes({
  host,
  port,
  checks,
  started,
  cut = (text) => text,
  onRound = () => undefined,
  everyMs,
}: {
  host: string;
  port: number;
  checks: Readonly<Record<string, ReadinessCheck>>;
  started: () => boolean;
  /** Cuts what nobody may read out of the sentence of a check. */
  cut?: (sentence: string) => string;
  /** Called with the result of each round: `ok`, or a sentence, under the name of each check. */
  onRound?: (checks: Readiness['checks']) => void;
  /** Makes rounds by itself, so that `onRound` hears of what nobody asks for. */
  everyMs?: number | undefined;
}): Promise<ProbeServer> {
  const bounded = Object.entries(checks).map(([name, check]) => [name, boundedCheck(check, cut)] as const);
  let round: Promise<Readiness> | undefined;
  const readiness = async () =>
    (round ??= makeRound(bounded)
      .then((result) => {
        onRound(result.checks);
        return result;
      })
      .finally(() => (round = undefined)));

  const server = createServer(SLOW_CALLERS, (request, response) => {
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
      void readiness().then((result) => {
        const ready = started() && result.ready;
        answer(ready, { ...result, ready });
      });
    } else {
      response.writeHead(404).end();
    }
  });
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const timer = everyMs === undefined ? undefined : setInterval(() => void readiness(), everyMs).unref();
  return {
    port: (server.address() as AddressInfo).port,
    close: async () =>
      new Promise((resolve) => {
        clearInterval(timer);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function makeRound(
  checks: readonly (readonly [name: string, check: () => Promise<string>])[],
): Promise<Readiness> {
  const results = await Promise.all(checks.map(async ([name, check]) => [name, await check()] as const));
  return { ready: results.every(([, result]) => result === 'ok'), checks: Object.fromEntries(results) };
}

/**
 * Makes a check answer within its bound. One that is late goes on, and the next round waits for the same one instead of making
 * another: nothing piles up behind a server that is silent.
 */
function boundedCheck(check: ReadinessCheck, cut: (sentence: string) => string): () => Promise<string> {
  let running: Promise<string> | undefined;
  return async () => {
    running ??= outcome(check)
      .then(cut)
      .finally(() => (running = undefined));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`no answer within ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS);
    });
    try {
      return await Promise.race([running, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

async function outcome(check: ReadinessCheck): Promise<string> {
  try {
    await check();
    return 'ok';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
