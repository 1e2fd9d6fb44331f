import { IMPORT_HANDLERS } from '@backend/importer/contract';
import { userFailure } from '@backend/shared/failures';
import { failureOf } from '../../../test/support/failure-of';
import { WORKFLOW_TYPES } from '../src/contract';
import {
  file,
  limits,
  mishaps,
  newAccount,
  numbersOf,
  options,
  range,
  rig,
  rowsOf,
  run,
  untilHeld,
  useRevertRig,
} from './revert-fixtures';

useRevertRig();
const SLICE_MS = limits.sliceMs;
afterEach(() => void (limits.sliceMs = SLICE_MS));

/** What stands of an import. */
const storedJob = async (importId: string) =>
  rig.database.query('select * from imports where import_id = $1', [importId]);
const failOnce = (importId: string) =>
  mishaps.set(`loaded ${importId}`, async () => {
    throw userFailure('TargetNotFound', 'for once');
  });

test.each(['completed', 'failed'])(
  'data-import 1: an id that another user has for an import that has %s is refused at once',
  async (status) => {
    const importId = `taken-${status}`;
    const accountId = await newAccount();
    if (status === 'failed') failOnce(importId);
    await run(file(1, 250), { importId, accountId }).catch(() => undefined);
    const before = await storedJob(importId);
    expect(before).toMatchObject([{ status }]);
    expect(await failureOf(run(file(1, 250), { importId, userId: 'u2', accountId: 'checking' }))).toBe(
      'IdempotencyConflict',
    );
    expect(await storedJob(importId)).toEqual(before);
  },
);

test('data-import 13: an import that has loaded rows cannot be made one that stores nothing; it goes on as what it was', async () => {
  const accountId = await newAccount();
  const content = Buffer.concat([file(1, 250), Buffer.from('nonsense,-1.00,x,y\n')]);
  failOnce('half');
  expect(await failureOf(run(content, { importId: 'half', accountId }))).toBe('TargetNotFound');
  const rows = await rowsOf(accountId);
  expect(rows.length).toBeGreaterThan(0);
  expect(await failureOf(run(content, { importId: 'half', accountId, onRowError: 'abort' }))).toBe(
    'IdempotencyConflict',
  );
  expect(await rowsOf(accountId)).toEqual(rows);
  expect(await run(content, { importId: 'half', accountId })).toMatchObject({
    status: 'completed_with_errors',
    imported: 250,
    errors: 1,
  });
  expect(await numbersOf(accountId)).toEqual(range(1, 250));
});

test.each(['failed', 'was terminated'])(
  'data-import 14: an import that %s while it was paused is not slowed by that when it is started again',
  async (how) => {
    const accountId = await newAccount();
    const importId = `paused ${how}`;
    const started = await options(file(1, 700), { importId, accountId });
    // The first slice is one chunk, the other ones last as long as there is work.
    limits.sliceMs = -1;
    const isOver = new Promise<void>((resolve) => {
      mishaps.set(`loaded ${importId}`, async () => {
        const handle = rig.env.client.workflow.getHandle(started.workflowId);
        await handle.signal(IMPORT_HANDLERS.pause);
        await untilHeld(importId);
        limits.sliceMs = 60_000;
        if (how === 'was terminated') await handle.terminate();
        resolve();
        throw userFailure('TargetNotFound', 'for once');
      });
    });
    const first = await rig.start(WORKFLOW_TYPES.dataImport, started);
    await isOver;
    await first.result().catch(() => undefined);
    expect((await rowsOf(accountId)).length).toBeLessThan(700);
    const handle = await rig.start(WORKFLOW_TYPES.dataImport, started);
    expect(await handle.result()).toMatchObject({ status: 'completed', imported: 700 });
    const { events } = await handle.fetchHistory();
    const slices = (events ?? []).filter(
      ({ activityTaskScheduledEventAttributes: activity }) => activity?.activityType?.name === 'importToDatabase',
    );
    expect(slices).toHaveLength(1);
  },
);
