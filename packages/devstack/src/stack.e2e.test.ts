import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { Client } from 'pg';
import { copyPackage, type PackageCopy } from '../test/e2e-support';
import { startStack, startTemporal, type Stack, type StackOptions } from './index';
import { freePort, accepts } from './ports';
import { startPostgres } from './postgres';
import { endProcess, identityOf, isAlive, registryEntries, type ProcessIdentity } from './processes';
import { pollUntil } from './progress';

// The first start on a machine may have to build the server.
jest.setTimeout(20 * 60_000);

const root = mkdtempSync(path.join(tmpdir(), 'devstack-stack-'));
const running: { stop: () => Promise<void> }[] = [];
let copy: PackageCopy;
let folders = 0;

const newFolder = (): string => path.join(root, `data-${(folders += 1)}`);
const quiet = (): void => {};
const temporal: StackOptions['temporal'] = {
  namespaces: ['tracc', 'swaminarayan'],
  searchAttributes: [{ name: 'TenantUser', type: 'KEYWORD' }],
};
async function start(options: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack({ dataDir: newFolder(), log: quiet, durable: false, temporal, ...options });
  running.push(stack);
  return stack;
}
async function query(adminUrl: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
async function goneWithin(identities: readonly ProcessIdentity[], timeoutMs: number): Promise<boolean> {
  const attempt = async (): Promise<true | undefined> => (identities.some(isAlive) ? undefined : true);
  return (await pollUntil({ attempt, everyMs: 50, timeoutMs })) === true;
}
const failureOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error as Error,
  );
/** A script that starts a stack, reports it, and stays. */
const stayingStack = (dataDir: string, durable: boolean): string => `
  const stack = await devstack.startStack({ dataDir: ${JSON.stringify(dataDir)}, log: () => {}, durable: ${durable}, temporal: { namespaces: ['tracc'] } });
  say({ postgres: stack.postgres, temporal: stack.temporal });
  setInterval(() => {}, 1000);`;
type Started = { postgres: { pid: number; adminUrl: string }; temporal: { pid: number; address: string } };

beforeAll(async () => {
  copy = copyPackage();
  // Whatever has to be built is built here, so that the times below are those of a start.
  await (await start()).stop();
});
afterAll(async () => {
  await Promise.all(running.map(({ stop }) => stop()));
  for (const folder of [root, copy.folder]) rmSync(folder, { recursive: true, force: true });
});

