import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type SharedPlaces, createSharedPlaces } from '@backend/shared/pg';
import type { TestDatabase } from '@backend/shared/testing';
import { openTestDatabase } from '../support/servers';
import { readUntil } from '../support/wait';

let database: TestDatabase;
const opened: SharedPlaces[] = [];

beforeAll(async () => (database = await openTestDatabase('timeline')));
afterEach(async () => void (await Promise.all(opened.splice(0).map(async (places) => places.close()))));
afterAll(async () => database.drop());

/** As a process of its own would have them. */
function processOfPlaces(applicationName = 'places'): SharedPlaces {
  const places = createSharedPlaces({ url: database.workerUrl, applicationName });
  opened.push(places);
  return places;
}

async function takeAndGive(places: SharedPlaces, name: string): Promise<void> {
  const give = await places.take(name, 1);
  await give();
}

test('ai-timeline 22: all processes together have no more places than there are', async () => {
  const processes = [processOfPlaces(), processOfPlaces(), processOfPlaces()];
  const held = [];
  for (let place = 0; place < 4; place += 1) held.push(await processes[place % 3]!.take('model', 4));
  const got: number[] = [];
  const waiting = processes.map(async (places, index) => {
    const give = await places.take('model', 4);
    got.push(index);
    return give;
  });
  // A session does one thing after the other: while it does this, each looks at all four places.
  for (const places of processes) for (let time = 0; time < 4; time += 1) await takeAndGive(places, 'another model');
  expect(got).toEqual([]);
  for (const give of held) await give();
  for (const give of await Promise.all(waiting)) await give();
  expect(got).toHaveLength(3);
});

test('ai-timeline 22: a place that is given back is free for another process, and each name has its own', async () => {
  const [one, other] = [processOfPlaces(), processOfPlaces()];
  const give = await one.take('model', 1);
  await takeAndGive(other, 'another model');
  let isTaken = false;
  const waiting = other.take('model', 1).then((back) => {
    isTaken = true;
    return back;
  });
  await takeAndGive(other, 'another model');
  expect(isTaken).toBe(false);
  await give();
  await (
    await waiting
  )();
});

test('ai-timeline 22: the places of a process that has died are free, and it takes new ones in a new session', async () => {
  const [dying, other] = [processOfPlaces('dying'), processOfPlaces()];
  const gives = [await dying.take('model', 2), await dying.take('model', 2)];
  await database.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dying'`);
  await takeAndGive(other, 'model');
  for (const give of gives) await give();
  await dying.take('model', 2);
  const locks = await database.query(
    `select application_name from pg_locks join pg_stat_activity using (pid)
     where locktype = 'advisory' and datname = current_database()`,
  );
  expect(locks).toEqual([{ application_name: 'dying' }]);
});

test('ai-timeline 22: a place that could not be given back is free with the end of its session', async () => {
  const [one, other] = [processOfPlaces(), processOfPlaces()];
  const give = await one.take('model', 1);
  const unlock = 'execute on function pg_advisory_unlock(int, int)';
  await database.query(`revoke ${unlock} from public`);
  await give();
  await database.query(`grant ${unlock} to public`);
  const again = other.take('model', 1, AbortSignal.timeout(30_000));
  await expect(again).resolves.toBeInstanceOf(Function);
  await (
    await again
  )();
  await takeAndGive(one, 'model');
});

test('ai-timeline 22: the places of a process that stands still are free for others', async () => {
  const child = spawn(process.execPath, ['-e', TAKES_A_PLACE, BUILT_PLACES, database.workerUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    child.kill('SIGSTOP');
    const taking = processOfPlaces().take('model', 1, AbortSignal.timeout(30_000));
    await expect(taking).resolves.toBeInstanceOf(Function);
  } finally {
    child.kill('SIGKILL');
  }
});

const BUILT_PLACES = path.join(__dirname, '..', '..', 'packages', 'shared', 'dist', 'pg');
const TAKES_A_PLACE = `
  const [, places, url] = process.argv;
  const { createSharedPlaces } = require(places);
  createSharedPlaces({ url, applicationName: 'frozen', silenceMs: 1000 }).take('model', 1).then(() => console.log('taken'));
`;

test('ai-timeline 22: a process that is alive keeps its places, however long its calls take', async () => {
  const silenceMs = 2000;
  const places = createSharedPlaces({ url: database.workerUrl, applicationName: 'patient', silenceMs });
  opened.push(places);
  const give = await places.take('model', 1);
  const sessions = async () =>
    database.query<{ silences: number }>(
      `select (extract(epoch from clock_timestamp() - backend_start) * 1000 / ${silenceMs})::float8 as silences
       from pg_locks join pg_stat_activity using (pid)
       where locktype = 'advisory' and application_name = 'patient' and datname = current_database()`,
    );
  await readUntil(sessions, (all) => all.length !== 1 || all[0]!.silences > 2, { what: 'two silences to be over' });
  expect(await sessions()).toHaveLength(1);
  await give();
});

test('ai-timeline 7: cancelling ends the wait for a place', async () => {
  const [one, other] = [processOfPlaces(), processOfPlaces()];
  const give = await one.take('model', 1);
  const controller = new AbortController();
  const waiting = other.take('model', 1, controller.signal);
  controller.abort(new Error('cancelled'));
  await expect(waiting).rejects.toThrow('cancelled');
  await give();
});
