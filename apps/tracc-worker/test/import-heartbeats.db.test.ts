import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DataImportInput } from '@backend/importer/contract';
import type { BlobStore } from '@backend/shared/blob';
import type { TestDatabase } from '@backend/shared/testing';
import { MockActivityEnvironment } from '@temporalio/testing';
import { openTestDatabase } from '../../../test/support/servers';
import { type Activities, createActivities } from '../src/activities';
import { addUser, testDeps } from './support';

const USER = 'u1';
const ROWS = 60_000;
let database: TestDatabase;
let directory: string;
let blobs: BlobStore;
let activities: Activities;

beforeAll(async () => {
  database = await openTestDatabase('tracc');
  directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-beats-'));
  const deps = testDeps({ scope: database.scope, directory });
  ({ blobs } = deps);
  activities = createActivities(deps);
  await addUser(database, USER);
  // Whatever else waits goes by real time.
  jest.useFakeTimers({
    doNotFake: ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'],
  }); // prettier-ignore
});
afterAll(async () => {
  jest.useRealTimers();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

interface Beat {
  readonly phase?: string;
  readonly bytes?: number;
  readonly row?: number;
}

/** Runs a step while its clock goes on by five seconds with each turn of the event loop; what it said in each of them. */
async function beatsOf(step: () => Promise<unknown>): Promise<Beat[][]> {
  const environment = new MockActivityEnvironment();
  let said: Beat[] = [];
  environment.on('heartbeat', (details: Beat) => said.push(details));
  const turns: Beat[][] = [];
  // The clock goes on inside of the activity: its timer beats in the context of whoever moves the clock.
  await environment.run(async () => {
    let ended = false;
    const done = step().finally(() => (ended = true));
    while (!ended) {
      said = [];
      jest.advanceTimersByTime(5000);
      turns.push(said);
      await nextTurn();
    }
    await done;
  });
  return turns;
}

test('data-import 18: whoever reads a file says in every five seconds how many bytes and rows he has read', async () => {
  const rows = Array.from({ length: ROWS }, (_, at) => `2026-01-31,-${at}.50,row number ${at}\n`);
  const source = { ...(await blobs.put(`Date,Amount,Description\n${rows.join('')}`)), filename: 'bank.csv' };
  const input: DataImportInput = { importId: 'beats', userId: USER, accountId: 'checking', source };

  const inspecting = await beatsOf(async () => activities.inspectImportFile(input));
  const parsing = await beatsOf(async () => activities.parseImportFile(input));
  for (const turns of [inspecting, parsing]) {
    expect(turns.length).toBeGreaterThan(2);
    // In the last turn the step may be over.
    expect(turns.slice(0, -1).filter((said) => said.length === 0)).toEqual([]);
  }
  expect(inspecting.flat().some(({ phase, bytes = 0 }) => phase === 'inspecting' && bytes > 0)).toBe(true);

  const told = parsing.flat().filter(({ phase }) => phase === 'parsing');
  const readings = [...new Set(told.map(({ row }) => row))].filter((row) => row !== undefined);
  expect(readings.length).toBeGreaterThan(2);
  expect(readings).toEqual([...readings].sort((a, b) => a - b));
  for (const { bytes = 0, row = 0 } of told) {
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(source.bytes);
    expect(row).toBeGreaterThan(0);
    expect(row).toBeLessThanOrEqual(ROWS);
  }
});
