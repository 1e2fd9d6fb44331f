import { connect } from 'node:net';
import { waitFor } from '../../../../test/support/wait';
import { type ProbeServer, type ReadinessCheck, startProbes } from './probes';

const open: ProbeServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function probes(checks: Record<string, ReadinessCheck>, started = true) {
  const server = await startProbes({ host: '127.0.0.1', port: 0, checks, started: () => started });
  open.push(server);
  return async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
    const text = await response.text();
    return {
      status: response.status,
      body: text && (JSON.parse(text) as unknown),
      type: response.headers.get('content-type'),
    };
  };
}

const works: ReadinessCheck = async () => Promise.resolve();
const fails =
  (message: string): ReadinessCheck =>
  async () =>
    Promise.reject(new Error(message));

test('platform: /livez answers whatever the servers do', async () => {
  const get = await probes({ database: fails('down') }, false);
  expect(await get('/livez')).toEqual({ status: 200, body: { live: true }, type: 'application/json' });
});

test('platform: /startupz answers 503 until the worker polls', async () => {
  expect(await (await probes({}, false))('/startupz')).toMatchObject({ status: 503, body: { started: false } });
  expect(await (await probes({}, true))('/startupz')).toMatchObject({ status: 200, body: { started: true } });
});

test('platform: /readyz makes every check at every call and names what does not work', async () => {
  let database = works;
  const get = await probes({ temporal: works, database: async () => database() });
  expect(await get('/readyz')).toMatchObject({
    status: 200,
    body: { ready: true, checks: { temporal: 'ok', database: 'ok' } },
  });
  database = fails('the database is gone');
  expect(await get('/readyz?verbose')).toMatchObject({
    status: 503,
    body: { ready: false, checks: { temporal: 'ok', database: 'the database is gone' } },
  });
  database = works;
  expect(await get('/readyz')).toMatchObject({ status: 200 });
});

test('platform: a worker that does not poll yet is not ready, though its servers are', async () => {
  expect(await (await probes({ database: works }, false))('/readyz')).toMatchObject({
    status: 503,
    body: { ready: false, checks: { database: 'ok' } },
  });
});

test('platform: a check that hangs is a check that fails, after 3 s', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date', 'performance'] });
  try {
    let called: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      called = resolve;
    });
    const get = await probes({
      temporal: works,
      database: async () => {
        called();
        return new Promise<never>(() => undefined);
      },
    });
    const answer = get('/readyz');
    await asked;
    // Lets the check that works answer before the clock moves.
    await new Promise((resolve) => setImmediate(resolve));
    jest.advanceTimersByTime(3000);
    expect(await answer).toMatchObject({
      status: 503,
      body: { checks: { database: 'no answer within 3000 ms', temporal: 'ok' } },
    });
  } finally {
    jest.useRealTimers();
  }
});

test('platform: who asks at the same time shares one round of checks', async () => {
  let made = 0;
  let finish: () => void = () => undefined;
  const get = await probes({
    database: async () => {
      made += 1;
      return new Promise<void>((resolve) => (finish = resolve));
    },
  });
  const answers = Array.from({ length: 20 }, async () => get('/readyz'));
  await waitFor(() => made > 0, 'the check to be made');
  // A round trip later every one of them has been heard.
  await get('/livez');
  finish();
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(made).toBe(1);
});

test('platform: a check that hangs is not made a second time beside itself, and is made again once it has ended', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date', 'performance'] });
  try {
    let made = 0;
    const hanging: (() => void)[] = [];
    const get = await probes({
      database: async () => {
        made += 1;
        if (made === 1)
          return new Promise<void>((_resolve, reject) => hanging.push(() => reject(new Error('too late'))));
      },
    });
    for (let round = 0; round < 3; round += 1) {
      const answer = get('/readyz');
      while (jest.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
      jest.advanceTimersByTime(3000);
      expect(await answer).toMatchObject({ status: 503, body: { checks: { database: 'no answer within 3000 ms' } } });
    }
    expect(made).toBe(1);
    hanging[0]!();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await get('/readyz')).toMatchObject({ status: 200 });
    expect(made).toBe(2);
  } finally {
    jest.useRealTimers();
  }
});

test('platform: rounds are made and told of without anybody who asks, until the probes are closed', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date', 'performance'] });
  try {
    let database = works;
    const rounds: Readonly<Record<string, string>>[] = [];
    const server = await startProbes({
      host: '127.0.0.1',
      port: 0,
      checks: { database: async () => database() },
      started: () => true,
      onRound: (results) => rounds.push(results),
      everyMs: 15_000,
    });
    open.push(server);
    await jest.advanceTimersByTimeAsync(15_000);
    expect(rounds).toEqual([{ database: 'ok' }]);
    database = fails('the database is gone');
    await jest.advanceTimersByTimeAsync(15_000);
    expect(rounds).toEqual([{ database: 'ok' }, { database: 'the database is gone' }]);
    await server.close();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(rounds).toHaveLength(2);
  } finally {
    jest.useRealTimers();
  }
});

test('platform: a check that throws at once is a check that fails', async () => {
  const get = await probes({
    odd: () => {
      throw new Error('thrown');
    },
  });
  expect(await get('/readyz')).toMatchObject({ status: 503, body: { checks: { odd: 'thrown' } } });
});

test('platform: there is nothing else to ask, and nothing to write', async () => {
  const get = await probes({});
  expect(await get('/')).toMatchObject({ status: 404 });
  expect(await get('/metrics')).toMatchObject({ status: 404 });
  expect(await get('/livez', { method: 'POST' })).toMatchObject({ status: 405 });
});

test('platform: a port that is taken is an error at start, and a closed server answers nobody', async () => {
  const first = await startProbes({ host: '127.0.0.1', port: 0, checks: {}, started: () => true });
  await expect(startProbes({ host: '127.0.0.1', port: first.port, checks: {}, started: () => true })).rejects.toThrow(
    'EADDRINUSE',
  );
  await first.close();
  await expect(fetch(`http://127.0.0.1:${first.port}/livez`)).rejects.toThrow('fetch failed');
});

test('platform: what nobody may read is cut out of the sentence of a check', async () => {
  const server = await startProbes({
    host: '127.0.0.1',
    port: 0,
    checks: { database: fails('no way to postgres://u:hunter22@db') },
    started: () => true,
    cut: (text) => text.replaceAll('hunter22', '[redacted]'),
  });
  open.push(server);
  const answer = await fetch(`http://127.0.0.1:${server.port}/readyz`);
  expect(await answer.json()).toMatchObject({ checks: { database: 'no way to postgres://u:[redacted]@db' } });
});

test('platform: connections that say nothing keep /livez away for some seconds only', async () => {
  const server = await startProbes({ host: '127.0.0.1', port: 0, checks: {}, started: () => true });
  open.push(server);
  const sockets = Array.from({ length: 64 }, () => connect(server.port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(sockets.map(async (socket) => new Promise((resolve) => socket.once('connect', resolve))));
  const ask = async () => fetch(`http://127.0.0.1:${server.port}/livez`).catch(() => undefined);
  const from = performance.now();
  await waitFor(async () => (await ask())?.status === 200, '/livez to answer');
  // Its own are 2 s and 1 s; without them it would be 30 s and more.
  expect(performance.now() - from).toBeLessThan(10_000);
  for (const socket of sockets) socket.destroy();
});
