import { type SharedPlaces, createSharedPlaces } from '@backend/shared/pg';
import type { TestDatabase } from '@backend/shared/testing';
import { gate } from '../support/gate';
import { openTestDatabase } from '../support/servers';

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
  const all = gate();
  let [taken, most] = [0, 0];
  await Promise.all(
    Array.from({ length: 18 }, async (_, index) => {
      const give = await processes[index % 3]!.take('model', 4);
      most = Math.max(most, ++taken);
      if (taken === 4) all.open();
      await all.opened;
      taken -= 1;
      await give();
    }),
  );
  expect(most).toBe(4);
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

test('ai-timeline 7: cancelling ends the wait for a place', async () => {
  const [one, other] = [processOfPlaces(), processOfPlaces()];
  const give = await one.take('model', 1);
  const controller = new AbortController();
  const waiting = other.take('model', 1, controller.signal);
  controller.abort(new Error('cancelled'));
  await expect(waiting).rejects.toThrow('cancelled');
  await give();
});