describe('platform, embedded stack', () => {
  test('both servers are up within 10 s from an empty folder, answer, and are gone after the stop', async () => {
    const startedAtMs = Date.now();
    const lines: string[] = [];
    const stack = await start({ log: (line) => lines.push(`${Date.now() - startedAtMs} ${line}`) });
    expect(Date.now() - startedAtMs).toBeLessThan(10_000);
    // Each command says what it is doing within a second.
    expect(Number(lines[0]?.split(' ')[0])).toBeLessThan(1_000);

    const [settings] = await query(
      stack.postgres.adminUrl,
      "select current_setting('fsync') as fsync, pg_encoding_to_char(encoding) as encoding, datlocale from pg_database where datname = 'template1'",
    );
    expect(settings).toEqual({ fsync: 'off', encoding: 'UTF8', datlocale: 'C.UTF-8' });
    expect(stack.postgres.version).toMatch(/^18\./);

    const connection = await Connection.connect({ address: stack.temporal.address });
    for (const namespace of temporal.namespaces) {
      await connection.workflowService.listWorkflowExecutions({ namespace, query: "TenantUser = 'x'" });
    }
    await connection.close();
    const page = await fetch(stack.temporal.uiUrl ?? '');
    expect(page.status).toBe(200);

    const pids = [stack.postgres.pid, stack.temporal.pid].map((pid) => identityOf(pid as number));
    expect(pids.every(isAlive)).toBe(true);
    await stack.stop();
    await stack.stop();
    expect(pids.some(isAlive)).toBe(false);
  });

  test('two stacks on two folders run side by side', async () => {
    const [left, right] = await Promise.all([start(), start()]);
    await query(left.postgres.adminUrl, 'create table only_here ()');
    expect(await query(right.postgres.adminUrl, "select to_regclass('only_here') as found")).toEqual([{ found: null }]);
    expect(left.temporal.address).not.toBe(right.temporal.address);
    await Promise.all([left.stop(), right.stop()]);
  });

  test('a folder in use is refused in one sentence, and the stack that uses it goes on', async () => {
    const dataDir = newFolder();
    const first = await start({ dataDir, durable: true });
    const failure = await failureOf(start({ dataDir, durable: true }));
    expect(failure.message).toMatch(/is in use by a running stack \(process \d+\)/);
    expect(failure.message).not.toContain('\n');
    expect(await query(first.postgres.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await first.stop();
  });

  test('what was written is there after a stop and a start', async () => {
    const dataDir = newFolder();
    const first = await start({ dataDir, durable: true });
    await query(first.postgres.adminUrl, 'create table kept as select 42 as answer');
    expect(await query(first.postgres.adminUrl, "select current_setting('fsync') as fsync")).toEqual([{ fsync: 'on' }]);
    await first.stop();
    // More is asked of the same Temporal database than it was made with.
    const wider = {
      namespaces: [...temporal.namespaces, 'third'],
      searchAttributes: [...(temporal.searchAttributes ?? []), { name: 'Month', type: 'KEYWORD' as const }],
    };
    const second = await start({ dataDir, durable: true, temporal: wider });
    expect(await query(second.postgres.adminUrl, 'select answer from kept')).toEqual([{ answer: 42 }]);
    const connection = await Connection.connect({ address: second.temporal.address });
    for (const namespace of wider.namespaces) {
      await connection.workflowService.listWorkflowExecutions({ namespace, query: "Month = 'x' and TenantUser = 'y'" });
    }
    await connection.close();
    await second.stop();
  });

  test('the password of the superuser is for the owner`s eyes, and the server asks for it', async () => {
    const dataDir = newFolder();
    const stack = await start({ dataDir });
    const file = path.join(dataDir, 'postgres', 'superuser-password');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const wrong = stack.postgres.adminUrl.replace(readFileSync(file, 'utf8').trim(), 'wrong');
    await expect(query(wrong, 'select 1')).rejects.toThrow('password authentication failed');
    await stack.stop();
  });

  test('a start that fails says why, with the last lines of the server, and leaves nothing running', async () => {
    const stack = await start();
    const port = stack.postgres.port;
    const postgres = await failureOf(startPostgres({ dataDir: newFolder(), port, log: quiet, durable: false }));
    expect(postgres.message).toMatch(/PostgreSQL did not start: .*last lines:[^]*could not bind/);
    const address = Number(stack.temporal.address.split(':')[1]);
    const server = await failureOf(startTemporal({ namespaces: [], port: address, headless: true, log: quiet }));
    expect(server.message).toMatch(/Temporal did not start: .*last lines:[^]*port/);
    // One failing ends the other.
    const dataDir = newFolder();
    const both = await failureOf(start({ dataDir, postgres: { port } }));
    expect(both.message).toContain('PostgreSQL did not start');
    expect(registryEntries().filter(({ entry }) => entry.home.startsWith(dataDir))).toEqual([]);
    await stack.stop();
  });

  test('a folder that is to be thrown away is gone after the stop', async () => {
    const dataDir = newFolder();
    const stack = await start({ dataDir, postgres: { removeOnStop: true } });
    const [place] = await query(stack.postgres.adminUrl, "select current_setting('data_directory') as folder");
    await stack.stop();
    expect(existsSync(String(place?.['folder']))).toBe(false);
    expect(existsSync(path.join(dataDir, 'postgres'))).toBe(false);
    expect(existsSync(path.dirname(stack.temporal.logFile ?? ''))).toBe(false);
  });

  test('servers of the caller are used, given what they lack, and left running', async () => {
    const own = await start({ temporal: { namespaces: ['tracc'], headless: true } });
    const used = await startStack({
      dataDir: newFolder(),
      log: quiet,
      postgres: { adminUrl: own.postgres.adminUrl },
      temporal: { namespaces: ['tracc', 'added'], searchAttributes: [{ name: 'Added', type: 'INT' }] },
      env: { ...process.env, TEMPORAL_ADDRESS: own.temporal.address },
    });
    expect(used.temporal).toMatchObject({ source: 'address', address: own.temporal.address });
    expect(used.postgres).toMatchObject({ embedded: false, port: own.postgres.port });
    const connection = await Connection.connect({ address: own.temporal.address });
    await connection.workflowService.listWorkflowExecutions({ namespace: 'added', query: 'Added = 1' });
    await connection.close();
    await used.stop();
    expect(await query(own.postgres.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await own.stop();
  });

  test('servers of the caller that do not answer are named in the error, without a password', async () => {
    const port = await freePort();
    const env = { ...process.env, TEMPORAL_ADDRESS: `127.0.0.1:${port}` };
    const server = await failureOf(startTemporal({ namespaces: ['tracc'], log: quiet, env }));
    expect(server.message).toContain(`127.0.0.1:${port} (from TEMPORAL_ADDRESS) cannot be used`);
    const adminUrl = `postgres://postgres:s3cret@127.0.0.1:${port}/postgres`;
    const postgres = await failureOf(startPostgres({ dataDir: newFolder(), adminUrl, log: quiet }));
    expect(postgres.message).toContain(`the PostgreSQL server at 127.0.0.1:${port} does not let us in`);
    expect(postgres.message).not.toContain('s3cret');
  });
});

describe('platform, embedded stack: everything stops when its parent stops', () => {
  test('a clone in a folder of mode 0700, install scripts blocked: the stack starts, and kill -9 leaves nothing', async () => {
    expect(statSync(copy.folder).mode & 0o777).toBe(0o700);
    const dataDir = path.join(copy.folder, '.devstack');
    const script = copy.run({ script: stayingStack(dataDir, true) });
    const started = (await script.next()) as Started;
    expect(await query(started.postgres.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);

    const mine = registryEntries().filter(({ entry }) => entry.home.startsWith(dataDir));
    expect(mine).toHaveLength(2);
    const all = mine.flatMap(({ entry }) => [entry.supervisor, entry.child]);
    script.process.kill('SIGKILL');
    expect(await goneWithin(all, 15_000)).toBe(true);
    expect(registryEntries().filter(({ entry }) => entry.home.startsWith(dataDir))).toEqual([]);
    const port = Number(started.temporal.address.split(':')[1]);
    expect(await accepts({ host: '127.0.0.1', port, timeoutMs: 1_000 })).toBe(false);
  });

  test('a start right after the kill waits for the old servers, and finds the data', async () => {
    const dataDir = path.join(copy.folder, '.devstack-again');
    const script = copy.run({ script: stayingStack(dataDir, true) });
    const started = (await script.next()) as Started;
    await query(started.postgres.adminUrl, 'create table kept as select 42 as answer');
    script.process.kill('SIGKILL');
    await new Promise((resolve) => script.process.once('close', resolve));
    const next = await start({ dataDir, durable: true });
    expect(await query(next.postgres.adminUrl, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await next.stop();
  });

  test('even when the supervisors are killed too, the next start ends what they left', async () => {
    const dataDir = path.join(copy.folder, '.devstack-orphans');
    const script = copy.run({ script: stayingStack(dataDir, true) });
    const started = (await script.next()) as Started;
    const entries = registryEntries().filter(({ entry }) => entry.home.startsWith(dataDir));
    for (const { entry } of entries) process.kill(entry.supervisor.pid, 'SIGKILL');
    script.process.kill('SIGKILL');
    await new Promise((resolve) => script.process.once('close', resolve));
    const orphans = [started.postgres.pid, started.temporal.pid].map(identityOf);
    expect(orphans.every(isAlive)).toBe(true);
    const next = await start({ dataDir, durable: true });
    expect(orphans.some(isAlive)).toBe(false);
    await next.stop();
  });

  test('a parent that simply ends takes its servers along', async () => {
    const dataDir = path.join(copy.folder, '.devstack-ends');
    const script = copy.run({
      script: stayingStack(dataDir, false).replace('setInterval(() => {}, 1000);', ''),
    });
    const started = (await script.next()) as Started;
    const pids = [started.postgres.pid, started.temporal.pid].map(identityOf);
    const code = await new Promise((resolve) => script.process.once('close', resolve));
    expect(code).toBe(0);
    expect(await goneWithin(pids, 15_000)).toBe(true);
  });

  test('a server that dies by itself does not keep the stack from being stopped, nor from being started again', async () => {
    const dataDir = newFolder();
    const stack = await start({ dataDir, durable: true });
    const pids = [stack.postgres.pid, stack.temporal.pid].map((pid) => identityOf(pid as number));
    for (const identity of pids) await endProcess({ identity, signal: 'SIGKILL', waitMs: 5_000 });
    await stack.stop();
    const next = await start({ dataDir, durable: true });
    expect(await query(next.postgres.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await next.stop();
  });
});
